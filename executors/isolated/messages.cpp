#include "executors/isolated/messages.hpp"

#include "verifier/codec/fields_codec.hpp"
#include "verifier/codec/logged_outcome.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace parallax::executors::isolated {
namespace {

/// First byte of a request: changes with any change of a payload's fields. Both ends are one
/// program, so another number means another file at the same path.
constexpr std::uint8_t kProtocolVersion = 3;
constexpr std::size_t kKeyBytes = 65;

using Scope = base::ByteReader::Scope;

std::span<const std::uint8_t> read_sized(base::ByteReader& reader, const char* field) {
    return reader.view(reader.u32(field), field);
}

/// An enum whose numbers are 0 to `last`.
template <class E>
E read_enum(base::ByteReader& reader, E last, const char* field) {
    const std::uint8_t number = reader.u8(field);
    if (number > static_cast<std::uint8_t>(last)) {
        reader.fail(field, "is not a listed value");
        return last;
    }
    return static_cast<E>(number);
}

void write_sized(base::ByteWriter& writer, std::span<const std::uint8_t> bytes) {
    writer.u32(static_cast<std::uint32_t>(bytes.size()));
    writer.raw(bytes);
}

void write_signatures(base::ByteWriter& writer, const protocol::AdmittedBlock& block,
                      const protocol::SignatureSource& signatures) {
    writer.u8(static_cast<std::uint8_t>(signatures.policy()));
    if (signatures.policy() != model::SignaturePolicy::kOnce) {
        return;
    }
    for (std::size_t i = 0; i < block.transactions().size(); ++i) {
        const model::TxIndex index{static_cast<std::uint32_t>(i)};
        writer.u8(static_cast<std::uint8_t>(signatures.under_source(index)));
    }
}

void read_signatures(base::ByteReader& reader, HostRequest& request) {
    const protocol::AdmittedBlock& block = *request.block;
    switch (read_enum(reader, model::SignaturePolicy::kOff, "signatures")) {
        case model::SignaturePolicy::kPerLane:
            request.signatures = protocol::SignatureSource::per_lane(block);
            return;
        case model::SignaturePolicy::kOff:
            request.signatures = protocol::SignatureSource::off(block);
            return;
        case model::SignaturePolicy::kOnce:
            break;
    }
    std::vector<crypto::SignatureCheck> checks(block.transactions().size());
    for (crypto::SignatureCheck& check : checks) {
        check = read_enum(reader, crypto::SignatureCheck::kBadPublicKey, "signature_check");
    }
    request.signatures = protocol::SignatureSource::once(block, std::move(checks));
}

void write_block(base::ByteWriter& writer, const protocol::AdmittedBlock& block) {
    writer.tagged(block.hash());
    writer.number(block.verification_topoheight());
    writer.number(block.placement().topoheight);
    codec::FieldsEncoder(writer).write(block.placement().side_block);
    writer.boolean(block.placement().bodies_shown);
    write_sized(writer, block.wire());
}

absl::Status read_block(base::ByteReader& reader, HostRequest& request) {
    const auto hash = reader.tagged<model::Hash>("hash");
    protocol::Admission admission;
    admission.verification = reader.number<model::Topoheight>("verification_topoheight");
    admission.placement.topoheight = reader.number<model::Topoheight>("topoheight");
    codec::FieldsDecoder(reader).read("side_block", admission.placement.side_block);
    admission.placement.bodies_shown = reader.boolean("bodies_shown");
    const auto wire = read_sized(reader, "block");
    if (!reader.ok()) {
        return reader.status();
    }
    auto admitted = request.protocol->admit(wire, admission);
    if (!admitted.ok()) {
        return admitted.status();
    }
    request.block = *std::move(admitted);
    if (request.block->hash() != hash) {
        return absl::InvalidArgumentError(
            fmt::format("block {} arrived as {}", hash.hex(), request.block->hash().hex()));
    }
    return absl::OkStatus();
}

}  // namespace

base::Bytes encode_request(const protocol::AdmittedBlock& block,
                           const core::ExecutionContext& context) {
    base::ByteWriter writer(block.wire().size() + block.transactions().size() + 1024);
    writer.u8(kProtocolVersion);
    protocol::write_protocol(writer, context.protocol);
    writer.boolean(context.record_accesses);
    write_block(writer, block);
    write_signatures(writer, block, context.signatures);
    return std::move(writer).take();
}

absl::Status decode_request(std::span<const std::uint8_t> payload,
                            const protocol::ProtocolSet& protocols, HostRequest& request) {
    base::ByteReader reader(payload, "request");
    const std::uint8_t version = reader.u8("version");
    if (reader.ok() && version != kProtocolVersion) {
        reader.fail("version", fmt::format("is {}, only {} is known", version, kProtocolVersion));
    }
    {
        const Scope scope(reader, "rules");
        request.protocol = protocols.read(reader);
    }
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

base::Bytes encode_read(std::span<const model::StateKey> keys) {
    base::ByteWriter writer(sizeof(std::uint32_t) + keys.size() * kKeyBytes);
    codec::FieldsEncoder fields(writer);
    writer.u32(static_cast<std::uint32_t>(keys.size()));
    for (const model::StateKey& key : keys) {
        fields.write(key);
    }
    return std::move(writer).take();
}

absl::StatusOr<std::vector<model::StateKey>> decode_read(std::span<const std::uint8_t> payload) {
    base::ByteReader reader(payload, "read");
    std::vector<model::StateKey> keys;
    codec::FieldsDecoder fields(reader);
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

base::Bytes encode_values(std::span<const std::optional<model::StateValue>> values) {
    base::ByteWriter writer(values.size() * 32);
    codec::FieldsEncoder fields(writer);
    for (const auto& value : values) {
        fields.write(value);
    }
    return std::move(writer).take();
}

absl::Status decode_values(std::span<const std::uint8_t> payload,
                           std::span<const model::StateKey> keys,
                           std::vector<std::optional<model::StateValue>>& values) {
    base::ByteReader reader(payload, "values");
    codec::FieldsDecoder fields(reader);
    values.assign(keys.size(), std::nullopt);
    for (std::size_t i = 0; i < keys.size() && reader.ok(); ++i) {
        if (reader.boolean("present")) {
            fields.read_value("value", keys[i].family, values[i].emplace());
        }
    }
    return reader.finish() ? absl::OkStatus() : reader.status();
}

base::Bytes encode_host_outcome(model::BlockOutcome outcome) {
    return codec::encode_logged_outcome(std::move(outcome));
}

absl::StatusOr<model::BlockOutcome> decode_host_outcome(std::span<const std::uint8_t> payload) {
    return codec::decode_logged_outcome(payload);
}

base::Bytes encode_error(const absl::Status& status) {
    const std::string message(status.message());
    base::ByteWriter writer;
    writer.u8(static_cast<std::uint8_t>(status.code()));
    codec::FieldsEncoder(writer).write(message.substr(0, kMaxErrorText));
    return std::move(writer).take();
}

absl::StatusOr<HostError> decode_error(std::span<const std::uint8_t> payload) {
    base::ByteReader reader(payload, "error");
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
        absl::Status(static_cast<absl::StatusCode>(code), codec::printable(text, kMaxErrorText))};
}

}  // namespace parallax::executors::isolated
