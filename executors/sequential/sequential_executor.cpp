#include "executors/sequential/sequential_executor.hpp"

#include "executors/runtime/outcome_builder.hpp"

#include "absl/status/status.h"

namespace parallax {
namespace {

/// Rows that a block of transfers writes per transaction; a first guess of the tables' size.
constexpr std::size_t kRowsPerTransaction = 5;

/// One pass over the block. Its outcome if it is the final one or rejects the block.
absl::StatusOr<std::optional<BlockOutcome>> run_pass(const Pass& pass, const StateView& view,
                                                     const RuleContext& rules,
                                                     const ExecutionContext& context) {
    const auto count = static_cast<std::uint32_t>(rules.block.transactions().size());
    BlockState state(view);
    state.reserve(count * kRowsPerTransaction);
    OutcomeBuilder outcome(rules.block, context);
    TransactionState transaction(state, 0, pass.credits);

    for (std::uint32_t i = 0; i < count; ++i) {
        if (context.cancelled.load(std::memory_order_relaxed)) {
            return absl::DeadlineExceededError("cancelled");
        }
        transaction.reset(i);
        const RuleResult result = pass.step(transaction, TxIndex{i}, rules);
        if (!transaction.status().ok()) {
            return transaction.status();
        }
        if (result.status == TransactionStatus::kFailed &&
            rules.profile.failure_model == FailureModel::kRejectBlock) {
            return rejected_outcome(rules.block, result.code, TxIndex{i});
        }
        const bool kept = keeps_effects(result, rules.profile.failure_model);
        if (kept && !state.merge(transaction)) {
            return absl::InternalError("credits do not fit the state they were read from");
        }
        outcome.record(TxIndex{i}, result, transaction, kept);
    }
    if (!pass.final_pass) {
        return std::nullopt;
    }
    return outcome.finish(std::move(state), rules);
}

}  // namespace

absl::StatusOr<BlockOutcome> SequentialExecutor::execute(const StateView& view,
                                                         const AdmittedBlock& block,
                                                         const ExecutionContext& context) {
    const RuleContext rules{context.profile, block, context.signatures};
    const auto rejection = check_block_prologue(BlockState(view), rules);
    if (!rejection.ok()) {
        return rejection.status();
    }
    if (*rejection) {
        return rejected_outcome(block, (*rejection)->code, (*rejection)->transaction);
    }
    for (const Pass& pass : passes(context.profile.path)) {
        auto outcome = run_pass(pass, view, rules, context);
        if (!outcome.ok()) {
            return outcome.status();
        }
        if (*outcome) {
            return **std::move(outcome);
        }
    }
    return absl::InternalError("the path has no final pass");
}

}  // namespace parallax
