#include "executors/runtime/outcome_builder.hpp"

#include "absl/status/status.h"

#include <algorithm>
#include <utility>

namespace parallax::executors::runtime {
namespace {

/// Accesses of a plain transfer; a first guess of the log's size.
constexpr std::size_t kAccessesPerTransaction = 12;

std::vector<model::TransactionResult> unreached_results(const protocol::AdmittedBlock& block) {
    std::vector<model::TransactionResult> results(block.transactions().size());
    for (std::size_t i = 0; i < results.size(); ++i) {
        results[i].hash = block.transactions()[i].hash;
    }
    return results;
}

}  // namespace

bool keeps_effects(const protocol::RuleResult& result, protocol::FailureModel model) noexcept {
    if (!result.has_effects) {
        return false;
    }
    return result.status == model::TransactionStatus::kExecuted ||
           (result.status == model::TransactionStatus::kFailed &&
            model == protocol::FailureModel::kOrphanPartial);
}

model::BlockOutcome rejected_outcome(const protocol::AdmittedBlock& block, model::ErrorCode code,
                                     model::TxIndex index) {
    model::BlockOutcome outcome;
    outcome.status = model::BlockStatus::kRejected;
    outcome.code = code;
    outcome.results = unreached_results(block);
    outcome.results[index.value()].status = model::TransactionStatus::kFailed;
    outcome.results[index.value()].code = code;
    outcome.orphans = {block.transactions()[index.value()].hash};
    return outcome;
}

OutcomeBuilder::OutcomeBuilder(const protocol::AdmittedBlock& block,
                               const core::ExecutionContext& context)
    : record_accesses_(context.record_accesses) {
    outcome_.results = unreached_results(block);
    if (record_accesses_) {
        outcome_.access_log.emplace();
        outcome_.access_log->accesses.reserve(block.transactions().size() *
                                              kAccessesPerTransaction);
    }
}

absl::Status OutcomeBuilder::begin(protocol::BlockState& state,
                                   const protocol::RuleContext& rules) {
    protocol::TransactionState beginning(state, model::kInitializeTransaction);
    rules.protocol.initialize(beginning, rules, outcome_.totals);
    if (!beginning.status().ok()) {
        return beginning.status();
    }
    if (!state.merge(beginning)) {
        return absl::InternalError("what a block begins with does not fit the state");
    }
    if (record_accesses_) {
        beginning.append_accesses(outcome_.access_log->accesses);
    }
    return absl::OkStatus();
}

void OutcomeBuilder::record(model::TxIndex index, const protocol::RuleResult& result,
                            const protocol::TransactionState& transaction, bool kept) {
    model::TransactionResult& entry = outcome_.results[index.value()];
    entry.status = result.status;
    entry.code = result.code;
    if (result.status == model::TransactionStatus::kFailed) {
        outcome_.orphans.push_back(entry.hash);
    }
    if (!kept) {
        return;
    }
    const protocol::TransactionTotals& totals = transaction.totals();
    entry.fee = totals.fee;
    entry.burned = totals.burned;
    outcome_.totals.fees = model::saturating_add(outcome_.totals.fees, totals.fee);
    outcome_.totals.gas_fee = model::saturating_add(outcome_.totals.gas_fee, totals.gas_fee);
    outcome_.totals.burned_supply =
        model::saturating_add(outcome_.totals.burned_supply, totals.burned);
    if (record_accesses_) {
        transaction.append_accesses(outcome_.access_log->accesses);
    }
}

absl::StatusOr<model::BlockOutcome> OutcomeBuilder::finish(protocol::BlockState state,
                                                           const protocol::RuleContext& rules) {
    protocol::TransactionState epilogue(state, model::kEpilogueTransaction);
    rules.protocol.finalize(epilogue, rules, outcome_.totals);
    if (!epilogue.status().ok()) {
        return epilogue.status();
    }
    if (!state.merge(epilogue)) {
        return absl::InternalError("the epilogue's credits do not fit the state they were read of");
    }
    if (record_accesses_) {
        epilogue.append_accesses(outcome_.access_log->accesses);
    }
    std::sort(outcome_.orphans.begin(), outcome_.orphans.end());
    outcome_.delta = std::move(state).take_delta();
    return std::move(outcome_);
}

}  // namespace parallax::executors::runtime
