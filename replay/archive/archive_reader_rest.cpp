#include "replay/archive/archive_fields.hpp"
#include "replay/archive/archive_reader.hpp"
#include "replay/archive/archive_records.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace parallax::replay {
namespace {

absl::Status stopped() {
    return absl::CancelledError("stopped on request before the archive was read to its end");
}

}  // namespace

absl::Status ArchiveReader::check_rest(const std::atomic<bool>& stop) {
    for (;;) {
        if (stop.load(std::memory_order_relaxed)) {
            return stopped();
        }
        const auto block = next_block();
        if (!block.ok()) {
            return block.status();
        }
        if (!*block) {
            return check_skipped(stop);
        }
    }
}

absl::Status ArchiveReader::check_skipped(const std::atomic<bool>& stop) {
    for (const std::size_t number : skipped_) {
        if (stop.load(std::memory_order_relaxed)) {
            return stopped();
        }
        const ArchivePiece& piece = pieces_.pieces[number];
        const std::uint64_t end =
            number + 1 < pieces_.pieces.size() ? pieces_.pieces[number + 1].offset : index_offset_;
        const auto hash = records_->digest_of(piece.offset, end);
        if (!hash.ok()) {
            return hash.status();
        }
        if (*hash != piece.hash) {
            return records_->damaged(
                fmt::format("the index says that piece {}, the bytes {} to {}, hashes to {}, it "
                            "hashes to {}",
                            number, piece.offset, end, piece.hash.hex(), hash->hex()));
        }
    }
    return absl::OkStatus();
}

absl::Status ArchiveReader::vouch_for_state(const std::atomic<bool>& stop) {
    if (version() != 1) {
        return absl::OkStatus();
    }
    if (!file_size() || !records_->can_be_opened_again()) {
        return absl::FailedPreconditionError(fmt::format(
            "archive {} has format version 1, which only its end vouches for: give it as a file, "
            "so that it can be read to its end before its state is kept, or make it anew",
            records_->name()));
    }
    const auto whole = open(records_->name());
    return whole.ok() ? (*whole)->check_rest(stop) : whole.status();
}

absl::StatusOr<ArchiveIndex> ArchiveReader::read_index_apart(ArchiveCounts& counts) {
    ArchiveRecords& records = *records_;
    const std::uint64_t size = file_size().value_or(0);
    if (size < records.offset() + kEndRecordSize) {
        return records.damaged("there is no room for an end record behind it");
    }
    const std::uint64_t end_offset = size - kEndRecordSize;
    if (auto status = records.read_apart(end_offset, kEndRecordSize, RecordType::kEnd);
        !status.ok()) {
        return status;
    }
    const auto end = decode_end(records.payload(), version());
    if (!end || end->index_offset >= end_offset) {
        return records.damaged("it says that the index is where it cannot be");
    }
    if (auto status = records.read_apart(end->index_offset, end_offset - end->index_offset,
                                         RecordType::kIndex);
        !status.ok()) {
        return status;
    }
    auto index = decode_index(records.payload());
    const std::uint64_t blocks = end->counts.blocks;
    if (!index || records.record_digest() != end->index_digest ||
        index->pieces.back().offset >= end->index_offset ||
        index->pieces.size() !=
            1 + (blocks + index->blocks_per_piece - 1) / index->blocks_per_piece) {
        return records.damaged("it is not the index that the end record speaks of");
    }
    counts = end->counts;
    return *std::move(index);
}

absl::StatusOr<std::optional<ArchiveReader::Stated>> ArchiveReader::stated() {
    if (version() == 1 || !file_size()) {
        return std::optional<Stated>();
    }
    Stated stated;
    auto index = read_index_apart(stated.counts);
    if (!index.ok()) {
        return index.status();
    }
    stated.index = *std::move(index);
    return std::optional(std::move(stated));
}

absl::Status ArchiveReader::skip_towards(model::Topoheight topoheight) {
    if (version() == 1 || !file_size() || pending_ || done_ || topoheight <= last_topoheight_) {
        return records_->status();
    }
    ArchiveCounts counts;
    auto index = read_index_apart(counts);
    if (!index.ok()) {
        return index.status();
    }
    const std::uint64_t position = topoheight.value() - header_.base_topoheight.value() - 1;
    const std::size_t piece = index->piece_of(position);
    if (piece == 0 || index->pieces[piece].offset <= records_->offset()) {
        return absl::OkStatus();
    }
    if (auto status = records_->go_to(index->pieces[piece].offset); !status.ok()) {
        return status;
    }
    // The piece that was being read is checked again as a whole.
    const std::size_t begun = pieces_.pieces.size() - 1;
    for (std::size_t i = piece_is_open_ ? begun : begun + 1; i < piece; ++i) {
        skipped_.push_back(i);
    }
    index->pieces.resize(piece);
    pieces_ = *std::move(index);
    piece_is_open_ = false;
    rows_done_ = true;
    counts_.state_rows = counts.state_rows;
    counts_.blocks = (piece - 1) * pieces_.blocks_per_piece;
    last_topoheight_ = model::Topoheight{header_.base_topoheight.value() + counts_.blocks};
    return absl::OkStatus();
}

}  // namespace parallax::replay
