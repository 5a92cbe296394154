#pragma once

#include "verifier/chains/tos/v3/transaction.hpp"
#include "verifier/model/identifiers.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace parallax::tos::v3 {

/// A block header in wire order (docs/protocol/v3.md, header). Fields that no hash covers and no
/// rule reads may hold anything; only the first level of parents acts as the parents.
struct BlockHeader {
    std::uint8_t version = 0;
    std::vector<std::vector<model::Hash>> parents;
    /// Of a block that a node shows without all levels of its parents, which its hash covers: what
    /// the node says that the hash is. Such a header is no header of the chain's format.
    std::optional<model::Hash> stated_hash;
    /// Takes the place of E1's height.
    model::BlockHeight blue_score;
    std::uint64_t daa_score = 0;
    base::TaggedBytes<struct BlueWorkTag, 32> blue_work;
    model::Hash pruning_point;
    model::TimestampMs timestamp;
    std::uint64_t nonce = 0;
    base::TaggedBytes<struct ExtraNonceTag, 32> extra_nonce;
    std::uint32_t bits = 0;
    model::PublicKey miner;
    /// Of the transactions' hashes.
    model::Hash merkle_root;
    model::Hash accepted_id_root;
    model::Hash utxo_commitment;
};

/// A block: header and bodies in block order.
struct Block {
    model::Hash hash;
    BlockHeader header;
    std::vector<Transaction> transactions;
};

}  // namespace parallax::tos::v3
