#include "verifier/chains/tos/v3/wire_transaction.hpp"

#include "verifier/chains/tos/v3/wire_payload.hpp"
#include "verifier/crypto/hashing.hpp"
#include "verifier/crypto/signature.hpp"

#include <fmt/format.h>

#include <bitset>

namespace parallax::tos::v3 {
namespace {

/// The only version that there is.
constexpr std::uint8_t kVersion = 0;
constexpr std::size_t kSignatureSize = 64;
constexpr std::size_t kCosignatureSize = 1 + kSignatureSize;
/// Room for a transfer to one destination; longer ones grow.
constexpr std::size_t kTypicalSize = 256;

using Scope = base::ByteReader::Scope;

model::Scalar read_scalar(base::ByteReader& reader, const char* field) {
    const auto scalar = reader.tagged<model::Scalar>(field);
    if (reader.ok() && !crypto::is_canonical_scalar(scalar.bytes())) {
        reader.fail(field, "is not a canonical scalar");
    }
    return scalar;
}

crypto::Signature read_signature(base::ByteReader& reader) {
    const Scope scope(reader, "signature");
    const model::Scalar s = read_scalar(reader, "s");
    return {s, read_scalar(reader, "e")};
}

FeeType read_fee_type(base::ByteReader& reader) {
    const std::uint8_t value = reader.u8("fee_type");
    if (value > static_cast<std::uint8_t>(FeeType::kEnergy)) {
        reader.fail("fee_type", fmt::format("is {}, allowed are 0 and 1", value));
    }
    return static_cast<FeeType>(value);
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
    std::bitset<256> seen;
    for (std::size_t i = 0; i < count && reader.ok(); ++i) {
        const Scope scope(reader, "multisig", i);
        const std::uint8_t index = reader.u8("participant_index");
        if (seen.test(index)) {
            reader.fail("participant_index", fmt::format("{} is repeated", index));
        }
        seen.set(index);
        section.signatures.push_back({index, read_signature(reader)});
    }
    return section;
}

void write_signature(base::ByteWriter& writer, const crypto::Signature& signature) {
    writer.tagged(signature.s);
    writer.tagged(signature.e);
}

void write_signed(base::ByteWriter& writer, const Transaction& transaction) {
    writer.u8(kVersion);
    writer.tagged(transaction.source);
    writer.u8(static_cast<std::uint8_t>(transaction_type(transaction.payload)));
    write_payload(writer, transaction.payload);
    writer.number(transaction.fee);
    writer.u8(static_cast<std::uint8_t>(transaction.fee_type));
    writer.number(transaction.nonce);
    writer.tagged(transaction.reference.hash);
    writer.number(transaction.reference.topoheight);
}

}  // namespace

Transaction read_transaction(base::ByteReader& reader) {
    Transaction transaction;
    if (const std::uint8_t version = reader.u8("version"); version != kVersion) {
        reader.fail("version", fmt::format("is {}, only {} is known", version, kVersion));
    }
    transaction.source = reader.tagged<model::PublicKey>("source");
    const std::uint8_t opcode = reader.u8("opcode");
    if (!reader.ok()) {
        return transaction;
    }
    {
        const Scope scope(reader, "payload");
        transaction.payload = read_payload(reader, opcode);
    }
    transaction.fee = reader.number<model::Amount>("fee");
    transaction.fee_type = read_fee_type(reader);
    transaction.nonce = reader.number<model::Nonce>("nonce");
    transaction.reference.hash = reader.tagged<model::Hash>("reference_hash");
    transaction.reference.topoheight = reader.number<model::Topoheight>("reference_topoheight");
    transaction.multisig = read_multisig_section(reader);
    transaction.signature = read_signature(reader);
    return transaction;
}

void write_transaction(base::ByteWriter& writer, const Transaction& transaction) {
    write_signed(writer, transaction);
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

TransactionBytes bytes_of(const Transaction& transaction, std::span<const std::uint8_t> wire) {
    // What is signed is all that stands before the signatures.
    const std::size_t cosignatures =
        transaction.multisig ? 1 + transaction.multisig->signatures.size() * kCosignatureSize : 0;
    const auto head = wire.first(wire.size() - kSignatureSize - 1 - cosignatures);
    return {crypto::blake3(wire), wire.size(), base::Bytes(head.begin(), head.end())};
}

absl::StatusOr<Transaction> decode_transaction(std::span<const std::uint8_t> wire,
                                               Trailing trailing) {
    base::ByteReader reader(wire, "transaction");
    Transaction transaction = read_transaction(reader);
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
    write_signed(writer, transaction);
    return std::move(writer).take();
}

model::Hash transaction_hash(const Transaction& transaction) {
    return crypto::blake3(encode_transaction(transaction));
}

}  // namespace parallax::tos::v3
