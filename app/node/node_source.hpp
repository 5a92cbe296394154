#pragma once

#include "app/feeder/block_source.hpp"
#include "app/node/node_session.hpp"
#include "node/chain/follower.hpp"
#include "node/observe/observer.hpp"

#include "absl/status/statusor.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace parallax::app {

/// The name of the second node in observations and findings.
inline constexpr const char* kParallelSource = "parallel";

/// The blocks of a node while its chain grows, with what it says of them. For one thread.
class NodeSource final : public BlockSource {
  public:
    struct Options {
        node::ChainFollower::Options follower;
        node::Observe observe = node::Observe::kTouched;
        /// A block that lies deeper below the node's top is asked for what its block says alone, so
        /// that catching up does not cost the node more than it must.
        std::uint64_t observe_within = 20;
        /// The source ends when this time comes.
        std::optional<std::chrono::steady_clock::time_point> until;
        /// Whether the burned supply here is the chain's: it is not after a block that burned what
        /// nobody told, until the node is asked about such a block while it is the top.
        bool burned_supply_known = true;
        std::function<void(bool known)> burned_supply_changed = {};
        /// The source ends once this says so; may be empty.
        std::function<bool()> ended = {};
        /// Told of each, from the thread that asks; may be empty.
        std::function<void(const std::string& sentence)> notice = {};
        std::function<void(const node::NodeInfo&)> node_is_at = {};
        std::function<void(model::Topoheight)> block_seen = {};
        std::function<void(model::Topoheight)> order_changed = {};
    };

    /// `parallel` is a second node of the same chain whose observations are compared too; null for
    /// none. Sessions and `stop` outlive the source.
    NodeSource(NodeSession& node, NodeSession* parallel, Options options,
               const std::atomic<bool>& stop);

    /// Where to go on: the newest of these, newest first, that the node's order has.
    [[nodiscard]] absl::StatusOr<service::BlockId> start_after(
        const std::vector<service::BlockId>& known);

    [[nodiscard]] absl::StatusOr<SourceEvent> next_event() override;
    /// The top of the node when it was asked last; nothing before.
    [[nodiscard]] std::optional<model::Topoheight> top() const;

  private:
    [[nodiscard]] absl::StatusOr<SourceEvent> give(node::FollowedBlock followed);
    /// Adds what a node says of the block; one that does not answer is told of and left out.
    void observe(NodeSession& session, node::Observer& observer, const node::NodeBlock& seen,
                 const protocol::AdmittedBlock& block, node::Observe what,
                 std::vector<model::Observation>& out);
    void observe_parallel(const node::NodeBlock& seen, const protocol::AdmittedBlock& block,
                          node::Observe what, std::vector<model::Observation>& out);
    [[nodiscard]] bool needs_rows(const protocol::AdmittedBlock& block) const;
    void judge_order(const protocol::AdmittedBlock& block);
    void distrust_burned_supply(const std::string& why);
    /// Keeps a burned supply that cannot be compared out of `observed`.
    void judge_burned_supply(const protocol::AdmittedBlock& block,
                             std::vector<model::Observation>& observed);
    void tell(const std::string& sentence) const;

    NodeSession& node_;
    NodeSession* const parallel_;
    const Options options_;
    node::ChainFollower follower_;
    node::Observer observer_;
    std::optional<node::Observer> second_;
    std::optional<model::Topoheight> last_;
    bool burned_supply_known_;
    /// For good: see `judge_order`.
    bool burned_supply_stale_;
    /// On V3 alone.
    std::optional<std::uint64_t> last_burn_;
};

}  // namespace parallax::app
