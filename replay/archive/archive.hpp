#pragma once

#include "verifier/model/identifiers.hpp"
#include "verifier/protocol/protocol.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace parallax::replay {

/// The archive format `.pxa`, versions 2 and 3; docs/ARCHITECTURE.md places it, docs/ARCHIVE.md
/// describes it byte by byte. A file is the magic, the version, then records:
///
///     header, state row*, state head, (block, outcome?, observations?)*, index, end
///
/// Version 2 has no observations; version 1, which is still read, neither state head nor index.
///
/// A record is: type u8, payload length u32, payload, and the first 8 bytes of BLAKE3 over type,
/// length and payload. Integers are big-endian.

inline constexpr std::array<std::uint8_t, 8> kArchiveMagic = {0x89, 'P',  'X',  'A',
                                                              '\r', '\n', 0x1A, '\n'};
/// What is written: the second where blocks may come with observations. And the oldest that is
/// read.
inline constexpr std::uint32_t kArchiveVersion = 2;
inline constexpr std::uint32_t kArchiveVersionObserved = 3;
inline constexpr std::uint32_t kOldestArchiveVersion = 1;
inline constexpr std::size_t kArchivePreambleSize = 12;
/// Type and length in front of a payload, checksum behind it.
inline constexpr std::size_t kRecordPrefixSize = 5;
inline constexpr std::size_t kRecordChecksumSize = 8;

enum class RecordType : std::uint8_t {
    kHeader = 1,
    kStateRow = 2,
    kBlock = 3,
    kOutcome = 4,
    kEnd = 5,
    /// Since version 2.
    kStateHead = 6,
    kIndex = 7,
    /// Since version 3.
    kObservations = 8,
};
[[nodiscard]] std::string_view record_type_name(RecordType type) noexcept;
/// The highest record type of a version.
[[nodiscard]] std::uint8_t last_record_type(std::uint32_t version) noexcept;
[[nodiscard]] std::optional<RecordType> find_record_type(std::uint8_t number,
                                                         std::uint32_t version) noexcept;

/// What a block's record says of those behind it: bits of one byte.
inline constexpr std::uint8_t kFollowsOutcome = 1;
inline constexpr std::uint8_t kFollowsObservations = 2;
/// Not of those behind it: the block's bytes are its header alone. Since version 3.
inline constexpr std::uint8_t kBodiesNotShown = 4;

/// The most payload bytes that a record of a type may have: checked before memory is taken.
[[nodiscard]] std::size_t max_payload_size(RecordType type) noexcept;
/// The largest of them.
inline constexpr std::size_t kMaxRecordPayload = 64 * 1024 * 1024;
/// Three counts and a hash; since version 2 also where the index is, and its hash.
[[nodiscard]] std::size_t end_payload_size(std::uint32_t version) noexcept;
/// The end record of version 2 as a whole: it is found by seeking from the end of the file.
inline constexpr std::size_t kEndRecordSize =
    kRecordPrefixSize + 3 * 8 + 32 + 8 + 32 + kRecordChecksumSize;
/// A count, the digest of the state, a hash, and the blocks of a piece.
inline constexpr std::size_t kStateHeadPayloadSize = 8 + 32 + 32 + 4;
/// Blocks of a piece: what a writer takes, and the most that a reader does.
inline constexpr std::uint32_t kBlocksPerPiece = 64;
inline constexpr std::uint32_t kMaxBlocksPerPiece = 65536;
/// The most bytes of a text field of the header.
inline constexpr std::size_t kMaxHeaderText = 4096;

/// What an archive says about itself before anything else.
struct ArchiveHeader {
    /// `mainnet`, `testnet`, `stagenet` or `devnet`.
    std::string network;
    /// Name of the protocol profile, as `e1`.
    std::string profile;
    protocol::FailureModel failure_model = protocol::FailureModel::kOrphanAtomic;
    /// The block that the state rows are the result of. The first block of the archive follows it.
    model::Topoheight base_topoheight;
    model::Hash base_hash;
    /// Topoheights of the first and last block, where the writer knew them at the start. If given,
    /// the end record is held against them.
    std::optional<model::Topoheight> first;
    std::optional<model::Topoheight> last;
    /// Where the blocks come from, for people: the generator and its options, or a node.
    std::string origin;

    friend bool operator==(const ArchiveHeader&, const ArchiveHeader&) = default;
};

/// One recorded block, still in its bytes.
struct ArchiveBlock {
    model::BlockPlacement placement;
    /// `encode_block` bytes: header, then the bodies.
    base::Bytes wire;
    /// `encode_outcome` bytes of what the recorder says the block did, if it says so.
    std::optional<base::Bytes> outcome;
    /// `encode_observations` bytes of what nodes were seen to say of it.
    std::optional<base::Bytes> observations;
};

/// What the end record counts.
struct ArchiveCounts {
    std::uint64_t state_rows = 0;
    std::uint64_t blocks = 0;
    std::uint64_t outcomes = 0;
    friend bool operator==(const ArchiveCounts&, const ArchiveCounts&) = default;
};

}  // namespace parallax::replay
