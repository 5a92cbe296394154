#pragma once

#include "verifier/model/identifiers.hpp"

#include <optional>
#include <string>
#include <vector>

namespace parallax::node {

/// A block as a node shows it (node notes, 1.3), with its own bytes.
struct NodeBlock {
    model::Topoheight topoheight;
    model::Hash hash;
    /// Its blue score, on V3.
    model::BlockHeight height;
    std::vector<model::Hash> tips;
    std::vector<model::Hash> transactions;
    /// Header and bodies as the chain serialises them, but for what the node does not show of a
    /// header, no hash covers and no rule reads: the VRF part of E1 and HEAD, and six fields of V3.
    /// The header hashes to `hash`, each body to its hash in the header.
    base::Bytes wire;
    /// Why the bytes of its transactions cannot be made from what is shown, by name; then `wire` is
    /// what `Protocol::admit` takes of a block whose bodies are not shown.
    std::string unreadable;
    /// Why its hash could not be proved, on V3; empty if it was. Its transactions were.
    std::string unproved;
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

}  // namespace parallax::node
