#include "executors/isolated/messages.hpp"

#include "verifier/codec/fields_codec.hpp"
#include "verifier/codec/logged_outcome.hpp"
#include "verifier/codec/wire.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace parallax {
namespace {

/// First byte of a request: changes with any change of a payload's fields. Both ends are one
/// program, so another number means another file at the same path.
constexpr std::uint8_t kProtocolVersion = 1;
constexpr std::size_t kKeyBytes = 65;

using Scope = ByteReader::Scope;

std::span<const std::uint8_t> read_sized(ByteReader& reader, const char* field) {
    return reader.view(reader.u32(field), field);
}

/// An enum whose numbers are 0 to `last`.
template <class E>
E read_enum(ByteReader& reader, E last, const char* field) {
    const std::uint8_t number = reader.u8(field);
    if (number > static_cast<std::uint8_t>(last)) {
        reader.fail(field, "is not a listed value");
        return last;
    }
    return static_cast<E>(number);
}

void write_sized(ByteWriter& writer, std::span<const std::uint8_t> bytes) {
    writer.u32(static_cast<std::uint32_t>(bytes.size()));
    writer.raw(bytes);
}

void write_profile(ByteWriter& writer, const Profile& profile) {
    FieldsEncoder(writer).write(std::string(profile.name));
    writer.u8(profile.chain_id);
    writer.u8(static_cast<std::uint8_t>(profile.failure_model));
    writer.u8(static_cast<std::uint8_t>(profile.path));
    writer.u64(profile.blocks_per_day);
    writer.tagged(profile.dev_key);
}

void read_profile(ByteReader& reader, HostRequest& request) {
    const Scope scope(reader, "profile");
    FieldsDecoder(reader).read("name", request.profile_name);
    Profile& profile = request.profile;
    profile.name = request.profile_name;
    profile.chain_id = reader.u8("chain_id");
    profile.failure_model = read_enum(reader, FailureModel::kOrphanPartial, "failure_model");
    profile.path = read_enum(reader, ExecutionPath::kVectorBlock, "path");
    profile.blocks_per_day = reader.u64("blocks_per_day");
    profile.dev_key = reader.tagged<PublicKey>("dev_key");
}

void write_signatures(ByteWriter& writer, const AdmittedBlock& block,
                      const SignatureSource& signatures) {
    writer.u8(static_cast<std::uint8_t>(signatures.policy()));
    if (signatures.policy() != SignaturePolicy::kOnce) {
        return;
    }
    for (std::size_t i = 0; i < block.transactions().size(); ++i) {
        const TxIndex index{static_cast<std::uint32_t>(i)};
        writer.u8(static_cast<std::uint8_t>(signatures.under_source(index)));
    }
}

void read_signatures(ByteReader& reader, HostRequest& request) {
    const AdmittedBlock& block = *request.block;
    switch (read_enum(reader, SignaturePolicy::kOff, "signatures")) {
        case SignaturePolicy::kPerLane:
            request.signatures = SignatureSource::per_lane(block);
            return;
        case SignaturePolicy::kOff:
            request.signatures = SignatureSource::off(block);
            return;
        case SignaturePolicy::kOnce:
            break;
    }
    std::vector<SignatureCheck> checks(block.transactions().size());
    for (SignatureCheck& check : checks) {
        check = read_enum(reader, SignatureCheck::kBadPublicKey, "signature_check");
    }
    request.signatures = SignatureSource::once(block, std::move(checks));
}

void write_block(ByteWriter& writer, const AdmittedBlock& block, ExecutionPath path) {
    writer.tagged(block.hash());
    writer.number(block.verification_topoheight());
    writer.number(block.placement().topoheight);
    FieldsEncoder(writer).write(block.placement().side_block);
    // The harness's lists have no header: theirs is made up when they are admitted.
    if (path == ExecutionPath::kChain) {
        write_sized(writer, encode_block_header(block.header()));
    }
    writer.u32(static_cast<std::uint32_t>(block.transactions().size()));
    for (const AdmittedTransaction& admitted : block.transactions()) {
        write_sized(writer, encode_transaction(admitted.transaction));
    }
}

absl::StatusOr<std::vector<Transaction>> read_transactions(ByteReader& reader) {
    const std::uint32_t count = reader.u32("transaction_count");
    std::vector<Transaction> transactions;
    if (!reader.check_count(count, 0, kMaxTransactionsPerBlock, sizeof(std::uint32_t),
                            "transaction_count")) {
        return reader.status();
    }
    transactions.reserve(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        const auto wire = read_sized(reader, "transaction");
        if (!reader.ok()) {
            return reader.status();
        }
        auto transaction = decode_transaction(wire, Trailing::kRejected);
        if (!transaction.ok()) {
            return transaction.status();
        }
        transactions.push_back(*std::move(transaction));
    }
    return transactions;
}

absl::Status read_block(ByteReader& reader, HostRequest& request) {
    Block block;
    block.hash = reader.tagged<Hash>("hash");
    const auto verification = reader.number<Topoheight>("verification_topoheight");
    block.placement.topoheight = reader.number<Topoheight>("topoheight");
    FieldsDecoder(reader).read("side_block", block.placement.side_block);
    const bool chain = request.profile.path == ExecutionPath::kChain;
    const auto header_wire = chain ? read_sized(reader, "header") : std::span<const std::uint8_t>();
    if (!reader.ok()) {
        return reader.status();
    }
    if (chain) {
        auto header = decode_block_header(header_wire);
        if (!header.ok()) {
            return header.status();
        }
        block.header = *std::move(header);
    }
    auto transactions = read_transactions(reader);
    if (!transactions.ok()) {
        return transactions.status();
    }
    const Hash hash = block.hash;
    if (chain) {
        block.transactions = *std::move(transactions);
        auto admitted = admit(std::move(block), request.profile);
        if (!admitted.ok()) {
            return admitted.status();
        }
        request.block = *std::move(admitted);
    } else {
        request.block =
            admit_vector(*std::move(transactions), verification, block.placement.topoheight);
    }
    if (request.block->hash() != hash || request.block->verification_topoheight() != verification) {
        return absl::InvalidArgumentError(
            fmt::format("block {} arrived as {}", hash.hex(), request.block->hash().hex()));
    }
    return absl::OkStatus();
}

}  // namespace

Bytes encode_request(const AdmittedBlock& block, const ExecutionContext& context) {
    std::size_t size = 1024;
    for (const AdmittedTransaction& admitted : block.transactions()) {
        size += admitted.wire_size + Hash::kSize + sizeof(std::uint32_t) + 1;
    }
    ByteWriter writer(size);
    writer.u8(kProtocolVersion);
    write_profile(writer, context.profile);
    writer.boolean(context.record_accesses);
    write_block(writer, block, context.profile.path);
    write_signatures(writer, block, context.signatures);
    return std::move(writer).take();
}

absl::Status decode_request(std::span<const std::uint8_t> payload, HostRequest& request) {
    ByteReader reader(payload, "request");
    const std::uint8_t version = reader.u8("version");
    if (reader.ok() && version != kProtocolVersion) {
        reader.fail("version", fmt::format("is {}, only {} is known", version, kProtocolVersion));
    }
    read_profile(reader, request);
    request.record_accesses = reader.boolean("record_accesses");
    if (!reader.ok()) {
        return reader.status();
    }
    if (auto status = read_block(reader, request); !status.ok()) {
        return status;
    }
    read_signatures(reader, request);
    return reader.finish() ? absl::OkStatus() : reader.status();
}

Bytes encode_read(std::span<const StateKey> keys) {
    ByteWriter writer(sizeof(std::uint32_t) + keys.size() * kKeyBytes);
    FieldsEncoder fields(writer);
    writer.u32(static_cast<std::uint32_t>(keys.size()));
    for (const StateKey& key : keys) {
        fields.write(key);
    }
    return std::move(writer).take();
}

absl::StatusOr<std::vector<StateKey>> decode_read(std::span<const std::uint8_t> payload) {
    ByteReader reader(payload, "read");
    std::vector<StateKey> keys;
    FieldsDecoder fields(reader);
    const std::uint32_t count = reader.u32("key_count");
    if (reader.check_count(count, 1, count, kKeyBytes, "key_count")) {
        keys.resize(count);
        for (std::uint32_t i = 0; i < count && reader.ok(); ++i) {
            fields.read("key", keys[i]);
            if (reader.ok() && i > 0 && !(keys[i - 1] < keys[i])) {
                reader.fail("key", fmt::format("{} is out of order", i));
            }
        }
    }
    if (!reader.finish()) {
        return reader.status();
    }
    return keys;
}

Bytes encode_values(std::span<const std::optional<StateValue>> values) {
    ByteWriter writer(values.size() * 32);
    FieldsEncoder fields(writer);
    for (const auto& value : values) {
        fields.write(value);
    }
    return std::move(writer).take();
}

absl::Status decode_values(std::span<const std::uint8_t> payload, std::span<const StateKey> keys,
                           std::vector<std::optional<StateValue>>& values) {
    ByteReader reader(payload, "values");
    FieldsDecoder fields(reader);
    values.assign(keys.size(), std::nullopt);
    for (std::size_t i = 0; i < keys.size() && reader.ok(); ++i) {
        if (reader.boolean("present")) {
            fields.read_value("value", keys[i].family, values[i].emplace());
        }
    }
    return reader.finish() ? absl::OkStatus() : reader.status();
}

Bytes encode_host_outcome(BlockOutcome outcome) {
    return encode_logged_outcome(std::move(outcome));
}

absl::StatusOr<BlockOutcome> decode_host_outcome(std::span<const std::uint8_t> payload) {
    return decode_logged_outcome(payload);
}

Bytes encode_error(const absl::Status& status) {
    const std::string message(status.message());
    ByteWriter writer;
    writer.u8(static_cast<std::uint8_t>(status.code()));
    FieldsEncoder(writer).write(message.substr(0, kMaxErrorText));
    return std::move(writer).take();
}

absl::StatusOr<HostError> decode_error(std::span<const std::uint8_t> payload) {
    ByteReader reader(payload, "error");
    const std::uint8_t code = reader.u8("code");
    const auto text = read_sized(reader, "message");
    if (reader.ok() && (code < static_cast<std::uint8_t>(absl::StatusCode::kCancelled) ||
                        code > static_cast<std::uint8_t>(absl::StatusCode::kUnauthenticated))) {
        reader.fail("code", fmt::format("is {}, which is no error", code));
    }
    if (!reader.finish()) {
        return reader.status();
    }
    return HostError{
        absl::Status(static_cast<absl::StatusCode>(code), printable(text, kMaxErrorText))};
}

}  // namespace parallax
