#include "replay/archive/archive_index.hpp"

#include "replay/archive/archive_fields.hpp"

#include <algorithm>

namespace parallax::replay {
namespace {

constexpr std::size_t kPieceSize = 8 + 32;

bool is_piece_length(std::uint32_t blocks) {
    return blocks > 0 && blocks <= kMaxBlocksPerPiece;
}

}  // namespace

std::size_t ArchiveIndex::piece_of(std::uint64_t position) const {
    const std::uint64_t piece = position / blocks_per_piece + 1;
    return static_cast<std::size_t>(std::min<std::uint64_t>(piece, pieces.size() - 1));
}

base::Bytes encode_index(const ArchiveIndex& index) {
    base::Bytes out;
    out.reserve(8 + index.pieces.size() * kPieceSize);
    append_u32(out, index.blocks_per_piece);
    append_u32(out, static_cast<std::uint32_t>(index.pieces.size()));
    for (const ArchivePiece& piece : index.pieces) {
        append_u64(out, piece.offset);
        append_bytes(out, piece.hash.bytes());
    }
    return out;
}

std::optional<ArchiveIndex> decode_index(std::span<const std::uint8_t> payload) {
    PayloadParser parser(payload);
    ArchiveIndex index;
    index.blocks_per_piece = parser.take_u32();
    const std::uint64_t count = parser.take_u32();
    if (!parser.ok() || !is_piece_length(index.blocks_per_piece) || count == 0 ||
        parser.rest().size() != count * kPieceSize) {
        return std::nullopt;
    }
    index.pieces.reserve(count);
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::uint64_t offset = parser.take_u64();
        const bool in_order =
            i == 0 ? offset == 0 : offset > index.pieces.back().offset + kArchivePreambleSize;
        if (!in_order) {
            return std::nullopt;
        }
        index.pieces.push_back({offset, parser.take_hash()});
    }
    return index;
}

base::Bytes encode_state_head(const ArchiveStateHead& head) {
    base::Bytes out;
    append_u64(out, head.rows);
    append_bytes(out, head.state_digest.bytes());
    append_bytes(out, head.digest.bytes());
    append_u32(out, head.blocks_per_piece);
    return out;
}

std::optional<ArchiveStateHead> decode_state_head(std::span<const std::uint8_t> payload) {
    PayloadParser parser(payload);
    ArchiveStateHead head;
    head.rows = parser.take_u64();
    head.state_digest = parser.take_hash();
    head.digest = parser.take_hash();
    head.blocks_per_piece = parser.take_u32();
    return parser.complete() && is_piece_length(head.blocks_per_piece) ? std::optional(head)
                                                                       : std::nullopt;
}

base::Bytes encode_end(const ArchiveEnd& end) {
    base::Bytes out;
    append_u64(out, end.counts.state_rows);
    append_u64(out, end.counts.blocks);
    append_u64(out, end.counts.outcomes);
    append_bytes(out, end.digest.bytes());
    append_u64(out, end.index_offset);
    append_bytes(out, end.index_digest.bytes());
    return out;
}

std::optional<ArchiveEnd> decode_end(std::span<const std::uint8_t> payload, std::uint32_t version) {
    PayloadParser parser(payload);
    ArchiveEnd end;
    end.counts.state_rows = parser.take_u64();
    end.counts.blocks = parser.take_u64();
    end.counts.outcomes = parser.take_u64();
    end.digest = parser.take_hash();
    if (version != 1) {
        end.index_offset = parser.take_u64();
        end.index_digest = parser.take_hash();
    }
    return parser.complete() ? std::optional(end) : std::nullopt;
}

}  // namespace parallax::replay
