#include "executors/sequential/sequential_executor.hpp"

#include "executors/runtime/outcome_builder.hpp"

#include "absl/status/status.h"

namespace parallax::executors::sequential {
namespace {

/// Rows that a block of transfers writes per transaction; a first guess of the tables' size.
constexpr std::size_t kRowsPerTransaction = 5;

/// One pass over the block. Its outcome if it is the final one or rejects the block.
absl::StatusOr<std::optional<model::BlockOutcome>> run_pass(const tos::e1::Pass& pass,
                                                            const protocol::StateView& view,
                                                            const tos::e1::RuleContext& rules,
                                                            const core::ExecutionContext& context) {
    const auto count = static_cast<std::uint32_t>(rules.block.transactions().size());
    protocol::BlockState state(view);
    state.reserve(count * kRowsPerTransaction);
    runtime::OutcomeBuilder outcome(rules.block, context);
    protocol::TransactionState transaction(state, 0, pass.credits);

    for (std::uint32_t i = 0; i < count; ++i) {
        if (context.cancelled.load(std::memory_order_relaxed)) {
            return absl::DeadlineExceededError("cancelled");
        }
        transaction.reset(i);
        const tos::e1::RuleResult result = pass.step(transaction, model::TxIndex{i}, rules);
        if (!transaction.status().ok()) {
            return transaction.status();
        }
        if (result.status == model::TransactionStatus::kFailed &&
            rules.profile.failure_model == protocol::FailureModel::kRejectBlock) {
            return runtime::rejected_outcome(rules.block, result.code, model::TxIndex{i});
        }
        const bool kept = runtime::keeps_effects(result, rules.profile.failure_model);
        if (kept && !state.merge(transaction)) {
            return absl::InternalError("credits do not fit the state they were read from");
        }
        outcome.record(model::TxIndex{i}, result, transaction, kept);
    }
    if (!pass.final_pass) {
        return std::nullopt;
    }
    return outcome.finish(std::move(state), rules);
}

}  // namespace

absl::StatusOr<model::BlockOutcome> SequentialExecutor::execute(
    const protocol::StateView& view, const protocol::AdmittedBlock& block,
    const core::ExecutionContext& context) {
    const tos::e1::RuleContext rules{context.profile, block, context.signatures};
    const auto rejection = tos::e1::check_block_prologue(protocol::BlockState(view), rules);
    if (!rejection.ok()) {
        return rejection.status();
    }
    if (*rejection) {
        return runtime::rejected_outcome(block, (*rejection)->code, (*rejection)->transaction);
    }
    for (const tos::e1::Pass& pass : tos::e1::passes(context.profile.path)) {
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

}  // namespace parallax::executors::sequential
