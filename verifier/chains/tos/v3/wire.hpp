#pragma once

#include "verifier/chains/tos/v3/block.hpp"
#include "verifier/chains/tos/v3/constants.hpp"
#include "verifier/chains/tos/v3/transaction.hpp"

#include "absl/status/statusor.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace parallax::tos::v3 {

/// The wire format of profile v3 (docs/protocol/v3.md, wire). Every limit is checked before memory
/// is taken. Errors are InvalidArgument and name field and offset. Encoding is total.

/// Whether bytes behind what is decoded are an error. A node reads a transaction or block out of a
/// longer input and never looks at the rest.
enum class Trailing : std::uint8_t { kRejected, kIgnored };

[[nodiscard]] absl::StatusOr<Transaction> decode_transaction(std::span<const std::uint8_t> wire,
                                                             Trailing trailing);
[[nodiscard]] base::Bytes encode_transaction(const Transaction& transaction);

/// What the source signs: all that stands before the section of co-signatures.
[[nodiscard]] base::Bytes signing_bytes(const Transaction& transaction);
/// BLAKE3 of the complete bytes as the node serialises them.
[[nodiscard]] model::Hash transaction_hash(const Transaction& transaction);

/// The root of the transactions' hashes: zero for none; a lone last node is paired with itself,
/// the only one, too.
[[nodiscard]] model::Hash merkle_root(std::span<const model::Hash> hashes);
/// Identity of a block: covers version, parents, blue score, merkle root, time, nonces and miner.
/// Where not all of these are shown, the hash that is stated.
[[nodiscard]] model::Hash block_hash(const BlockHeader& header);

[[nodiscard]] base::Bytes encode_header(const BlockHeader& header);
/// The header alone; the whole of `wire`.
[[nodiscard]] absl::StatusOr<BlockHeader> decode_header(std::span<const std::uint8_t> wire);

/// What a transaction's bytes tell besides its fields.
struct TransactionBytes {
    model::Hash hash;
    /// As the node serialises it.
    std::size_t wire_size = 0;
    base::Bytes signing_bytes;
};

/// A block with what was found in its bytes.
struct DecodedBlock {
    Block block;
    /// One per transaction.
    std::vector<TransactionBytes> bodies;
    /// As the node serialises it: without what follows the last transaction.
    base::Bytes wire;
    /// Why the list of transactions ends before the bytes do; empty if it does not.
    std::string stopped;
};

/// Header, then transactions until the bytes end or the first one that does not decode, which ends
/// the list in silence, as at the node. Nothing is held against the merkle root.
[[nodiscard]] absl::StatusOr<DecodedBlock> decode_block(std::span<const std::uint8_t> wire);
[[nodiscard]] base::Bytes encode_block(const Block& block);

/// A block of whose transactions only the hashes are known: the header, then the hashes.
struct BlockOutline {
    BlockHeader header;
    std::vector<model::Hash> transaction_hashes;
};
[[nodiscard]] absl::StatusOr<BlockOutline> decode_outline(std::span<const std::uint8_t> wire);
[[nodiscard]] base::Bytes encode_outline(const BlockOutline& outline);

}  // namespace parallax::tos::v3
