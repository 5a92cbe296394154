#include "testbed/workload/workload_chain.hpp"

#include "verifier/chains/tos/e1/block_rules.hpp"
#include "verifier/protocol/block_state.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace parallax::testbed {
namespace {

absl::Status run_transaction(model::TxIndex index, const protocol::RuleContext& context,
                             protocol::BlockState& state, model::BlockOutcome& outcome) {
    protocol::TransactionState transaction(state, index.value());
    const protocol::RuleResult result = context.protocol.execute(transaction, index, context);
    if (!transaction.status().ok()) {
        return transaction.status();
    }
    model::TransactionResult& entry = outcome.results[index.value()];
    entry.hash = context.block.transactions()[index.value()].hash;
    entry.status = result.status;
    entry.code = result.code;
    if (result.status == model::TransactionStatus::kFailed) {
        outcome.orphans.push_back(entry.hash);
    }
    if (result.status != model::TransactionStatus::kExecuted) {
        return absl::OkStatus();
    }
    if (!state.merge(transaction)) {
        return absl::InternalError(fmt::format("transaction {} cannot be merged", index.value()));
    }
    const protocol::TransactionTotals& totals = transaction.totals();
    entry.fee = totals.fee;
    entry.burned = totals.burned;
    outcome.totals.fees = model::saturating_add(outcome.totals.fees, totals.fee);
    outcome.totals.gas_fee = model::saturating_add(outcome.totals.gas_fee, totals.gas_fee);
    outcome.totals.burned_supply =
        model::saturating_add(outcome.totals.burned_supply, totals.burned);
    return absl::OkStatus();
}

}  // namespace

absl::StatusOr<model::BlockOutcome> WorkloadChain::advance(
    const tos::e1::Block& block, std::vector<crypto::SignatureCheck> checks) {
    const auto admitted = profile_.admit(block);
    if (!admitted.ok()) {
        return admitted.status();
    }
    const protocol::SignatureSource signatures =
        protocol::SignatureSource::once(*admitted, std::move(checks));
    const protocol::RuleContext context{profile_, *admitted, signatures};
    protocol::BlockState state(state_);
    model::BlockOutcome outcome;
    const auto count = static_cast<std::uint32_t>(admitted->transactions().size());
    outcome.results.resize(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        if (auto status = run_transaction(model::TxIndex{i}, context, state, outcome);
            !status.ok()) {
            return status;
        }
    }
    protocol::TransactionState epilogue(state, model::kEpilogueTransaction);
    context.protocol.finalize(epilogue, context, outcome.totals);
    if (!epilogue.status().ok() || !state.merge(epilogue)) {
        return absl::InternalError("the block's epilogue cannot be merged");
    }
    std::sort(outcome.orphans.begin(), outcome.orphans.end());
    outcome.delta = std::move(state).take_delta();
    state_.apply(outcome.delta);
    return outcome;
}

}  // namespace parallax::testbed
