#include "replay/archive/archive_reader.hpp"

#include "replay/archive/archive_fields.hpp"
#include "replay/archive/archive_records.hpp"
#include "verifier/codec/canonical.hpp"
#include "verifier/codec/observation.hpp"
#include "verifier/model/families.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <span>
#include <string_view>
#include <utility>

namespace parallax::replay {
namespace {

std::optional<ArchiveHeader> parse_header(std::span<const std::uint8_t> payload) {
    PayloadParser parser(payload);
    ArchiveHeader header;
    header.network = parser.take_text();
    header.profile = parser.take_text();
    const std::uint8_t model = parser.take_u8();
    header.failure_model = static_cast<protocol::FailureModel>(model);
    header.base_topoheight = model::Topoheight{parser.take_u64()};
    header.base_hash = parser.take_hash();
    header.first = parser.take_optional_topoheight();
    header.last = parser.take_optional_topoheight();
    header.origin = parser.take_text();
    const bool consecutive =
        header.base_topoheight.value() != std::numeric_limits<std::uint64_t>::max() &&
        (!header.first || *header.first == model::next(header.base_topoheight));
    const bool known_model =
        model <= static_cast<std::uint8_t>(protocol::FailureModel::kOrphanPartial);
    return parser.complete() && known_model && consecutive ? std::optional(std::move(header))
                                                           : std::nullopt;
}

}  // namespace

ArchiveReader::ArchiveReader(std::unique_ptr<ArchiveRecords> records, ArchiveHeader header)
    : header_(std::move(header)),
      records_(std::move(records)),
      last_topoheight_(header_.base_topoheight) {
    pieces_.pieces.emplace_back();
}

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

absl::StatusOr<std::optional<model::DeltaEntry>> ArchiveReader::next_state_row() {
    ArchiveRecords& records = *records_;
    if (!records.status().ok()) {
        return records.status();
    }
    if (rows_done_) {
        return std::nullopt;
    }
    const auto type = records.next();
    if (!type.ok()) {
        return type.status();
    }
    if (*type != RecordType::kStateRow) {
        if (auto status = end_rows(*type); !status.ok()) {
            return status;
        }
        return std::nullopt;
    }
    const auto payload = records.payload();
    constexpr std::size_t kKeySize = 65;
    if (payload.size() < kKeySize) {
        return records.damaged("it is shorter than a key");
    }
    const auto key = codec::decode_key(payload.first(kKeySize));
    if (!key.ok()) {
        return records.damaged(std::string(key.status().message()));
    }
    if (last_key_ && !(*last_key_ < *key)) {
        return records.damaged("its key does not come after the key of the row before it");
    }
    auto value = codec::decode_value(key->family, payload.subspan(kKeySize));
    if (!value.ok()) {
        return records.damaged(fmt::format("value of {}: {}", model::to_string(*key),
                                           std::string(value.status().message())));
    }
    records.include_in_digest();
    rows_digest_.add(*key, payload.subspan(kKeySize));
    last_key_ = *key;
    ++counts_.state_rows;
    return model::DeltaEntry{*key, std::nullopt, *std::move(value)};
}

absl::Status ArchiveReader::end_rows(RecordType type) {
    if (version() == 1) {
        pending_ = type;
    } else if (type != RecordType::kStateHead) {
        return records_->damaged("expected a state row or the state head here");
    } else if (auto status = check_state_head(); !status.ok()) {
        return status;
    }
    rows_done_ = true;
    state_digest_ = rows_digest_.finish();
    return absl::OkStatus();
}

absl::Status ArchiveReader::check_state_head() {
    ArchiveRecords& records = *records_;
    const auto stated = decode_state_head(records.payload());
    if (!stated) {
        return records.damaged("its fields cannot be read");
    }
    if (stated->rows != counts_.state_rows) {
        return records.damaged(fmt::format("it counts {} state rows, {} are before it",
                                           stated->rows, counts_.state_rows));
    }
    if (stated->digest != records.digest() || stated->state_digest != rows_digest_.finish()) {
        return records.damaged(fmt::format(
            "it says that all before it hashes to {} and the state to {}, they hash to {} and {}",
            stated->digest.hex(), stated->state_digest.hex(), records.digest().hex(),
            rows_digest_.finish().hex()));
    }
    pieces_.blocks_per_piece = stated->blocks_per_piece;
    records.include_in_digest();
    return absl::OkStatus();
}

absl::StatusOr<std::optional<ArchiveBlock>> ArchiveReader::next_block() {
    ArchiveRecords& records = *records_;
    while (records.status().ok() && !rows_done_) {
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
    if (*type == RecordType::kBlock) {
        return read_block();
    }
    const RecordType last = version() == 1 ? RecordType::kEnd : RecordType::kIndex;
    if (*type != last) {
        return records.damaged(
            fmt::format("expected a block or the {} record here", record_type_name(last)));
    }
    if (auto status = version() == 1 ? finish() : check_index(); !status.ok()) {
        return status;
    }
    return std::nullopt;
}

absl::StatusOr<ArchiveBlock> ArchiveReader::read_block() {
    ArchiveRecords& records = *records_;
    PayloadParser parser(records.payload());
    ArchiveBlock block;
    block.placement.topoheight = model::Topoheight{parser.take_u64()};
    if (parser.take_bool()) {
        block.placement.side_block = parser.take_u32();
    }
    const std::uint8_t follows = parser.take_u8();
    const unsigned possible = version() < kArchiveVersionObserved
                                  ? kFollowsOutcome
                                  : kFollowsOutcome | kFollowsObservations | kBodiesNotShown;
    block.placement.bodies_shown = (follows & kBodiesNotShown) == 0;
    if (!parser.ok() || (follows & ~possible) != 0) {
        return records.damaged("its placement cannot be read");
    }
    if (last_topoheight_.value() == std::numeric_limits<std::uint64_t>::max()) {
        return records.damaged("no topoheight comes after the block before it");
    }
    if (block.placement.topoheight != model::next(last_topoheight_)) {
        return records.damaged(fmt::format("it is at topoheight {}, expected {}",
                                           block.placement.topoheight.value(),
                                           last_topoheight_.value() + 1));
    }
    block.wire.assign(parser.rest().begin(), parser.rest().end());
    if (counts_.blocks % pieces_.blocks_per_piece == 0) {
        begin_piece();
    }
    records.include_in_digest();
    if ((follows & kFollowsOutcome) != 0) {
        if (auto status = read_with_block(RecordType::kOutcome, block.outcome); !status.ok()) {
            return status;
        }
        ++counts_.outcomes;
    }
    if ((follows & kFollowsObservations) != 0) {
        if (auto status = read_with_block(RecordType::kObservations, block.observations);
            !status.ok()) {
            return status;
        }
    }
    last_topoheight_ = block.placement.topoheight;
    ++counts_.blocks;
    return block;
}

absl::Status ArchiveReader::read_with_block(RecordType expected, std::optional<base::Bytes>& out) {
    const auto type = records_->next();
    if (!type.ok()) {
        return type.status();
    }
    if (*type != expected) {
        return records_->damaged(
            fmt::format("expected the {} of the block before it", record_type_name(expected)));
    }
    out.emplace(records_->payload().begin(), records_->payload().end());
    records_->include_in_digest();
    return absl::OkStatus();
}

void ArchiveReader::begin_piece() {
    if (version() != 1) {
        end_piece();
        pieces_.pieces.push_back({records_->record_offset(), {}});
        piece_is_open_ = true;
    }
}

void ArchiveReader::end_piece() {
    if (piece_is_open_) {
        pieces_.pieces.back().hash = records_->take_piece();
        piece_is_open_ = false;
    }
}

absl::Status ArchiveReader::check_index() {
    ArchiveRecords& records = *records_;
    end_piece();
    const auto stated = decode_index(records.payload());
    if (!stated) {
        return records.damaged("its fields cannot be read");
    }
    if (stated->blocks_per_piece != pieces_.blocks_per_piece ||
        stated->pieces.size() != pieces_.pieces.size()) {
        return records.damaged(fmt::format("it has {} pieces of {} blocks, the file {} of {}",
                                           stated->pieces.size(), stated->blocks_per_piece,
                                           pieces_.pieces.size(), pieces_.blocks_per_piece));
    }
    for (std::size_t i = 0; i < stated->pieces.size(); ++i) {
        const ArchivePiece& theirs = stated->pieces[i];
        const ArchivePiece& ours = pieces_.pieces[i];
        if (theirs != ours) {
            return records.damaged(fmt::format(
                "it says that piece {} is at offset {} and hashes to {}, it is at {} and hashes "
                "to {}",
                i, theirs.offset, theirs.hash.hex(), ours.offset, ours.hash.hex()));
        }
    }
    index_offset_ = records.record_offset();
    index_digest_ = records.record_digest();
    records.include_in_digest();
    const auto type = records.next();
    if (!type.ok()) {
        return type.status();
    }
    return *type == RecordType::kEnd ? finish() : records.damaged("expected the end record here");
}

absl::Status ArchiveReader::finish() {
    ArchiveRecords& records = *records_;
    const auto end = decode_end(records.payload(), version());
    if (!end) {
        return records.damaged("it has the wrong size");
    }
    ArchiveCounts stated = end->counts;
    if (!skipped_.empty()) {
        stated.outcomes = counts_.outcomes;  // nobody has counted those of the skipped pieces
    }
    if (stated != counts_) {
        return records.damaged(
            fmt::format("it counts {} state rows, {} blocks, {} outcomes; read were {}, {}, {}",
                        stated.state_rows, stated.blocks, stated.outcomes, counts_.state_rows,
                        counts_.blocks, counts_.outcomes));
    }
    // Of what was skipped, the index vouches piece by piece.
    if (skipped_.empty() && end->digest != records.digest()) {
        return records.damaged(
            fmt::format("it says that all before it hashes to {}, it hashes to {}",
                        end->digest.hex(), records.digest().hex()));
    }
    if (version() != 1) {
        if (auto status = check_end_of_index(*end); !status.ok()) {
            return status;
        }
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

absl::Status ArchiveReader::check_end_of_index(const ArchiveEnd& end) {
    if (end.index_offset == index_offset_ && end.index_digest == index_digest_) {
        return absl::OkStatus();
    }
    return records_->damaged(fmt::format(
        "it says that the index is at offset {} and hashes to {}, it is at {} and hashes to {}",
        end.index_offset, end.index_digest.hex(), index_offset_, index_digest_.hex()));
}

const std::optional<model::Hash>& ArchiveReader::state_digest() const noexcept {
    return state_digest_;
}
std::uint32_t ArchiveReader::version() const noexcept {
    return records_->version();
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

absl::StatusOr<model::Recording> recording_of(const ArchiveBlock& block) {
    model::Recording recording;
    if (block.outcome) {
        auto outcome = codec::decode_outcome(*block.outcome);
        if (!outcome.ok()) {
            return absl::InvalidArgumentError("recorded outcome: " +
                                              std::string(outcome.status().message()));
        }
        recording.outcome = *std::move(outcome);
    }
    if (block.observations) {
        auto observations = codec::decode_observations(*block.observations);
        if (!observations.ok()) {
            return observations.status();
        }
        recording.observations = *std::move(observations);
    }
    return recording;
}

}  // namespace parallax::replay
