#include "replay/archive_reader.hpp"

#include "replay/archive_records.hpp"
#include "verifier/codec/canonical.hpp"
#include "verifier/model/families.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <span>
#include <string_view>
#include <utility>

namespace parallax {
namespace {

std::uint32_t load_u32(std::span<const std::uint8_t> bytes) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        value = (value << 8) | bytes[i];
    }
    return value;
}

std::uint64_t load_u64(std::span<const std::uint8_t> bytes) {
    return (std::uint64_t{load_u32(bytes)} << 32) | load_u32(bytes.subspan(4));
}

/// Takes fields off the front of a payload. Once something did not fit, `ok()` is false and every
/// field is zero.
class PayloadParser {
  public:
    explicit PayloadParser(std::span<const std::uint8_t> bytes) : rest_(bytes) {}

    std::span<const std::uint8_t> take(std::size_t count) {
        static constexpr std::array<std::uint8_t, 64> kZeros{};
        if (count > rest_.size()) {
            ok_ = false;
            rest_ = {};
            return std::span(kZeros).first(std::min(count, kZeros.size()));
        }
        const auto taken = rest_.first(count);
        rest_ = rest_.subspan(count);
        return taken;
    }
    std::uint8_t take_u8() { return take(1)[0]; }
    std::uint32_t take_u32() { return load_u32(take(4)); }
    std::uint64_t take_u64() { return load_u64(take(8)); }
    Hash take_hash() {
        return Hash::from_span(std::span<const std::uint8_t, 32>(take(32).data(), 32));
    }
    bool take_bool() {
        const std::uint8_t byte = take_u8();
        ok_ = ok_ && byte <= 1;
        return byte == 1;
    }
    std::string take_text() {
        const std::size_t high = take_u8();
        const std::size_t size = (high << 8) | take_u8();
        if (size > kMaxHeaderText || size > rest_.size()) {
            ok_ = false;
            return {};
        }
        const auto bytes = take(size);
        // These texts are shown on terminals.
        ok_ = ok_ && std::none_of(bytes.begin(), bytes.end(),
                                  [](std::uint8_t byte) { return byte < 0x20 || byte == 0x7F; });
        return {bytes.begin(), bytes.end()};
    }
    std::optional<Topoheight> take_optional_topoheight() {
        return take_bool() ? std::optional(Topoheight{take_u64()}) : std::nullopt;
    }

    std::span<const std::uint8_t> rest() const { return rest_; }
    bool ok() const { return ok_; }
    bool complete() const { return ok_ && rest_.empty(); }

  private:
    std::span<const std::uint8_t> rest_;
    bool ok_ = true;
};

std::optional<ArchiveHeader> parse_header(std::span<const std::uint8_t> payload) {
    PayloadParser parser(payload);
    ArchiveHeader header;
    header.network = parser.take_text();
    header.profile = parser.take_text();
    const std::uint8_t model = parser.take_u8();
    header.failure_model = static_cast<FailureModel>(model);
    header.base_topoheight = Topoheight{parser.take_u64()};
    header.base_hash = parser.take_hash();
    header.first = parser.take_optional_topoheight();
    header.last = parser.take_optional_topoheight();
    header.origin = parser.take_text();
    const bool consecutive =
        header.base_topoheight.value() != std::numeric_limits<std::uint64_t>::max() &&
        (!header.first || *header.first == next(header.base_topoheight));
    const bool known_model = model <= static_cast<std::uint8_t>(FailureModel::kOrphanPartial);
    return parser.complete() && known_model && consecutive ? std::optional(std::move(header))
                                                           : std::nullopt;
}

}  // namespace

ArchiveReader::ArchiveReader(std::unique_ptr<ArchiveRecords> records, ArchiveHeader header)
    : header_(std::move(header)),
      records_(std::move(records)),
      last_topoheight_(header_.base_topoheight) {}

ArchiveReader::~ArchiveReader() = default;

absl::StatusOr<std::unique_ptr<ArchiveReader>> ArchiveReader::open(const std::string& path) {
    auto records = ArchiveRecords::open(path);
    if (!records.ok()) {
        return records.status();
    }
    if (auto status = (*records)->read_preamble(); !status.ok()) {
        return status;
    }
    const auto type = (*records)->next();
    if (!type.ok()) {
        return type.status();
    }
    if (*type != RecordType::kHeader) {
        return (*records)->damaged("expected the header here");
    }
    auto header = parse_header((*records)->payload());
    if (!header) {
        return (*records)->damaged("its fields cannot be read");
    }
    (*records)->include_in_digest();
    return std::unique_ptr<ArchiveReader>(
        new ArchiveReader(*std::move(records), *std::move(header)));
}

const ArchiveHeader& ArchiveReader::header() const noexcept {
    return header_;
}

absl::StatusOr<std::optional<DeltaEntry>> ArchiveReader::next_state_row() {
    ArchiveRecords& records = *records_;
    if (!records.status().ok()) {
        return records.status();
    }
    if (pending_ || counts_.blocks != 0 || done_) {
        return std::nullopt;
    }
    const auto type = records.next();
    if (!type.ok()) {
        return type.status();
    }
    if (*type != RecordType::kStateRow) {
        pending_ = *type;
        return std::nullopt;
    }
    const auto payload = records.payload();
    constexpr std::size_t kKeySize = 65;
    if (payload.size() < kKeySize) {
        return records.damaged("it is shorter than a key");
    }
    const auto key = decode_key(payload.first(kKeySize));
    if (!key.ok()) {
        return records.damaged(std::string(key.status().message()));
    }
    if (last_key_ && !(*last_key_ < *key)) {
        return records.damaged("its key does not come after the key of the row before it");
    }
    auto value = decode_value(key->family, payload.subspan(kKeySize));
    if (!value.ok()) {
        return records.damaged(
            fmt::format("value of {}: {}", to_string(*key), std::string(value.status().message())));
    }
    records.include_in_digest();
    last_key_ = *key;
    ++counts_.state_rows;
    return DeltaEntry{*key, std::nullopt, *std::move(value)};
}

absl::StatusOr<std::optional<ArchiveBlock>> ArchiveReader::next_block() {
    ArchiveRecords& records = *records_;
    while (records.status().ok() && !pending_ && counts_.blocks == 0 && !done_) {
        if (auto row = next_state_row(); !row.ok()) {
            return row.status();
        }
    }
    if (!records.status().ok()) {
        return records.status();
    }
    if (done_) {
        return std::nullopt;
    }
    const auto type = pending_ ? absl::StatusOr<RecordType>(*pending_) : records.next();
    pending_.reset();
    if (!type.ok()) {
        return type.status();
    }
    if (*type == RecordType::kEnd) {
        if (auto status = finish(); !status.ok()) {
            return status;
        }
        return std::nullopt;
    }
    if (*type != RecordType::kBlock) {
        return records.damaged("expected a block or the end record here");
    }
    return read_block();
}

absl::StatusOr<ArchiveBlock> ArchiveReader::read_block() {
    ArchiveRecords& records = *records_;
    PayloadParser parser(records.payload());
    ArchiveBlock block;
    block.placement.topoheight = Topoheight{parser.take_u64()};
    if (parser.take_bool()) {
        block.placement.side_block = parser.take_u32();
    }
    const bool has_outcome = parser.take_bool();
    if (!parser.ok()) {
        return records.damaged("its placement cannot be read");
    }
    if (block.placement.topoheight != next(last_topoheight_)) {
        return records.damaged(fmt::format("it is at topoheight {}, expected {}",
                                           block.placement.topoheight.value(),
                                           last_topoheight_.value() + 1));
    }
    block.wire.assign(parser.rest().begin(), parser.rest().end());
    records.include_in_digest();
    if (has_outcome) {
        const auto type = records.next();
        if (!type.ok()) {
            return type.status();
        }
        if (*type != RecordType::kOutcome) {
            return records.damaged("expected the outcome of the block before it");
        }
        block.outcome.emplace(records.payload().begin(), records.payload().end());
        records.include_in_digest();
        ++counts_.outcomes;
    }
    last_topoheight_ = block.placement.topoheight;
    ++counts_.blocks;
    return block;
}

absl::Status ArchiveReader::finish() {
    ArchiveRecords& records = *records_;
    PayloadParser parser(records.payload());
    ArchiveCounts stated;
    stated.state_rows = parser.take_u64();
    stated.blocks = parser.take_u64();
    stated.outcomes = parser.take_u64();
    const Hash digest = parser.take_hash();
    if (!parser.complete()) {
        return records.damaged("it has the wrong size");
    }
    if (stated != counts_) {
        return records.damaged(
            fmt::format("it counts {} state rows, {} blocks, {} outcomes; read were {}, {}, {}",
                        stated.state_rows, stated.blocks, stated.outcomes, counts_.state_rows,
                        counts_.blocks, counts_.outcomes));
    }
    if (digest != records.digest()) {
        return records.damaged(
            fmt::format("it says that all before it hashes to {}, it hashes to {}", digest.hex(),
                        records.digest().hex()));
    }
    if (header_.last && *header_.last != last_topoheight_) {
        return records.damaged(
            fmt::format("the header announces blocks up to topoheight {}, they end at {}",
                        header_.last->value(), last_topoheight_.value()));
    }
    if (header_.first && counts_.blocks == 0) {
        return records.damaged("the header announces blocks, there are none");
    }
    if (auto status = records.expect_end_of_file(); !status.ok()) {
        return status;
    }
    done_ = true;
    return absl::OkStatus();
}

const ArchiveCounts& ArchiveReader::counts() const noexcept {
    return counts_;
}
std::uint64_t ArchiveReader::bytes_read() const noexcept {
    return records_->offset();
}
std::optional<std::uint64_t> ArchiveReader::file_size() const noexcept {
    return records_->file_size();
}

}  // namespace parallax
