#pragma once

#include "verifier/core/verification/block_executor.hpp"
#include "verifier/protocol/block_state.hpp"
#include "verifier/protocol/protocol.hpp"

namespace parallax::executors::runtime {

/// Whether a transaction's effects join the block (protocol notes, 6.3).
[[nodiscard]] bool keeps_effects(const protocol::RuleResult& result,
                                 protocol::FailureModel model) noexcept;

/// The outcome of a block that transaction `index` rejected (`kRejectBlock`): its code, nothing
/// changed, no other result.
[[nodiscard]] model::BlockOutcome rejected_outcome(const protocol::AdmittedBlock& block,
                                                   model::ErrorCode code, model::TxIndex index);

/// Collects results, sums and the access log of one block, transaction by transaction in block
/// order, between what the block does before them and its epilogue.
class OutcomeBuilder {
  public:
    OutcomeBuilder(const protocol::AdmittedBlock& block, const core::ExecutionContext& context);

    /// What the block does before its transactions, on `state`. Before any `record`. An error is a
    /// failed read.
    [[nodiscard]] absl::Status begin(protocol::BlockState& state,
                                     const protocol::RuleContext& rules);
    /// `kept` tells that the transaction's effects were merged.
    void record(model::TxIndex index, const protocol::RuleResult& result,
                const protocol::TransactionState& transaction, bool kept);

    /// Applies the epilogue to `state` and returns the outcome. An error is a failed read.
    [[nodiscard]] absl::StatusOr<model::BlockOutcome> finish(protocol::BlockState state,
                                                             const protocol::RuleContext& rules);

  private:
    const bool record_accesses_;
    model::BlockOutcome outcome_;
};

}  // namespace parallax::executors::runtime
