#pragma once

#include "executors/staged/block_decision.hpp"
#include "verifier/model/delta.hpp"

namespace parallax::executors::staged {

/// The delta of a decided block, in one pass: the dense rows are in key order already, and the few
/// others are merged in. `results` has the hashes of the block's transactions. One thread.
[[nodiscard]] model::Delta publish_delta(const protocol::RuleContext& rules, const BlockPlan& plan,
                                         const BlockEffects& journal, DenseLedger& ledger,
                                         const std::vector<model::TransactionResult>& results);

}  // namespace parallax::executors::staged
