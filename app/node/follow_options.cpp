#include "app/node/follow_options.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace parallax::app {
namespace {

constexpr std::chrono::seconds kFirstPatience{10};

node::Observe observe_of(const std::string& name) {
    return name == "none"    ? node::Observe::kNothing
           : name == "block" ? node::Observe::kBlock
                             : node::Observe::kTouched;
}

}  // namespace

void add_parallel_node_option(CLI::App& command, std::string& url) {
    command
        .add_option("--parallel-node", url,
                    "A second node of the same chain whose answers are compared too")
        ->group("The node");
}

void add_follow_options(CLI::App& command, FollowOptions& options) {
    add_node_options(command, options.node);
    add_parallel_node_option(command, options.parallel_node);
    command
        .add_option("--observe", options.observe,
                    "What the node is asked about each block: touched (accounts, results and what "
                    "the block says), block (what the block says), none")
        ->capture_default_str()
        ->check(CLI::IsMember(std::vector<std::string>{"touched", "block", "none"}))
        ->group("The node");
    command
        .add_option("--observe-within", options.observe_within,
                    "Blocks so far below the node's top are asked about like that; deeper ones, as "
                    "while it catches up, as block")
        ->capture_default_str()
        ->group("The node");
    command.add_option("--for", options.for_seconds, "Ends after so many seconds; 0 is never")
        ->capture_default_str();
    command.add_option("--until", options.until, "Ends when this topoheight is verified");
}

absl::StatusOr<NodeSessions> open_nodes(const NodeOptions& node, const std::string& parallel_node,
                                        const std::atomic<bool>& stop) {
    NodeSessions sessions;
    const auto patience = node.patience_s == 0
                              ? kFirstPatience
                              : std::min(kFirstPatience, std::chrono::seconds(node.patience_s));
    auto first = NodeSession::open(node, patience, stop);
    if (!first.ok()) {
        return first.status();
    }
    sessions.node = *std::move(first);
    if (parallel_node.empty()) {
        return sessions;
    }
    NodeOptions options = node;
    options.url = parallel_node;
    options.wanted = {sessions.node->identity().network, sessions.node->identity().profile};
    auto second = NodeSession::open(options, patience, stop);
    if (!second.ok()) {
        return second.status();
    }
    sessions.parallel = *std::move(second);
    if (sessions.parallel->identity().genesis != sessions.node->identity().genesis) {
        return absl::FailedPreconditionError(fmt::format(
            "{} follows another chain than {}: their first blocks are {} and {}",
            sessions.parallel->address(), sessions.node->address(),
            sessions.parallel->identity().genesis.hex(), sessions.node->identity().genesis.hex()));
    }
    return sessions;
}

NodeSource::Options source_options(const FollowOptions& options) {
    NodeSource::Options source;
    source.observe = observe_of(options.observe);
    source.observe_within = options.observe_within;
    source.follower.patience = std::chrono::seconds(options.node.patience_s);
    if (options.until) {
        source.follower.until = model::Topoheight{*options.until};
    }
    if (options.for_seconds > 0) {
        source.until = std::chrono::steady_clock::now() + std::chrono::seconds(options.for_seconds);
    }
    return source;
}

std::vector<service::BlockId> known_blocks(const service::PositionAnswer& position) {
    std::vector<service::BlockId> known = {position.tip};
    known.insert(known.end(), position.ancestors.begin(), position.ancestors.end());
    return known;
}

}  // namespace parallax::app
