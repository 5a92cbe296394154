#pragma once

#include "verifier/core/block_executor.hpp"
#include "verifier/protocol/block_rules.hpp"
#include "verifier/protocol/block_state.hpp"

namespace parallax {

/// Whether a transaction's effects join the block (semantics reference, 6.3).
[[nodiscard]] bool keeps_effects(const RuleResult& result, FailureModel model) noexcept;

/// The outcome of a block that transaction `index` rejected (`kRejectBlock`): its code, nothing
/// changed, no other result.
[[nodiscard]] BlockOutcome rejected_outcome(const AdmittedBlock& block, ErrorCode code,
                                            TxIndex index);

/// Collects results, sums and the access log of one block, transaction by transaction in block
/// order, and closes the block with its epilogue.
class OutcomeBuilder {
  public:
    OutcomeBuilder(const AdmittedBlock& block, const ExecutionContext& context);

    /// `kept` tells that the transaction's effects were merged.
    void record(TxIndex index, const RuleResult& result, const TransactionState& transaction,
                bool kept);

    /// Applies the epilogue to `state` and returns the outcome. An error is a failed read.
    [[nodiscard]] absl::StatusOr<BlockOutcome> finish(BlockState state, const RuleContext& rules);

  private:
    const bool record_accesses_;
    BlockOutcome outcome_;
};

}  // namespace parallax
