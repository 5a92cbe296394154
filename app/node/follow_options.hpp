#pragma once

#include "app/node/node_session.hpp"
#include "app/node/node_source.hpp"

#include "absl/status/statusor.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace parallax::app {

/// How a command that follows a node is to do it.
struct FollowOptions {
    NodeOptions node;
    /// Where a second node of the same chain is; empty for none.
    std::string parallel_node;
    /// `touched`, `block` or `none`.
    std::string observe = "touched";
    /// Deeper below the node's top a block is asked only for what it says of itself.
    std::uint64_t observe_within = 20;
    /// 0 for no end.
    std::uint64_t for_seconds = 0;
    std::optional<std::uint64_t> until;
};

/// Adds all of these; parsing fills `options`, which must outlive the parsing.
void add_follow_options(CLI::App& command, FollowOptions& options);
/// The second node's address alone.
void add_parallel_node_option(CLI::App& command, std::string& url);

/// The nodes that a command follows.
struct NodeSessions {
    std::unique_ptr<NodeSession> node;
    /// Null for none.
    std::unique_ptr<NodeSession> parallel;
};
/// Both must be there, and of one chain: FailedPrecondition names a second node that is not.
[[nodiscard]] absl::StatusOr<NodeSessions> open_nodes(const NodeOptions& node,
                                                      const std::string& parallel_node,
                                                      const std::atomic<bool>& stop);

/// What to observe, and when to end; the rest is the caller's.
[[nodiscard]] NodeSource::Options source_options(const FollowOptions& options);

/// Blocks that a source can begin after, newest first.
[[nodiscard]] std::vector<service::BlockId> known_blocks(const service::PositionAnswer& position);

}  // namespace parallax::app
