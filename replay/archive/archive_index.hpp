#pragma once

#include "replay/archive/archive.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace parallax::replay {

/// A stretch of an archive's bytes, up to the next piece or to the index: where it begins, and the
/// BLAKE3 of it. The first is all up to the blocks; each other one has the same number of blocks,
/// but for the last.
struct ArchivePiece {
    std::uint64_t offset = 0;
    model::Hash hash;
    friend bool operator==(const ArchivePiece&, const ArchivePiece&) = default;
};

/// What the index record holds: all bytes before it, piece by piece, so that a reader can go to a
/// block and check each piece alone.
struct ArchiveIndex {
    std::uint32_t blocks_per_piece = kBlocksPerPiece;
    std::vector<ArchivePiece> pieces;

    /// The piece that holds the block at `position`, the archive's first being 0; the last piece if
    /// there are not so many. Requires a piece of blocks.
    [[nodiscard]] std::size_t piece_of(std::uint64_t position) const;
};
[[nodiscard]] base::Bytes encode_index(const ArchiveIndex& index);
/// Nothing if it is malformed: no first piece at 0, offsets that do not ascend.
[[nodiscard]] std::optional<ArchiveIndex> decode_index(std::span<const std::uint8_t> payload);

/// What the state head says of all that is before it.
struct ArchiveStateHead {
    std::uint64_t rows = 0;
    model::Hash state_digest;
    /// BLAKE3 of every byte of the file before this record.
    model::Hash digest;
    std::uint32_t blocks_per_piece = kBlocksPerPiece;
};
[[nodiscard]] base::Bytes encode_state_head(const ArchiveStateHead& head);
[[nodiscard]] std::optional<ArchiveStateHead> decode_state_head(
    std::span<const std::uint8_t> payload);

/// What the end record says. Version 1 has no index.
struct ArchiveEnd {
    ArchiveCounts counts;
    /// BLAKE3 of every byte of the file before this record.
    model::Hash digest;
    std::uint64_t index_offset = 0;
    /// BLAKE3 of the index record, its type, length and checksum included.
    model::Hash index_digest;
};
[[nodiscard]] base::Bytes encode_end(const ArchiveEnd& end);
[[nodiscard]] std::optional<ArchiveEnd> decode_end(std::span<const std::uint8_t> payload,
                                                   std::uint32_t version);

}  // namespace parallax::replay
