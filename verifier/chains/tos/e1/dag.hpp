#pragma once

#include "verifier/chains/tos/e1/block.hpp"
#include "verifier/model/error_code.hpp"
#include "verifier/model/identifiers.hpp"

#include "absl/container/flat_hash_map.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace parallax::tos::e1 {

/// Most parents of a block, and how far its clock may run ahead (protocol notes, 1).
inline constexpr std::size_t kMaxParents = 3;
inline constexpr std::uint64_t kFutureTimestampMs = 2000;

/// A block as the DAG sees it. Repeated parents count once. What is missing is filled in by the
/// harness' rule (8.1): `BlockDag::default_height` and `default_timestamp`.
struct DagBlock {
    model::Hash hash;
    std::vector<model::Hash> parents;
    std::optional<model::BlockHeight> height;
    std::optional<model::TimestampMs> timestamp;
    /// At least 1: a block outweighs its parents.
    std::uint64_t difficulty = 1;
};

/// A block at its place in the executed order.
struct OrderedBlock {
    model::Hash hash;
    model::BlockHeight height;
    model::BlockPlacement placement;
};

/// The blocks of a chain and their order: structural checks (8.2, rows 2 to 11), topological order
/// and side blocks (8.3). Knows nothing of transactions. Not thread-safe.
class BlockDag {
  public:
    /// A DAG of the genesis block alone, at height 0.
    explicit BlockDag(const model::Hash& genesis,
                      model::TimestampMs genesis_timestamp = model::TimestampMs{0},
                      std::uint64_t genesis_difficulty = 1);

    /// 1 + the largest height among the parents; 0 if a parent is unknown or there is none.
    [[nodiscard]] model::BlockHeight default_height(std::span<const model::Hash> parents) const;
    /// The latest of `now` and the known parents' timestamps.
    [[nodiscard]] model::TimestampMs default_timestamp(std::span<const model::Hash> parents,
                                                       model::TimestampMs now) const;

    /// Adds a block, or says which check it fails first and changes nothing. A hash that is already
    /// there is kUnknown, as every error without a code of its own.
    [[nodiscard]] model::ErrorCode import(const DagBlock& block, model::TimestampMs now);

    [[nodiscard]] bool contains(const model::Hash& hash) const { return index_.contains(hash); }
    [[nodiscard]] std::size_t size() const noexcept { return nodes_.size(); }

    /// The past of the best tip with the tip itself, in executed order, genesis first. Other tips
    /// and what only they reach have no place yet.
    [[nodiscard]] std::vector<OrderedBlock> order() const;

  private:
    using Index = std::uint32_t;
    struct Node {
        model::Hash hash;
        model::BlockHeight height;
        model::TimestampMs timestamp;
        std::uint64_t difficulty = 1;
        /// Sum of difficulties over the block and its past.
        std::uint64_t cumulative_difficulty = 0;
        /// Best first (`is_better`).
        std::vector<Index> parents;
    };

    [[nodiscard]] model::ErrorCode check_shape(std::size_t tips, model::BlockHeight height,
                                               model::TimestampMs timestamp,
                                               model::TimestampMs now) const;
    [[nodiscard]] model::ErrorCode check_against_parents(const Node& node) const;
    [[nodiscard]] bool is_better(Index a, Index b) const;
    [[nodiscard]] bool is_ancestor(Index ancestor, Index of) const;
    [[nodiscard]] std::uint64_t cumulative_difficulty(const Node& node) const;
    [[nodiscard]] std::vector<Index> topological_order() const;

    std::vector<Node> nodes_;
    absl::flat_hash_map<model::Hash, Index> index_;
    Index best_tip_ = 0;
    model::BlockHeight chain_height_;
};

}  // namespace parallax::tos::e1
