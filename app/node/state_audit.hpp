#pragma once

#include "app/node/node_session.hpp"
#include "verifier/core/store/chain_store.hpp"

#include "absl/status/statusor.h"

#include <cstdint>
#include <string>
#include <vector>

namespace parallax::app {

/// What came of holding a whole state against a node.
struct StateAudit {
    /// The block after which both states are.
    core::Cursor at;
    /// Balances, nonces and supplies that there are here, and those of them that were held against
    /// an answer of the node: fewer are no match.
    std::uint64_t rows = 0;
    std::uint64_t answered = 0;
    std::uint64_t different = 0;
    /// The first of these in words, and what could not be held.
    std::vector<std::string> examples;
    /// Why it says nothing; empty if it does.
    std::string not_done;
};

/// Asks a node for the balance and nonce of every account in the store, and for both supplies; a
/// burned one that is not known here (`NodeSource::Options::burned_supply_known`) is not answered.
/// It says something only if the store's block is the node's top, before and after. Errors: those
/// of `NodeClient::batch`, and of the store.
[[nodiscard]] absl::StatusOr<StateAudit> audit_state(const core::ChainStore& store,
                                                     NodeSession& node, bool burned_known);

}  // namespace parallax::app
