#pragma once

#include "verifier/chains/tos/v3/admitted_body.hpp"
#include "verifier/chains/tos/v3/profile.hpp"
#include "verifier/model/error_code.hpp"
#include "verifier/protocol/transaction_state.hpp"

#include <optional>
#include <utility>
#include <vector>

namespace parallax::tos::v3 {

using protocol::RuleResult;

/// What the rules need to know besides state and transaction. References stay valid for the call.
struct RuleContext {
    const Profile& profile;
    const protocol::AdmittedBlock& block;
    const protocol::SignatureSource& signatures;

    [[nodiscard]] const Transaction& transaction(model::TxIndex index) const {
        return transaction_of(block, index);
    }
    [[nodiscard]] model::Topoheight now() const { return block.execution_topoheight(); }
};

/// One transaction of a block (docs/protocol/v3.md, execution): already executed? signature, nonce
/// checker, apply, mark as executed.
[[nodiscard]] RuleResult run_transaction(protocol::TransactionState& state, model::TxIndex index,
                                         const RuleContext& context);

/// The apply phase alone: what is not listed there is not checked. It fails as the node does,
/// leaving in `state` what was done before the failing step. Requires a transaction that runs no
/// code.
[[nodiscard]] RuleResult apply_transaction(protocol::TransactionState& state, model::TxIndex index,
                                           const RuleContext& context);

/// What a transaction takes from its source, asset by asset in the order of first use, the fee
/// last; nothing if a sum is beyond 2^64-1.
[[nodiscard]] std::optional<std::vector<std::pair<model::AssetId, model::Amount>>> spending_of(
    const Transaction& transaction);

}  // namespace parallax::tos::v3
