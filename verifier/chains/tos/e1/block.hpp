#pragma once

#include "verifier/chains/tos/e1/transaction.hpp"
#include "verifier/model/block_placement.hpp"
#include "verifier/model/identifiers.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace parallax::tos::e1 {

/// VRF part of a header; not hashed (protocol notes, 3.1).
struct VrfData {
    model::PublicKey public_key;
    model::Hash output;
    base::TaggedBytes<struct VrfProofTag, 64> proof;
    base::TaggedBytes<struct VrfBindingTag, 64> binding_signature;
};

/// A block header in wire order (3.1). At most 3 tips, distinct; at most 10,000 distinct
/// transaction hashes.
struct BlockHeader {
    std::uint8_t version = 0;
    model::BlockHeight height;
    model::TimestampMs timestamp;
    std::uint64_t nonce = 0;
    base::TaggedBytes<struct ExtraNonceTag, 32> extra_nonce;
    std::vector<model::Hash> tips;
    std::vector<model::Hash> transaction_hashes;
    model::PublicKey miner;
    std::optional<VrfData> vrf;
};

/// A block in executed order: header, bodies in header order, and its place. Its identity is
/// (hash, topoheight), since a reorganisation can move it.
struct Block {
    model::Hash hash;
    model::BlockPlacement placement;
    BlockHeader header;
    std::vector<Transaction> transactions;
};

}  // namespace parallax::tos::e1
