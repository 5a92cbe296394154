#pragma once

#include "verifier/chains/tos/v3/transaction_rules.hpp"

#include <utility>
#include <vector>

namespace parallax::tos::v3 {

/// What a block does before its transactions: the development share and the miner's part of the
/// reward are received, and the emitted supply grows.
void pay_rewards(protocol::TransactionState& state, const RuleContext& context,
                 model::BlockTotals& totals);

/// What a block does after its transactions: the miner receives the fees, and each balance that was
/// touched gets its version (docs/protocol/v3.md, commit).
void commit_block(protocol::TransactionState& state, const RuleContext& context,
                  model::BlockTotals& totals);

/// Every account and asset whose balance a block may touch, in the order that its bytes name them,
/// each once.
[[nodiscard]] std::vector<std::pair<model::PublicKey, model::AssetId>> touched_balances(
    const protocol::AdmittedBlock& block, const model::PublicKey& dev_key);

}  // namespace parallax::tos::v3
