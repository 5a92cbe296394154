#pragma once

#include "verifier/model/identifiers.hpp"
#include "verifier/model/transaction.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace parallax {

/// VRF part of a header; not hashed (semantics reference, 3.1).
struct VrfData {
    PublicKey public_key;
    Hash output;
    TaggedBytes<struct VrfProofTag, 64> proof;
    TaggedBytes<struct VrfBindingTag, 64> binding_signature;
};

/// A block header in wire order (3.1). At most 3 tips, distinct; at most 10,000 distinct
/// transaction hashes.
struct BlockHeader {
    std::uint8_t version = 0;
    BlockHeight height;
    TimestampMs timestamp;
    std::uint64_t nonce = 0;
    TaggedBytes<struct ExtraNonceTag, 32> extra_nonce;
    std::vector<Hash> tips;
    std::vector<Hash> transaction_hashes;
    PublicKey miner;
    std::optional<VrfData> vrf;
};

/// What the order of the whole DAG says about one block, and its bytes do not: the feeder or the
/// archive states it (8.3).
struct BlockPlacement {
    Topoheight topoheight;
    /// Nothing for a block of the main order; n for the n-th side block at its height, from 0.
    std::optional<std::uint32_t> side_block;

    friend bool operator==(const BlockPlacement&, const BlockPlacement&) = default;
};

/// A block in executed order: header, bodies in header order, and its place. Its identity is
/// (hash, topoheight), since a reorganisation can move it.
struct Block {
    Hash hash;
    BlockPlacement placement;
    BlockHeader header;
    std::vector<Transaction> transactions;
};

}  // namespace parallax
