#include "replay/workload_chain.hpp"

#include "verifier/protocol/block_rules.hpp"
#include "verifier/protocol/block_state.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace parallax {
namespace {

class MapView final : public StateView {
  public:
    explicit MapView(const std::map<StateKey, StateValue>& state) : state_(state) {}

    absl::StatusOr<std::optional<StateValue>> get(const StateKey& key) const override {
        const auto found = state_.find(key);
        return found == state_.end() ? std::nullopt : std::optional<StateValue>(found->second);
    }

  private:
    const std::map<StateKey, StateValue>& state_;
};

absl::Status run_transaction(TxIndex index, const RuleContext& context, BlockState& state,
                             BlockOutcome& outcome) {
    TransactionState transaction(state, index.value());
    const RuleResult result = run_chain_transaction(transaction, index, context);
    if (!transaction.status().ok()) {
        return transaction.status();
    }
    TransactionResult& entry = outcome.results[index.value()];
    entry.hash = context.block.transactions()[index.value()].hash;
    entry.status = result.status;
    entry.code = result.code;
    if (result.status == TransactionStatus::kFailed) {
        outcome.orphans.push_back(entry.hash);
    }
    if (result.status != TransactionStatus::kExecuted) {
        return absl::OkStatus();
    }
    if (!state.merge(transaction)) {
        return absl::InternalError(fmt::format("transaction {} cannot be merged", index.value()));
    }
    const TransactionTotals& totals = transaction.totals();
    entry.fee = totals.fee;
    entry.burned = totals.burned;
    outcome.totals.fees = saturating_add(outcome.totals.fees, totals.fee);
    outcome.totals.gas_fee = saturating_add(outcome.totals.gas_fee, totals.gas_fee);
    outcome.totals.burned_supply = saturating_add(outcome.totals.burned_supply, totals.burned);
    return absl::OkStatus();
}

}  // namespace

absl::StatusOr<BlockOutcome> WorkloadChain::advance(const Block& block,
                                                    std::vector<SignatureCheck> checks) {
    const auto admitted = admit(block, profile_);
    if (!admitted.ok()) {
        return admitted.status();
    }
    const SignatureSource signatures = SignatureSource::once(*admitted, std::move(checks));
    const RuleContext context{profile_, *admitted, signatures};
    const MapView view(state_);
    BlockState state(view);
    BlockOutcome outcome;
    const auto count = static_cast<std::uint32_t>(admitted->transactions().size());
    outcome.results.resize(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        if (auto status = run_transaction(TxIndex{i}, context, state, outcome); !status.ok()) {
            return status;
        }
    }
    TransactionState epilogue(state, kEpilogueTransaction);
    apply_epilogue(epilogue, context, outcome.totals);
    if (!epilogue.status().ok() || !state.merge(epilogue)) {
        return absl::InternalError("the block's epilogue cannot be merged");
    }
    std::sort(outcome.orphans.begin(), outcome.orphans.end());
    outcome.delta = std::move(state).take_delta();
    for (const DeltaEntry& entry : outcome.delta.entries) {
        if (entry.after) {
            state_.insert_or_assign(entry.key, *entry.after);
        } else {
            state_.erase(entry.key);
        }
    }
    return outcome;
}

}  // namespace parallax
