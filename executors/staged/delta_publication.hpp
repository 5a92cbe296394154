#pragma once

#include "executors/staged/block_decision.hpp"
#include "verifier/model/delta.hpp"

namespace parallax {

/// The delta of a decided block, in one pass: the dense rows are in key order already, and the few
/// others are merged in. `results` has the hashes of the block's transactions. One thread.
[[nodiscard]] Delta publish_delta(const RuleContext& rules, const BlockPlan& plan,
                                  const Journal& journal, DenseLedger& ledger,
                                  const std::vector<TransactionResult>& results);

}  // namespace parallax
