#include "verifier/codec/logged_outcome.hpp"

#include "verifier/codec/canonical.hpp"
#include "verifier/codec/fields_codec.hpp"

#include <algorithm>
#include <utility>

namespace parallax::codec {
namespace {

using Scope = base::ByteReader::Scope;

constexpr std::size_t kKeyBytes = 65;
constexpr std::size_t kAccessBytes = 4 + 1 + kKeyBytes + 4 + 8;
constexpr std::size_t kMaxNotes = 256;
constexpr std::size_t kMaxNoteText = 1024;

std::span<const std::uint8_t> read_sized(base::ByteReader& reader, const char* field) {
    return reader.view(reader.u32(field), field);
}

void write_sized(base::ByteWriter& writer, std::span<const std::uint8_t> bytes) {
    writer.u32(static_cast<std::uint32_t>(bytes.size()));
    writer.raw(bytes);
}

model::AccessKind read_kind(base::ByteReader& reader) {
    model::AccessKind kind = model::AccessKind::kRead;
    FieldsDecoder(reader).read("kind", kind);
    return kind;
}

void write_access_log(base::ByteWriter& writer, const model::AccessLog& log) {
    writer.u32(static_cast<std::uint32_t>(log.accesses.size()));
    for (const model::Access& access : log.accesses) {
        writer.number(access.transaction);
        writer.u8(static_cast<std::uint8_t>(access.kind));
        writer.u8(static_cast<std::uint8_t>(access.key.family));
        writer.raw(access.key.owner);
        writer.raw(access.key.detail);
        writer.u32(access.observed_writer);
        writer.u64(access.value);
    }
}

void read_access_log(base::ByteReader& reader, model::AccessLog& log) {
    const Scope scope(reader, "access_log");
    const std::uint32_t count = reader.u32("count");
    if (!reader.check_count(count, 0, count, kAccessBytes, "count")) {
        return;
    }
    log.accesses.resize(count);
    for (std::size_t i = 0; i < count && reader.ok(); ++i) {
        model::Access& access = log.accesses[i];
        access.transaction = reader.number<model::TxIndex>("transaction");
        access.kind = read_kind(reader);
        const model::FamilyRow* row = model::find_family(reader.u8("family"));
        if (row == nullptr) {
            reader.fail("family", "is unknown");
            return;
        }
        access.key.family = row->family;
        std::ranges::copy(reader.view(access.key.owner.size(), "owner"), access.key.owner.begin());
        std::ranges::copy(reader.view(access.key.detail.size(), "detail"),
                          access.key.detail.begin());
        access.observed_writer = reader.u32("observed_writer");
        access.value = reader.u64("value");
    }
}

void write_notes(base::ByteWriter& writer, const model::ExecutionNotes& notes) {
    FieldsEncoder fields(writer);
    writer.u32(static_cast<std::uint32_t>(notes.text.size()));
    for (const auto& [name, text] : notes.text) {
        fields.write(name);
        fields.write(text);
    }
    writer.u32(static_cast<std::uint32_t>(notes.counters.size()));
    for (const auto& [name, count] : notes.counters) {
        fields.write(name);
        writer.u64(count);
    }
}

void read_notes(base::ByteReader& reader, model::ExecutionNotes& notes) {
    const auto read_text = [&](const char* field) {
        return printable(read_sized(reader, field), kMaxNoteText);
    };
    const std::uint32_t texts = reader.u32("note_count");
    if (!reader.check_count(texts, 0, kMaxNotes, 2 * sizeof(std::uint32_t), "note_count")) {
        return;
    }
    for (std::uint32_t i = 0; i < texts && reader.ok(); ++i) {
        std::string name = read_text("note_name");
        notes.text.insert_or_assign(std::move(name), read_text("note_text"));
    }
    const std::uint32_t counters = reader.u32("counter_count");
    if (!reader.check_count(counters, 0, kMaxNotes, sizeof(std::uint32_t) + sizeof(std::uint64_t),
                            "counter_count")) {
        return;
    }
    for (std::uint32_t i = 0; i < counters && reader.ok(); ++i) {
        std::string name = read_text("counter_name");
        notes.counters.insert_or_assign(std::move(name), reader.u64("counter"));
    }
}

}  // namespace

std::string printable(std::span<const std::uint8_t> text, std::size_t limit) {
    std::string kept;
    for (const std::uint8_t byte : text.first(std::min(text.size(), limit))) {
        kept.push_back(byte >= 0x20 && byte < 0x7F ? static_cast<char>(byte) : '?');
    }
    return kept;
}

base::Bytes encode_logged_outcome(model::BlockOutcome outcome) {
    const std::optional<model::AccessLog> log = std::exchange(outcome.access_log, std::nullopt);
    const base::Bytes canonical = encode_outcome(outcome);
    base::ByteWriter writer(canonical.size() + 1024 +
                            (log ? log->accesses.size() * kAccessBytes : std::size_t{0}));
    write_sized(writer, canonical);
    writer.boolean(log.has_value());
    if (log) {
        write_access_log(writer, *log);
    }
    write_notes(writer, outcome.notes);
    return std::move(writer).take();
}

absl::StatusOr<model::BlockOutcome> decode_logged_outcome(std::span<const std::uint8_t> bytes) {
    base::ByteReader reader(bytes, "outcome");
    const auto canonical = read_sized(reader, "canonical");
    std::optional<model::AccessLog> log;
    if (reader.boolean("has_access_log")) {
        read_access_log(reader, log.emplace());
    }
    model::ExecutionNotes notes;
    read_notes(reader, notes);
    if (!reader.finish()) {
        return reader.status();
    }
    auto outcome = decode_outcome(canonical);
    if (!outcome.ok()) {
        return outcome;
    }
    if (outcome->access_log) {
        return absl::InvalidArgumentError("outcome: has its access log in the wrong place");
    }
    outcome->access_log = std::move(log);
    outcome->notes = std::move(notes);
    return outcome;
}

}  // namespace parallax::codec
