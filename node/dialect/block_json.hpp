#pragma once

#include "verifier/chains/tos/e1/epoch.hpp"
#include "verifier/model/block_placement.hpp"
#include "verifier/model/identifiers.hpp"

#include "absl/status/statusor.h"
#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <vector>

namespace parallax::node {

/// A block as a node of epochs E1 and HEAD shows it (node notes, 1.3), with its own bytes.
struct NodeBlock {
    model::Topoheight topoheight;
    model::Hash hash;
    model::BlockHeight height;
    std::vector<model::Hash> tips;
    std::vector<model::Hash> transactions;
    /// Header and bodies as the chain serialises them, but for the VRF part of the header, which
    /// the node does not show, no hash covers and no rule reads. The header hashes to `hash`, each
    /// body to its hash in the header.
    base::Bytes wire;
    /// Why the bytes of its transactions cannot be made from what is shown, by name; then `wire` is
    /// the header alone.
    std::string unreadable;
    /// Accounts that its transactions are seen to name, where their bytes cannot be made.
    std::vector<model::PublicKey> named_accounts;
    /// What the node says of its execution. The supply is the emitted one, after the block.
    std::optional<model::Amount> supply;
    std::optional<model::Amount> reward;
    std::optional<model::Amount> dev_reward;
    std::optional<model::Amount> miner_reward;
    /// Of the transactions that were executed in it.
    std::optional<model::Amount> total_fees;
};

/// Reads the answer to `get_block_at_topoheight` with transactions. DataLoss names the member and
/// what is wrong, or which hash does not fit what is shown.
[[nodiscard]] absl::StatusOr<NodeBlock> read_block(const nlohmann::json& answer,
                                                   tos::e1::Epoch epoch);

}  // namespace parallax::node
