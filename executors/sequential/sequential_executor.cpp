#include "executors/sequential/sequential_executor.hpp"

#include "executors/runtime/outcome_builder.hpp"

#include "absl/status/status.h"

namespace parallax::executors::sequential {
namespace {

/// Rows that a block of transfers writes per transaction; a first guess of the tables' size.
constexpr std::size_t kRowsPerTransaction = 5;

}  // namespace

absl::StatusOr<model::BlockOutcome> SequentialExecutor::execute(
    const protocol::StateView& view, const protocol::AdmittedBlock& block,
    const core::ExecutionContext& context) {
    const protocol::RuleContext rules{context.protocol, block, context.signatures};
    const auto rejection = context.protocol.check_block(view, rules, context.cancelled);
    if (!rejection.ok()) {
        return rejection.status();
    }
    if (*rejection) {
        return runtime::rejected_outcome(block, (*rejection)->code, (*rejection)->transaction);
    }
    const auto count = static_cast<std::uint32_t>(block.transactions().size());
    protocol::BlockState state(view);
    state.reserve(count * kRowsPerTransaction);
    runtime::OutcomeBuilder outcome(block, context);
    if (const auto begun = outcome.begin(state, rules); !begun.ok()) {
        return begun;
    }
    protocol::TransactionState transaction(state, 0);

    for (std::uint32_t i = 0; i < count; ++i) {
        if (context.cancelled.load(std::memory_order_relaxed)) {
            return absl::DeadlineExceededError("cancelled");
        }
        transaction.reset(i);
        const protocol::RuleResult result =
            rules.protocol.execute(transaction, model::TxIndex{i}, rules);
        if (!transaction.status().ok()) {
            return transaction.status();
        }
        if (result.status == model::TransactionStatus::kFailed &&
            context.protocol.failures() == protocol::FailureModel::kRejectBlock) {
            return runtime::rejected_outcome(block, result.code, model::TxIndex{i});
        }
        const bool kept = runtime::keeps_effects(result, context.protocol.failures());
        if (kept && !state.merge(transaction)) {
            return absl::InternalError("credits do not fit the state they were read from");
        }
        outcome.record(model::TxIndex{i}, result, transaction, kept);
    }
    return outcome.finish(std::move(state), rules);
}

}  // namespace parallax::executors::sequential
