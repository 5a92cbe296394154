#pragma once

#include "node/chain/node_chain.hpp"
#include "node/rpc/doorbell.hpp"
#include "verifier/model/block_placement.hpp"

#include "absl/status/statusor.h"

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <variant>

namespace parallax::node {

/// A block's place in the order.
struct OrderedBlock {
    model::Topoheight topoheight;
    model::Hash hash;
    friend bool operator==(const OrderedBlock&, const OrderedBlock&) = default;
};

/// The next block of the order, on the one before it.
struct FollowedBlock {
    NodeBlock block;
    model::Hash previous;
    /// As `model::BlockPlacement` has it.
    std::optional<std::uint32_t> side_block;
    /// The node's top when it was read.
    model::Topoheight top;
};
/// What was given above this block is no longer in the order.
struct FollowedRewind {
    OrderedBlock to;
};
/// Something about the node that its user wants to know.
struct FollowedNotice {
    std::string sentence;
};
/// Nothing has changed.
struct FollowedNothing {};

using FollowedEvent = std::variant<FollowedBlock, FollowedRewind, FollowedNotice, FollowedNothing>;

/// Follows the order of a node block by block: gives each block once, in order, takes back what the
/// order no longer has, however it changed, and says what it waits for. Events of the node only
/// wake it; all is read by topoheight and proved by hashes, and what does not fit together, because
/// the order changed between two answers, is read again. For one thread.
class ChainFollower {
  public:
    struct Options {
        /// Blocks that a change of the order can take back; a deeper one ends the follower.
        std::size_t window = 10'000;
        /// How long it waits where nothing happens.
        std::chrono::milliseconds poll{250};
        /// How long a node may fail to answer before that ends the follower; 0 for ever.
        std::chrono::milliseconds patience{0};
        /// The last block to give; nothing for no end.
        std::optional<model::Topoheight> until;
    };

    /// `bell` may be null. Chain, bell and `stop` outlive the follower.
    ChainFollower(NodeChain& chain, Doorbell* bell, Options options, const std::atomic<bool>& stop);

    /// Finds the newest of `known`, newest first, that the node's order has at its place: the next
    /// block is the one after it. NotFound if there is none.
    [[nodiscard]] absl::StatusOr<OrderedBlock> start_after(const std::vector<OrderedBlock>& known);

    /// What is next; waits at most `poll` if there is nothing. Errors end the follower: Cancelled;
    /// FailedPrecondition for another chain, a change of the order beyond the window, blocks that
    /// the node has pruned; Unavailable, DeadlineExceeded and DataLoss once the patience is spent.
    [[nodiscard]] absl::StatusOr<FollowedEvent> next();

    /// What the node said of itself last.
    [[nodiscard]] const std::optional<NodeInfo>& info() const noexcept { return info_; }
    [[nodiscard]] const OrderedBlock& tip() const noexcept { return known_.back().block; }

  private:
    struct Known {
        OrderedBlock block;
        model::BlockHeight height;
        bool side = false;
    };

    [[nodiscard]] absl::StatusOr<FollowedEvent> step();
    [[nodiscard]] absl::StatusOr<FollowedEvent> failed(const absl::Status& status);
    [[nodiscard]] std::chrono::milliseconds patience_with(const absl::Status& status) const;
    [[nodiscard]] absl::StatusOr<std::optional<FollowedRewind>> find_rewind();
    [[nodiscard]] absl::Status fetch();
    [[nodiscard]] absl::StatusOr<std::vector<NodeBlock>> after_drop(
        model::Topoheight first, absl::StatusOr<std::vector<NodeBlock>> dropped);
    [[nodiscard]] FollowedBlock give(NodeBlock block);
    [[nodiscard]] std::optional<std::uint32_t> side_number(const NodeBlock& block) const;
    [[nodiscard]] std::uint64_t side_depth() const;
    [[nodiscard]] bool lies_beside(const NodeBlock& block) const;
    [[nodiscard]] absl::Status remember_heights();
    void rest(std::chrono::milliseconds time);

    NodeChain& chain_;
    Doorbell* const bell_;
    const Options options_;
    const std::atomic<bool>& stop_;
    /// The newest blocks that were given, and the one before them; never empty after `start_after`.
    std::deque<Known> known_;
    /// Read and not given yet.
    std::deque<NodeBlock> fetched_;
    std::optional<NodeInfo> info_;
    /// Blocks that are asked for at once: fewer where they are more than one answer may hold.
    std::size_t batch_ = kMaxBatch;
    /// Connections in a row that ended where blocks were asked for.
    std::uint32_t drops_ = 0;
    /// Of the failures in a row.
    std::uint32_t failures_ = 0;
    std::chrono::steady_clock::time_point failing_since_;
    std::deque<std::string> notices_;
};

/// The n of a side block that is paid `reward` where a block of the main order would be paid
/// `base`; nothing if no side block is.
[[nodiscard]] std::optional<std::uint32_t> side_number_of(model::Amount reward, model::Amount base);

}  // namespace parallax::node
