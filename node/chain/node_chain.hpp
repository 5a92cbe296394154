#pragma once

#include "node/dialect/block_json.hpp"
#include "node/rpc/node_client.hpp"

#include "absl/status/statusor.h"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace parallax::node {

/// Which chain a node says that it follows.
struct NodeIdentity {
    /// As the node says it.
    std::string version;
    /// `mainnet`, `testnet`, `stagenet` or `devnet`.
    std::string network;
    /// The rules of its epoch: `e1`, `head` or `v3`.
    std::string profile;
    Dialect dialect = Dialect::kHead;
    model::Hash genesis;
};

/// Where a node stands.
struct NodeInfo {
    model::Topoheight top;
    model::Hash top_hash;
    std::optional<model::Topoheight> stable;
    /// Below it there are no blocks any more.
    std::optional<model::Topoheight> pruned;
    std::optional<model::Amount> emitted_supply;
    std::optional<model::Amount> burned_supply;
};

/// What a user asks of a node's chain; empty for whatever it is.
struct WantedChain {
    std::string network;
    std::string profile;
};

/// The chain of a node, read call by call: each answer is of one instant, and
/// two answers may be of two. Errors: those of `NodeClient::batch`; Unavailable for what a node
/// refuses now and may answer later (it does while it syncs and rewinds). For one thread.
class NodeChain {
  public:
    /// Finds out what the node speaks. FailedPrecondition names a node of another network or
    /// profile than wanted, or of a dialect that is not spoken here.
    [[nodiscard]] static absl::StatusOr<NodeChain> open(NodeClient& client,
                                                        const WantedChain& wanted);

    [[nodiscard]] const NodeIdentity& identity() const noexcept { return identity_; }
    [[nodiscard]] NodeClient& client() noexcept { return *client_; }

    [[nodiscard]] absl::StatusOr<NodeInfo> info();
    /// Hashes of the order from `first` to `last`, both included.
    [[nodiscard]] absl::StatusOr<std::vector<model::Hash>> order(model::Topoheight first,
                                                                 model::Topoheight last);
    /// At most `kMaxBatch` blocks from `first` on, each at its topoheight and proved by its
    /// hashes, or, where the node does not show all that is hashed, told alike three times.
    [[nodiscard]] absl::StatusOr<std::vector<NodeBlock>> blocks(model::Topoheight first,
                                                                std::size_t count);
    /// A block whose transactions the node does not show, for it drops the connection when it is
    /// asked for them: its header and hashes, and on V3 who sent them. FailedPrecondition if the
    /// node shows no header either: nothing can follow such a block.
    [[nodiscard]] absl::StatusOr<NodeBlock> outline(model::Topoheight topoheight);
    /// Whether the last call of `blocks` ended with the connection, and without an answer.
    [[nodiscard]] bool was_dropped() const noexcept { return was_dropped_; }
    /// Their heights (blue scores, on V3), without bodies.
    [[nodiscard]] absl::StatusOr<std::vector<model::BlockHeight>> heights(model::Topoheight first,
                                                                          model::Topoheight last);
    /// That the node still follows the chain that it did: FailedPrecondition if it does not.
    [[nodiscard]] absl::Status check_genesis();

  private:
    NodeChain(NodeClient& client, NodeIdentity identity)
        : client_(&client), identity_(std::move(identity)) {}

    [[nodiscard]] absl::Status check_settled(const NodeBlock& block);
    [[nodiscard]] absl::Status add_senders(NodeBlock& block);

    bool was_dropped_ = false;

    NodeClient* client_;
    NodeIdentity identity_;
    /// Blocks whose hash could not be proved, by the hash of what was shown: how often it came.
    std::map<model::Hash, std::uint32_t> unproved_;
};

/// A number of a node's answer that must be there; nothing if it is no whole number.
[[nodiscard]] std::optional<std::uint64_t> number_in(const nlohmann::json& object,
                                                     const char* name);

}  // namespace parallax::node
