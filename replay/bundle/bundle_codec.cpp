#include "replay/bundle/bundle.hpp"
#include "verifier/codec/fields_codec.hpp"
#include "verifier/codec/finding_values.hpp"
#include "verifier/codec/logged_outcome.hpp"
#include "verifier/crypto/hashing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

namespace parallax::replay {
namespace {

using Scope = base::ByteReader::Scope;

constexpr std::size_t kKeySize = 65;

void write_sized(base::ByteWriter& writer, std::span<const std::uint8_t> bytes) {
    writer.u32(static_cast<std::uint32_t>(bytes.size()));
    writer.raw(bytes);
}

std::span<const std::uint8_t> read_sized(base::ByteReader& reader, std::size_t limit,
                                         const char* field) {
    const std::uint32_t size = reader.u32(field);
    if (!reader.check_count(size, 0, limit, 1, field)) {
        return {};
    }
    return reader.view(size, field);
}

/// These texts are shown on terminals.
std::string read_text(base::ByteReader& reader, const char* field) {
    const auto text = read_sized(reader, kMaxBundleText, field);
    if (std::any_of(text.begin(), text.end(),
                    [](std::uint8_t byte) { return byte < 0x20 || byte == 0x7F; })) {
        reader.fail(field, "has a control character");
    }
    return {text.begin(), text.end()};
}

template <class E>
E read_enum(base::ByteReader& reader, E last, const char* field) {
    const std::uint8_t number = reader.u8(field);
    if (number > static_cast<std::uint8_t>(last)) {
        reader.fail(field, "is not a listed value");
        return last;
    }
    return static_cast<E>(number);
}

void write_setting(base::ByteWriter& writer, const Bundle& bundle) {
    codec::FieldsEncoder fields(writer);
    fields.write(bundle.network);
    fields.write(bundle.build);
    if (bundle.protocol != nullptr) {
        protocol::write_protocol(writer, *bundle.protocol);
    } else {
        fields.write(std::string());  // which no program reads
    }
    const BundleConfiguration& configuration = bundle.configuration;
    fields.write(configuration.candidate);
    writer.u32(configuration.threads);
    writer.boolean(configuration.isolated);
    fields.write(configuration.signatures);
    writer.u64(configuration.time_limit_ms);
    fields.write(configuration.fault);
    writer.u64(configuration.seed);
}

void read_setting(base::ByteReader& reader, const protocol::ProtocolSet& protocols,
                  Bundle& bundle) {
    bundle.network = read_text(reader, "network");
    bundle.build = read_text(reader, "build");
    bundle.protocol = protocols.read_named(read_text(reader, "profile"), reader);
    BundleConfiguration& configuration = bundle.configuration;
    configuration.candidate = read_text(reader, "candidate");
    configuration.threads = reader.u32("threads");
    configuration.isolated = reader.boolean("isolated");
    codec::FieldsDecoder(reader).read("signatures", configuration.signatures);
    configuration.time_limit_ms = reader.u64("time_limit_ms");
    configuration.fault = read_text(reader, "fault");
    configuration.seed = reader.u64("seed");
}

void write_block_part(base::ByteWriter& writer, const Bundle& bundle) {
    codec::FieldsEncoder fields(writer);
    writer.number(bundle.placement.topoheight);
    fields.write(bundle.placement.side_block);
    writer.number(bundle.verification);
    write_sized(writer, bundle.block);
    writer.boolean(bundle.signatures_checked);
    fields.write(bundle.signed_transactions);
}

void read_block_part(base::ByteReader& reader, Bundle& bundle) {
    codec::FieldsDecoder fields(reader);
    bundle.placement.topoheight = reader.number<model::Topoheight>("topoheight");
    fields.read("side_block", bundle.placement.side_block);
    bundle.verification = reader.number<model::Topoheight>("verification");
    fields.read("block", bundle.block);
    bundle.signatures_checked = reader.boolean("signatures_checked");
    fields.read("signed_transactions", bundle.signed_transactions);
}

void write_pre_state(base::ByteWriter& writer, const Bundle& bundle) {
    codec::FieldsEncoder fields(writer);
    writer.u32(static_cast<std::uint32_t>(bundle.pre_state.size()));
    for (const core::RecordedRow& row : bundle.pre_state) {
        fields.write(row.key);
        fields.write(row.value);
    }
}

void read_pre_state(base::ByteReader& reader, Bundle& bundle) {
    codec::FieldsDecoder fields(reader);
    const std::uint32_t count = reader.u32("row_count");
    if (!reader.check_count(count, 0, count, kKeySize + 1, "row_count")) {
        return;
    }
    bundle.pre_state.resize(count);
    for (std::size_t i = 0; i < count && reader.ok(); ++i) {
        const Scope scope(reader, "pre_state", i);
        core::RecordedRow& row = bundle.pre_state[i];
        fields.read("key", row.key);
        if (reader.ok() && i > 0 && !(bundle.pre_state[i - 1].key < row.key)) {
            reader.fail("key", "does not come after the key before it");
        }
        if (reader.boolean("present") && reader.ok()) {
            fields.read_value("value", row.key.family, row.value.emplace());
        }
    }
}

void write_outcome(base::ByteWriter& writer, const std::optional<model::BlockOutcome>& outcome) {
    writer.boolean(outcome.has_value());
    if (outcome) {
        write_sized(writer, codec::encode_logged_outcome(*outcome));
    }
}

std::optional<model::BlockOutcome> read_outcome(base::ByteReader& reader, const char* field) {
    if (!reader.boolean(field)) {
        return std::nullopt;
    }
    const auto bytes = read_sized(reader, kMaxBundleBody, field);
    if (!reader.ok()) {
        return std::nullopt;
    }
    auto outcome = codec::decode_logged_outcome(bytes);
    if (!outcome.ok()) {
        reader.fail(field, std::string(outcome.status().message()));
        return std::nullopt;
    }
    return *std::move(outcome);
}

void write_result(base::ByteWriter& writer, const Bundle& bundle) {
    codec::FieldsEncoder fields(writer);
    write_outcome(writer, bundle.control);
    write_outcome(writer, bundle.candidate);
    write_outcome(writer, bundle.recorded);
    writer.boolean(bundle.schedule.has_value());
    if (bundle.schedule) {
        const std::string text = core::encode_schedule(*bundle.schedule);
        writer.u32(kBundleScheduleVersion);
        write_sized(writer, base::Bytes(text.begin(), text.end()));
    }
    fields.write(bundle.finding);
    fields.write(bundle.shrunk_from);
    if (codec::has_values(bundle.finding)) {
        codec::write_values(fields, bundle.finding);
    }
}

void read_schedule(base::ByteReader& reader, Bundle& bundle) {
    if (!reader.boolean("schedule")) {
        return;
    }
    const std::uint32_t version = reader.u32("schedule_version");
    if (reader.ok() && version != kBundleScheduleVersion) {
        reader.fail("schedule_version",
                    fmt::format("is {}; this program reads {}", version, kBundleScheduleVersion));
    }
    const auto bytes = read_sized(reader, core::kMaxScheduleBytes, "schedule");
    if (!reader.ok()) {
        return;
    }
    const std::string text(bytes.begin(), bytes.end());
    auto schedule = core::decode_schedule(text);
    if (!schedule.ok()) {
        reader.fail("schedule", std::string(schedule.status().message()));
    } else if (core::encode_schedule(*schedule) != text) {
        reader.fail("schedule", "is not written in the shortest way");
    } else {
        bundle.schedule = *std::move(schedule);
    }
}

void read_result(base::ByteReader& reader, std::uint32_t version, Bundle& bundle) {
    if (auto control = read_outcome(reader, "control")) {
        bundle.control = *std::move(control);
    } else if (reader.ok()) {
        reader.fail("control", "is missing");
    }
    bundle.candidate = read_outcome(reader, "candidate_outcome");
    bundle.recorded = read_outcome(reader, "recorded");
    read_schedule(reader, bundle);
    codec::FieldsDecoder fields(reader);
    fields.read("finding", bundle.finding);
    fields.read("shrunk_from", bundle.shrunk_from);
    if (version < kBundleVersion) {
        return;
    }
    const Scope scope(reader, "values");
    codec::read_values(fields, reader, bundle.finding);
    if (reader.ok() && !codec::has_values(bundle.finding)) {
        reader.fail("cause", "and all values are missing: such a bundle has version 1");
    }
}

/// The finding's texts come from a file and end on terminals.
void check_finding(base::ByteReader& reader, const model::Finding& finding) {
    const auto has_control = [](const std::string& text) {
        return std::any_of(text.begin(), text.end(), [](char character) {
            const auto byte = static_cast<unsigned char>(character);
            return byte < 0x20 || byte == 0x7F;
        });
    };
    const auto bad_value = [&](const model::Value& value) { return has_control(value.text); };
    const auto bad = [&](const model::Difference& difference) {
        const model::DifferenceValues& values = difference.values;
        return has_control(values.place.field) || bad_value(values.control) ||
               bad_value(values.candidate) || bad_value(values.pre_state) ||
               has_control(difference.path) || has_control(difference.control) ||
               has_control(difference.candidate) ||
               (difference.delta && has_control(*difference.delta));
    };
    if (has_control(finding.lane) || has_control(finding.sentence) ||
        has_control(finding.cause.field) || bad(finding.first) ||
        std::any_of(finding.derived.begin(), finding.derived.end(), bad)) {
        reader.fail("finding", "has a control character");
    }
}

}  // namespace

base::Bytes encode_bundle(const Bundle& bundle) {
    base::ByteWriter body(bundle.block.size() + 128 * bundle.pre_state.size() + 4096);
    write_setting(body, bundle);
    write_block_part(body, bundle);
    write_pre_state(body, bundle);
    write_result(body, bundle);
    const base::Bytes payload = std::move(body).take();
    base::ByteWriter writer(kBundlePreambleSize + payload.size() + kBundleDigestSize);
    writer.raw(kBundleMagic);
    writer.u32(codec::has_values(bundle.finding) ? kBundleVersion : kBundleVersionTexts);
    writer.u64(payload.size());
    writer.raw(payload);
    base::Bytes bytes = std::move(writer).take();
    const model::Hash digest = crypto::blake3(bytes);
    bytes.insert(bytes.end(), digest.bytes().begin(), digest.bytes().end());
    return bytes;
}

absl::StatusOr<Bundle> decode_bundle(std::span<const std::uint8_t> bytes,
                                     const protocol::ProtocolSet& protocols) {
    const std::size_t magic = std::min(bytes.size(), kBundleMagic.size());
    if (!std::equal(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(magic),
                    kBundleMagic.begin())) {
        return absl::InvalidArgumentError("is not a Parallax bundle");
    }
    if (bytes.size() < kBundlePreambleSize) {
        return absl::DataLossError("is truncated: it ends inside its preamble");
    }
    base::ByteReader preamble(bytes.subspan(magic, kBundlePreambleSize - magic), "preamble");
    const std::uint32_t version = preamble.u32("version");
    const std::uint64_t length = preamble.u64("length");
    if (version != kBundleVersion && version != kBundleVersionTexts) {
        return absl::InvalidArgumentError(
            fmt::format("has format version {}; this program reads {} and {}", version,
                        kBundleVersionTexts, kBundleVersion));
    }
    if (length > kMaxBundleBody) {
        return absl::DataLossError(
            fmt::format("is damaged: it claims a body of {} bytes, at most {} are possible", length,
                        kMaxBundleBody));
    }
    const std::size_t end = kBundlePreambleSize + static_cast<std::size_t>(length);
    if (bytes.size() < end + kBundleDigestSize) {
        return absl::DataLossError(fmt::format("is truncated: it has {} of {} bytes", bytes.size(),
                                               end + kBundleDigestSize));
    }
    if (bytes.size() > end + kBundleDigestSize) {
        return absl::DataLossError("is damaged: bytes follow its end");
    }
    if (const model::Hash digest = crypto::blake3(bytes.first(end));
        !std::equal(digest.bytes().begin(), digest.bytes().end(),
                    bytes.begin() + static_cast<std::ptrdiff_t>(end))) {
        return absl::DataLossError("is damaged: its digest does not hold");
    }
    base::ByteReader reader(bytes.subspan(kBundlePreambleSize, static_cast<std::size_t>(length)),
                            "bundle");
    Bundle bundle;
    read_setting(reader, protocols, bundle);
    read_block_part(reader, bundle);
    read_pre_state(reader, bundle);
    read_result(reader, version, bundle);
    check_finding(reader, bundle.finding);
    if (!reader.finish()) {
        return reader.status();
    }
    return bundle;
}

}  // namespace parallax::replay
