#include "app/node/node_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace parallax::app {

NodeSource::NodeSource(NodeSession& node, NodeSession* parallel, Options options,
                       const std::atomic<bool>& stop)
    : node_(node),
      parallel_(parallel),
      options_(std::move(options)),
      follower_(node.chain(), &node.bell(), options_.follower, stop),
      observer_(node.chain(), *node.protocol(), ""),
      burned_supply_known_(options_.burned_supply_known),
      // An earlier run may have said so for good.
      burned_supply_stale_(node.identity().dialect == node::Dialect::kV3 &&
                           !options_.burned_supply_known) {
    if (parallel != nullptr) {
        second_.emplace(parallel->chain(), *node.protocol(), kParallelSource);
    }
}

absl::StatusOr<service::BlockId> NodeSource::start_after(
    const std::vector<service::BlockId>& known) {
    std::vector<node::OrderedBlock> blocks;
    for (const service::BlockId& block : known) {
        blocks.push_back({block.topoheight, block.hash});
    }
    const auto start = follower_.start_after(blocks);
    if (!start.ok()) {
        return start.status();
    }
    last_ = start->topoheight;
    return service::BlockId{start->topoheight, start->hash};
}

std::optional<model::Topoheight> NodeSource::top() const {
    return follower_.info() ? std::optional(follower_.info()->top) : std::nullopt;
}

void NodeSource::tell(const std::string& sentence) const {
    if (options_.notice) {
        options_.notice(sentence);
    }
}

absl::StatusOr<SourceEvent> NodeSource::next_event() {
    const bool done = options_.follower.until && last_ && *options_.follower.until <= *last_;
    if (done || (options_.ended && options_.ended()) ||
        (options_.until && std::chrono::steady_clock::now() >= *options_.until)) {
        return SourceEvent(SourceEnd{});
    }
    auto event = follower_.next();
    if (absl::IsCancelled(event.status())) {
        return SourceEvent(SourceEnd{});
    }
    if (!event.ok()) {
        return event.status();
    }
    if (options_.node_is_at && follower_.info()) {
        options_.node_is_at(*follower_.info());
    }
    if (auto* block = std::get_if<node::FollowedBlock>(&*event)) {
        return give(std::move(*block));
    }
    if (const auto* rewind = std::get_if<node::FollowedRewind>(&*event)) {
        last_ = rewind->to.topoheight;
        if (last_burn_ && rewind->to.topoheight.value() < *last_burn_) {
            distrust_burned_supply(fmt::format("a block above {} burned coins and is taken back",
                                               rewind->to.topoheight.value()));
        }
        if (options_.order_changed) {
            options_.order_changed(rewind->to.topoheight);
        }
        return SourceEvent(SourceRewind{{rewind->to.topoheight, rewind->to.hash}});
    }
    if (const auto* notice = std::get_if<node::FollowedNotice>(&*event)) {
        tell(notice->sentence);
    }
    return SourceEvent(SourceIdle{});
}

absl::StatusOr<SourceEvent> NodeSource::give(node::FollowedBlock followed) {
    const node::NodeBlock& seen = followed.block;
    const bool shown = seen.unreadable.empty();
    if (!shown) {
        tell(fmt::format("block {} is inconclusive: {}", seen.topoheight.value(), seen.unreadable));
    }
    if (!seen.unproved.empty()) {
        tell(fmt::format("block {} is taken at its word: {}", seen.topoheight.value(),
                         seen.unproved));
    }
    service::FeedBlock block{
        {seen.topoheight, seen.hash}, followed.previous, followed.side_block, seen.wire, {}, shown};
    const auto admitted = node_.protocol()->admit(
        seen.wire, model::BlockPlacement{seen.topoheight, followed.side_block, shown});
    if (!admitted.ok()) {
        return absl::FailedPreconditionError(
            fmt::format("the node's block {} is none of profile {}: {}", seen.topoheight.value(),
                        node_.identity().profile, std::string(admitted.status().message())));
    }
    const bool deep = seen.topoheight.value() + options_.observe_within < followed.top.value();
    // What nobody else tells is asked for, however deep it lies.
    const node::Observe what = needs_rows(*admitted) ? node::Observe::kTouched
                               : deep ? std::min(options_.observe, node::Observe::kBlock)
                                      : options_.observe;
    observe(node_, observer_, seen, *admitted, what, block.recorded.observations);
    if (second_ && !deep) {
        observe_parallel(seen, *admitted, what, block.recorded.observations);
    }
    judge_order(*admitted);
    judge_burned_supply(*admitted, block.recorded.observations);
    last_ = seen.topoheight;
    if (options_.block_seen) {
        options_.block_seen(seen.topoheight);
    }
    return SourceEvent(std::move(block));
}

/// Whether the control may not be able to execute all of the block, so that the node's rows are
/// what the state goes on with.
bool NodeSource::needs_rows(const protocol::AdmittedBlock& block) const {
    const bool depends_on_order =
        node_.identity().dialect == node::Dialect::kV3 && block.placement().side_block.has_value();
    return !block.placement().bodies_shown || depends_on_order ||
           std::ranges::any_of(block.transactions(),
                               [](const auto& transaction) { return transaction.runs_code; });
}

/// A V3 node keeps the burned supply of an order that changed (docs/protocol/v3.md, quirk Q20):
/// once a block of it burned, what it tells may be of no order that is.
void NodeSource::judge_order(const protocol::AdmittedBlock& block) {
    if (node_.identity().dialect != node::Dialect::kV3) {
        return;
    }
    const std::uint64_t at = block.execution_topoheight().value();
    const bool burns = std::ranges::any_of(block.transactions(), [](const auto& transaction) {
        return transaction.type == model::TransactionType::kBurn || transaction.runs_code;
    });
    last_burn_ = burns ? at : last_burn_;
    if (block.placement().side_block && last_burn_ &&
        at - *last_burn_ <= node::side_block_depth(node::Dialect::kV3)) {
        distrust_burned_supply(
            fmt::format("block {} lies beside others, and one of them burned coins", at));
    }
}

void NodeSource::distrust_burned_supply(const std::string& why) {
    if (!std::exchange(burned_supply_stale_, true)) {
        tell(why +
             ": what the node says is burned may be of the order before, and is not compared "
             "from here on");
    }
}

void NodeSource::judge_burned_supply(const protocol::AdmittedBlock& block,
                                     std::vector<model::Observation>& observed) {
    const model::StateKey burned = model::counter_key(model::Counter::kBurnedSupply);
    const bool may_burn_unseen =
        !block.placement().bodies_shown ||
        std::ranges::any_of(block.transactions(),
                            [](const auto& transaction) { return transaction.runs_code; });
    const bool is_seen = !observed.empty() && observed.front().source.empty() &&
                         std::ranges::find(observed.front().rows, burned,
                                           &model::ObservedRow::key) != observed.front().rows.end();
    const bool known = (may_burn_unseen ? is_seen : burned_supply_known_) && !burned_supply_stale_;
    if (known != burned_supply_known_ && options_.burned_supply_changed) {
        options_.burned_supply_changed(known);
    }
    burned_supply_known_ = known;
    for (model::Observation& observation : observed) {
        if (!known) {
            std::erase_if(observation.rows, [&](const auto& row) { return row.key == burned; });
        }
    }
}

/// The second node's own answers, of its own block at that place.
void NodeSource::observe_parallel(const node::NodeBlock& seen, const protocol::AdmittedBlock& block,
                                  node::Observe what, std::vector<model::Observation>& out) {
    const auto theirs = parallel_->chain().blocks(seen.topoheight, 1);
    if (theirs.ok() && theirs->front().hash == seen.hash) {
        return observe(*parallel_, *second_, theirs->front(), block, what, out);
    }
    if (!absl::IsCancelled(theirs.status())) {
        tell(fmt::format(
            "block {} was not observed at {}: {}", seen.topoheight.value(), parallel_->address(),
            theirs.ok() ? "it has another block there" : std::string(theirs.status().message())));
    }
}

void NodeSource::observe(NodeSession& session, node::Observer& observer,
                         const node::NodeBlock& seen, const protocol::AdmittedBlock& block,
                         node::Observe what, std::vector<model::Observation>& out) {
    if (what == node::Observe::kNothing) {
        return;
    }
    auto observation = observer.observe(seen, block, what);
    if (observation.ok()) {
        out.push_back(*std::move(observation));
    } else if (!absl::IsCancelled(observation.status())) {
        tell(fmt::format("block {} was not observed whole at {}: {}", seen.topoheight.value(),
                         session.address(), std::string(observation.status().message())));
        // What the block itself says is known without asking.
        if (auto said = observer.observe(seen, block, node::Observe::kBlock); said.ok()) {
            out.push_back(*std::move(said));
        }
    }
}

}  // namespace parallax::app
