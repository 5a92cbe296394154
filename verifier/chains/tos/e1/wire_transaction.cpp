#include "verifier/chains/tos/e1/wire_transaction.hpp"

#include "verifier/chains/tos/e1/wire.hpp"
#include "verifier/chains/tos/e1/wire_payload.hpp"
#include "verifier/crypto/hashing.hpp"

#include <fmt/format.h>

#include <bitset>

namespace parallax::tos::e1 {
namespace {

constexpr std::uint8_t kTransactionVersion = 1;
constexpr std::size_t kSignatureSize = 64;
constexpr std::size_t kCosignatureSize = 1 + kSignatureSize;
/// Room for a transfer to one destination; longer ones grow.
constexpr std::size_t kTypicalSize = 256;

using Scope = base::ByteReader::Scope;

FeeType read_fee_type(base::ByteReader& reader, Epoch epoch) {
    const std::uint8_t value = reader.u8("fee_type");
    if (value > static_cast<std::uint8_t>(FeeType::kUno)) {
        reader.fail("fee_type", fmt::format("is {}, allowed are 0 to 2", value));
    }
    const auto type = static_cast<FeeType>(value);
    if (epoch == Epoch::kHead && type == FeeType::kEnergy) {
        reader.fail("fee_type", "is 1, which profile head does not have");
    }
    return type;
}

/// An opcode of E1 that is not assigned is refused with the payload.
model::TransactionType read_type(base::ByteReader& reader, Epoch epoch) {
    const std::uint8_t opcode = reader.u8("opcode");
    const auto type = type_of_opcode(opcode, epoch);
    if (!type && epoch == Epoch::kHead) {
        reader.fail("opcode", fmt::format("is {}, which profile head does not have", opcode));
    }
    return type.value_or(static_cast<model::TransactionType>(opcode));
}

crypto::Signature read_signature(base::ByteReader& reader, const char* field) {
    const Scope scope(reader, field);
    const model::Scalar s = read_scalar(reader, "s");
    return {s, read_scalar(reader, "e")};
}

std::optional<MultisigSection> read_multisig_section(base::ByteReader& reader) {
    if (!reader.boolean("has_multisig")) {
        return std::nullopt;
    }
    MultisigSection section;
    const std::uint8_t count = reader.u8("cosignature_count");
    if (!reader.check_count(count, 0, 255, kCosignatureSize, "cosignature_count")) {
        return std::nullopt;
    }
    section.signatures.reserve(count);
    std::bitset<256> seen;
    for (std::size_t i = 0; i < count && reader.ok(); ++i) {
        const Scope scope(reader, "multisig", i);
        const std::uint8_t index = reader.u8("participant_index");
        if (seen.test(index)) {
            reader.fail("participant_index", fmt::format("{} is repeated", index));
        }
        seen.set(index);
        section.signatures.push_back({index, read_signature(reader, "signature")});
    }
    return section;
}

void write_signature(base::ByteWriter& writer, const crypto::Signature& signature) {
    writer.tagged(signature.s);
    writer.tagged(signature.e);
}

/// Fields 1 to 8.
void write_signed_head(base::ByteWriter& writer, const Transaction& transaction) {
    writer.u8(transaction.version);
    writer.u8(transaction.chain_id);
    writer.tagged(transaction.source);
    writer.u8(opcode_of(transaction_type(transaction.payload), transaction.epoch));
    write_payload(writer, transaction.payload);
    writer.number(transaction.fee);
    writer.u8(static_cast<std::uint8_t>(transaction.fee_type));
    writer.number(transaction.nonce);
}
/// Fields 10 and 11.
void write_reference(base::ByteWriter& writer, const Transaction& transaction) {
    writer.tagged(transaction.reference.hash);
    writer.number(transaction.reference.topoheight);
}

}  // namespace

Transaction read_transaction(base::ByteReader& reader, Epoch epoch) {
    Transaction transaction;
    transaction.epoch = epoch;
    transaction.version = reader.u8("version");
    if (reader.ok() && transaction.version != kTransactionVersion) {
        reader.fail("version", fmt::format("is {}, only {} is known", transaction.version,
                                           kTransactionVersion));
    }
    transaction.chain_id = reader.u8("chain_id");
    transaction.source = reader.tagged<model::PublicKey>("source");
    const model::TransactionType type = read_type(reader, epoch);
    if (!reader.ok()) {
        return transaction;
    }
    {
        const Scope scope(reader, "payload");
        transaction.payload = read_payload(reader, type);
    }
    transaction.fee = reader.number<model::Amount>("fee");
    transaction.fee_type = read_fee_type(reader, epoch);
    transaction.nonce = reader.number<model::Nonce>("nonce");
    if (reader.ok()) {
        transaction.uno = read_uno_section(reader, type);
    }
    transaction.reference.hash = reader.tagged<model::Hash>("reference_hash");
    transaction.reference.topoheight = reader.number<model::Topoheight>("reference_topoheight");
    transaction.multisig = read_multisig_section(reader);
    transaction.signature = read_signature(reader, "signature");
    return transaction;
}

void write_transaction(base::ByteWriter& writer, const Transaction& transaction) {
    write_signed_head(writer, transaction);
    write_uno_section(writer, transaction.uno, transaction_type(transaction.payload));
    write_reference(writer, transaction);
    writer.boolean(transaction.multisig.has_value());
    if (transaction.multisig) {
        writer.u8(static_cast<std::uint8_t>(transaction.multisig->signatures.size()));
        for (const Cosignature& cosignature : transaction.multisig->signatures) {
            writer.u8(cosignature.participant_index);
            write_signature(writer, cosignature.signature);
        }
    }
    write_signature(writer, transaction.signature);
}

absl::StatusOr<Transaction> decode_transaction(std::span<const std::uint8_t> wire,
                                               Trailing trailing, Epoch epoch) {
    base::ByteReader reader(wire, "transaction");
    Transaction transaction = read_transaction(reader, epoch);
    if (trailing == Trailing::kRejected) {
        reader.finish();
    }
    if (!reader.ok()) {
        return reader.status();
    }
    return transaction;
}

base::Bytes encode_transaction(const Transaction& transaction) {
    base::ByteWriter writer(kTypicalSize);
    write_transaction(writer, transaction);
    return std::move(writer).take();
}

base::Bytes signing_bytes(const Transaction& transaction) {
    base::ByteWriter writer(kTypicalSize);
    write_signed_head(writer, transaction);
    write_reference(writer, transaction);
    return std::move(writer).take();
}

TransactionBytes bytes_of(const Transaction& transaction, std::span<const std::uint8_t> wire) {
    TransactionBytes bytes;
    bytes.hash = crypto::blake3(wire);
    bytes.wire_size = wire.size();
    if (carries_uno_section(transaction_type(transaction.payload))) {
        bytes.signing_bytes = signing_bytes(transaction);
        return bytes;
    }
    // Without that section, what is signed is all that stands before the signatures.
    const std::size_t cosignatures =
        transaction.multisig ? 1 + transaction.multisig->signatures.size() * kCosignatureSize : 0;
    const auto head = wire.first(wire.size() - kSignatureSize - 1 - cosignatures);
    bytes.signing_bytes.assign(head.begin(), head.end());
    return bytes;
}

model::Hash transaction_hash(const Transaction& transaction) {
    return crypto::blake3(encode_transaction(transaction));
}

std::size_t computed_size(const Transaction& transaction, std::size_t wire_size) {
    const auto* multisig = std::get_if<MultisigPayload>(&transaction.payload);
    return multisig != nullptr && multisig->threshold == 0 ? wire_size + 1 : wire_size;
}

}  // namespace parallax::tos::e1
