#include "verifier/chains/tos/e1/dag.hpp"

#include "verifier/chains/tos/e1/constants.hpp"

#include "absl/container/flat_hash_set.h"

#include <algorithm>
#include <limits>
#include <queue>
#include <utility>

namespace parallax::tos::e1 {

namespace {

/// How many positions back a block of the same or a greater height makes a side block (8.3).
constexpr std::size_t kSideBlockWindow = kStableLimit;
/// A parent's difficulty must reach this share of the best parent's (8.2, row 11).
constexpr std::uint64_t kMinimumDifficultyPercent = 91;

std::uint64_t add_saturating(std::uint64_t a, std::uint64_t b) {
    return model::saturating_add(model::Amount{a}, model::Amount{b}).value();
}

std::vector<model::Hash> distinct(std::span<const model::Hash> hashes) {
    std::vector<model::Hash> result;
    absl::flat_hash_set<model::Hash> seen;
    for (const model::Hash& hash : hashes) {
        if (seen.insert(hash).second) {
            result.push_back(hash);
        }
    }
    return result;
}

/// True if a block of `height` at the end of `ordered` is a side block. Position 0, the genesis
/// block, is not looked at.
bool is_side_block(const std::vector<OrderedBlock>& ordered, model::BlockHeight height) {
    const std::size_t first =
        ordered.size() > kSideBlockWindow ? ordered.size() - kSideBlockWindow : 0;
    for (std::size_t i = std::max<std::size_t>(first, 1); i < ordered.size(); ++i) {
        if (height <= ordered[i].height) {
            return true;
        }
    }
    return false;
}

}  // namespace

BlockDag::BlockDag(const model::Hash& genesis, model::TimestampMs genesis_timestamp,
                   std::uint64_t genesis_difficulty) {
    Node node;
    node.hash = genesis;
    node.timestamp = genesis_timestamp;
    node.difficulty = genesis_difficulty;
    node.cumulative_difficulty = genesis_difficulty;
    nodes_.push_back(std::move(node));
    index_.emplace(genesis, 0);
}

model::BlockHeight BlockDag::default_height(std::span<const model::Hash> parents) const {
    std::uint64_t height = 0;
    for (const model::Hash& parent : parents) {
        const auto found = index_.find(parent);
        if (found == index_.end()) {
            return model::BlockHeight{0};
        }
        height = std::max(height, add_saturating(nodes_[found->second].height.value(), 1));
    }
    return model::BlockHeight{height};
}

model::TimestampMs BlockDag::default_timestamp(std::span<const model::Hash> parents,
                                               model::TimestampMs now) const {
    model::TimestampMs latest = now;
    for (const model::Hash& parent : parents) {
        if (const auto found = index_.find(parent); found != index_.end()) {
            latest = std::max(latest, nodes_[found->second].timestamp);
        }
    }
    return latest;
}

model::ErrorCode BlockDag::check_shape(std::size_t tips, model::BlockHeight height,
                                       model::TimestampMs timestamp, model::TimestampMs now) const {
    if (timestamp.value() > add_saturating(now.value(), kFutureTimestampMs)) {
        return model::ErrorCode::kTimestampTooNew;
    }
    if (tips > kMaxParents) {
        return model::ErrorCode::kInvalidTipsCount;
    }
    if (tips == 0 && chain_height_ != model::BlockHeight{0}) {
        return model::ErrorCode::kExpectedTips;
    }
    if (tips > 0 && height == model::BlockHeight{0}) {
        return model::ErrorCode::kInvalidBlockHeight;
    }
    if (tips == 0 && height != model::BlockHeight{0}) {
        return model::ErrorCode::kInvalidTipsCount;
    }
    return model::ErrorCode::kSuccess;
}

model::ErrorCode BlockDag::check_against_parents(const Node& node) const {
    std::uint64_t expected_height = 0;
    for (const Index parent : node.parents) {
        expected_height =
            std::max(expected_height, add_saturating(nodes_[parent].height.value(), 1));
    }
    // The stable height trails the chain by the stable limit; nothing attaches below it.
    const std::uint64_t stable_height =
        chain_height_.value() > kStableLimit ? chain_height_.value() - kStableLimit : 0;
    if (node.height.value() != expected_height || node.height.value() < stable_height) {
        return model::ErrorCode::kInvalidBlockHeight;
    }
    for (const Index a : node.parents) {
        for (const Index b : node.parents) {
            if (a != b && is_ancestor(a, b)) {
                return model::ErrorCode::kInvalidReachability;
            }
        }
    }
    for (const Index parent : node.parents) {
        if (node.timestamp < nodes_[parent].timestamp) {
            return model::ErrorCode::kTimestampTooOld;
        }
    }
    __extension__ using Wide = unsigned __int128;
    for (const Index parent : node.parents) {
        if (Wide{nodes_[parent].difficulty} * 100 <
            Wide{nodes_[node.parents.front()].difficulty} * kMinimumDifficultyPercent) {
            return model::ErrorCode::kInvalidTipsDifficulty;
        }
    }
    return model::ErrorCode::kSuccess;
}

model::ErrorCode BlockDag::import(const DagBlock& block, model::TimestampMs now) {
    const std::vector<model::Hash> parents = distinct(block.parents);
    Node node;
    node.hash = block.hash;
    node.height = block.height ? *block.height : default_height(parents);
    node.timestamp = block.timestamp ? *block.timestamp : default_timestamp(parents, now);
    node.difficulty = std::max<std::uint64_t>(block.difficulty, 1);
    if (const model::ErrorCode code = check_shape(parents.size(), node.height, node.timestamp, now);
        code != model::ErrorCode::kSuccess) {
        return code;
    }
    for (const model::Hash& parent : parents) {
        const auto found = index_.find(parent);
        if (found == index_.end()) {
            return model::ErrorCode::kInvalidTipsNotFound;
        }
        node.parents.push_back(found->second);
    }
    std::sort(node.parents.begin(), node.parents.end(),
              [this](Index a, Index b) { return is_better(a, b); });
    if (const model::ErrorCode code = check_against_parents(node);
        code != model::ErrorCode::kSuccess) {
        return code;
    }
    if (contains(block.hash) || nodes_.size() >= std::numeric_limits<Index>::max()) {
        return model::ErrorCode::kUnknown;
    }
    node.cumulative_difficulty = cumulative_difficulty(node);
    const auto added = static_cast<Index>(nodes_.size());
    index_.emplace(node.hash, added);
    chain_height_ = std::max(chain_height_, node.height);
    nodes_.push_back(std::move(node));
    if (is_better(added, best_tip_)) {
        best_tip_ = added;
    }
    return model::ErrorCode::kSuccess;
}

/// More cumulative difficulty, then the larger hash.
bool BlockDag::is_better(Index a, Index b) const {
    const Node& left = nodes_[a];
    const Node& right = nodes_[b];
    if (left.cumulative_difficulty != right.cumulative_difficulty) {
        return left.cumulative_difficulty > right.cumulative_difficulty;
    }
    return left.hash > right.hash;
}

bool BlockDag::is_ancestor(Index ancestor, Index of) const {
    std::vector<Index> open = {of};
    absl::flat_hash_set<Index> seen;
    while (!open.empty()) {
        const Index current = open.back();
        open.pop_back();
        if (current == ancestor) {
            return true;
        }
        for (const Index parent : nodes_[current].parents) {
            // Heights grow along every path, so nothing at or below the target's leads to it.
            const bool may_lead =
                parent == ancestor || nodes_[parent].height > nodes_[ancestor].height;
            if (may_lead && seen.insert(parent).second) {
                open.push_back(parent);
            }
        }
    }
    return false;
}

/// The best parent's sum, and what of the others' past it does not hold. Walks down both pasts by
/// height until what is left belongs to the best parent, so the cost is that of the fork alone.
std::uint64_t BlockDag::cumulative_difficulty(const Node& node) const {
    if (node.parents.empty()) {
        return node.difficulty;
    }
    std::uint64_t sum =
        add_saturating(nodes_[node.parents.front()].cumulative_difficulty, node.difficulty);
    absl::flat_hash_map<Index, bool> in_best_past;
    std::priority_queue<std::pair<std::uint64_t, Index>> open;
    std::size_t outside = 0;
    const auto visit = [&](Index index, bool best) {
        const auto [entry, added] = in_best_past.try_emplace(index, best);
        if (added) {
            open.emplace(nodes_[index].height.value(), index);
            outside += best ? 0 : 1;
        } else if (best && !entry->second) {
            entry->second = true;
            --outside;
        }
    };
    for (const Index parent : node.parents) {
        visit(parent, parent == node.parents.front());
    }
    while (outside > 0) {
        const Index index = open.top().second;
        open.pop();
        // All blocks above have been visited, so the mark is final.
        const bool best = in_best_past.at(index);
        if (!best) {
            sum = add_saturating(sum, nodes_[index].difficulty);
        }
        for (const Index parent : nodes_[index].parents) {
            visit(parent, best);
        }
        outside -= best ? 0 : 1;
    }
    return sum;
}

std::vector<BlockDag::Index> BlockDag::topological_order() const {
    std::vector<Index> ordered;
    std::vector<bool> emitted(nodes_.size(), false);
    // A block and how many of its parents have been started.
    std::vector<std::pair<Index, std::size_t>> path = {{best_tip_, 0}};
    while (!path.empty()) {
        auto& [current, started] = path.back();
        if (started < nodes_[current].parents.size()) {
            const Index parent = nodes_[current].parents[started++];
            if (!emitted[parent]) {
                path.emplace_back(parent, 0);
            }
            continue;
        }
        emitted[current] = true;
        ordered.push_back(current);
        path.pop_back();
    }
    return ordered;
}

std::vector<OrderedBlock> BlockDag::order() const {
    std::vector<OrderedBlock> ordered;
    absl::flat_hash_map<std::uint64_t, std::uint32_t> side_blocks_at;
    for (const Index index : topological_order()) {
        const Node& node = nodes_[index];
        OrderedBlock placed{
            node.hash, node.height, {model::Topoheight{ordered.size()}, std::nullopt}};
        if (is_side_block(ordered, node.height)) {
            placed.placement.side_block = side_blocks_at[node.height.value()]++;
        }
        ordered.push_back(std::move(placed));
    }
    return ordered;
}

}  // namespace parallax::tos::e1
