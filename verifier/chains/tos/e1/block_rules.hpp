#pragma once

#include "verifier/chains/tos/e1/transaction_rules.hpp"

namespace parallax::tos::e1 {

/// Emission, development share, side blocks, miner reward, and the counters (8.3; 8.4 step 3.6), on
/// the receiver ledger, after all transactions. Fills emitted_supply, dev_reward and miner_reward
/// of `totals` from its fees.
void finalize_block(protocol::TransactionState& state, const RuleContext& context,
                    model::BlockTotals& totals);

}  // namespace parallax::tos::e1
