#include "verifier/codec/observation.hpp"

#include "verifier/codec/fields_codec.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace parallax::codec {
namespace {

/// Changes with any change of the fields.
constexpr std::uint8_t kObservationsVersion = 1;
/// Family, owner, detail, and whether there is a value.
constexpr std::size_t kSmallestRow = 65 + 1;

bool is_listed(model::ExecutedThere executed) noexcept {
    return executed <= model::ExecutedThere::kYes;
}

bool is_source_name(const std::string& name) {
    return name.size() <= kMaxSourceName && std::ranges::all_of(name, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
           });
}

void write(base::ByteWriter& writer, const model::Observation& observation) {
    FieldsEncoder encoder(writer);
    encoder.write(observation.source);
    writer.u32(static_cast<std::uint32_t>(observation.executed.size()));
    for (const model::ExecutedThere executed : observation.executed) {
        writer.u8(static_cast<std::uint8_t>(executed));
    }
    encoder.write(observation.totals);
    writer.u32(static_cast<std::uint32_t>(observation.rows.size()));
    for (const model::ObservedRow& row : observation.rows) {
        encoder.write(row.key);
        encoder.write(row.after);
    }
    encoder.write(observation.nonces);
    encoder.write(observation.unwritten);
}

/// Fails at the first element that is not above the one before it.
template <class T, class Less>
void require_ascending(base::ByteReader& reader, const char* field, const std::vector<T>& items,
                       Less less) {
    for (std::size_t i = 1; i < items.size() && reader.ok(); ++i) {
        if (!less(items[i - 1], items[i])) {
            reader.fail(field, fmt::format("has entry {} out of order", i));
        }
    }
}

void read_executed(base::ByteReader& reader, std::vector<model::ExecutedThere>& out) {
    const std::uint32_t count = reader.u32("executed");
    for (const std::uint8_t byte : reader.view(count, "executed")) {
        const auto executed = static_cast<model::ExecutedThere>(byte);
        if (!is_listed(executed)) {
            reader.fail("executed", "is not a listed value");
            return;
        }
        out.push_back(executed);
    }
}

void read_rows(base::ByteReader& reader, std::vector<model::ObservedRow>& out) {
    const std::uint32_t count = reader.u32("rows");
    if (!reader.check_count(count, 0, count, kSmallestRow, "rows")) {
        return;
    }
    FieldsDecoder decoder(reader);
    for (std::size_t i = 0; i < count && reader.ok(); ++i) {
        const base::ByteReader::Scope scope(reader, "rows", i);
        model::ObservedRow& row = out.emplace_back();
        decoder.read("key", row.key);
        if (reader.boolean("after")) {
            decoder.read_value("after", row.key.family, row.after.emplace());
        }
    }
}

model::Observation read_observation(base::ByteReader& reader) {
    model::Observation observation;
    FieldsDecoder decoder(reader);
    decoder.read("source", observation.source);
    if (reader.ok() && !is_source_name(observation.source)) {
        reader.fail("source", "is no name of a source");
    }
    read_executed(reader, observation.executed);
    decoder.read("totals", observation.totals);
    read_rows(reader, observation.rows);
    decoder.read("nonces", observation.nonces);
    decoder.read("unwritten", observation.unwritten);
    require_ascending(reader, "rows", observation.rows,
                      [](const auto& a, const auto& b) { return a.key < b.key; });
    require_ascending(reader, "nonces", observation.nonces,
                      [](const auto& a, const auto& b) { return a.account < b.account; });
    require_ascending(reader, "unwritten", observation.unwritten, std::less<>());
    return observation;
}

}  // namespace

base::Bytes encode_observations(const std::vector<model::Observation>& observations) {
    base::ByteWriter writer;
    writer.u8(kObservationsVersion);
    writer.u8(static_cast<std::uint8_t>(observations.size()));
    for (const model::Observation& observation : observations) {
        write(writer, observation);
    }
    return std::move(writer).take();
}

absl::StatusOr<std::vector<model::Observation>> decode_observations(
    std::span<const std::uint8_t> bytes) {
    base::ByteReader reader(bytes, "observations");
    const std::uint8_t version = reader.u8("version");
    if (reader.ok() && version != kObservationsVersion) {
        reader.fail("version",
                    fmt::format("is {}, only {} is known", version, kObservationsVersion));
    }
    const std::uint8_t count = reader.u8("count");
    if (reader.ok() && (count == 0 || count > kMaxObservations)) {
        reader.fail("count", fmt::format("is {}, not 1 to {}", count, kMaxObservations));
    }
    std::vector<model::Observation> observations;
    for (std::size_t i = 0; i < count && reader.ok(); ++i) {
        const base::ByteReader::Scope scope(reader, "observation", i);
        observations.push_back(read_observation(reader));
    }
    require_ascending(reader, "observation", observations,
                      [](const auto& a, const auto& b) { return a.source < b.source; });
    if (!reader.finish()) {
        return reader.status();
    }
    return observations;
}

}  // namespace parallax::codec
