#include "executors/staged/block_decision.hpp"

#include "executors/runtime/outcome_builder.hpp"

#include "absl/status/status.h"

#include <limits>
#include <utility>

namespace parallax {
namespace {

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();

SeenAccount seen(const DenseAccount& account) {
    return {account.nonce, account.registered_at, account.writer, account.exists};
}

}  // namespace

BlockDecision::BlockDecision(const RuleContext& rules, const ExecutionContext& context,
                             const BlockPlan& plan, DenseLedger& ledger, BlockOutcome& outcome)
    : rules_(rules),
      context_(context),
      plan_(plan),
      ledger_(ledger),
      outcome_(outcome),
      lane_(ledger, 0) {
    journal_.dense_executed.resize(plan.size());
    journal_.lane_accesses.resize(plan.size() + 1);
    if (context.record_accesses) {
        journal_.sources.resize(plan.size());
        journal_.spends.resize(plan.spends().size());
        journal_.outputs.resize(plan.outputs().size());
    }
}

DenseBalance& BlockDecision::balance(const PlannedTransaction& planned, const PlannedSpend& spend) {
    return spend.asset == kTosAsset ? ledger_.account(planned.source).tos
                                    : ledger_.asset_balance(spend.slot);
}

// Everything that the rules would check against state (semantics reference, 4.2 steps 7, 11, 12
// and 14; 6.1), and that no credit can overflow. Reads only.
bool BlockDecision::can_decide(const PlannedTransaction& planned) {
    if (!planned.dense || planned.already_executed) {
        return false;
    }
    const DenseAccount& source = ledger_.account(planned.source);
    if (!source.exists || !source.plain || source.nonce != planned.nonce) {
        return false;
    }
    for (std::uint32_t i = 0; i < planned.spend_count; ++i) {
        const PlannedSpend& spend = plan_.spends()[planned.first_spend + i];
        const DenseBalance& from = balance(planned, spend);
        if (!from.existed || from.diverged || from.stored - from.outputs < spend.sum) {
            return false;
        }
    }
    for (std::uint32_t i = 0; i < planned.output_count; ++i) {
        const PlannedOutput& output = plan_.outputs()[planned.first_output + i];
        const DenseBalance& to = output.asset == kNoDenseSlot ? ledger_.account(output.account).tos
                                                              : ledger_.asset_balance(output.asset);
        if (to.stored + to.received > kMost - planned.largest_sum) {
            return false;
        }
    }
    const DenseBalance& burned = ledger_.burned();
    return burned.stored + burned.received <= kMost - planned.burned;
}

void BlockDecision::decide_outputs(std::uint32_t index, const PlannedTransaction& planned) {
    const std::uint64_t now = rules_.block.execution_topoheight().value();
    for (std::uint32_t i = 0; i < planned.output_count; ++i) {
        const std::uint32_t at = planned.first_output + i;
        const PlannedOutput& output = plan_.outputs()[at];
        DenseAccount& account = ledger_.account(output.account);
        if (context_.record_accesses) {
            journal_.outputs[at] = seen(account);
        }
        if (!account.exists) {
            account.exists = account.written = true;
            account.nonce = 0;
            account.registered_at = now;
            account.writer = index;
        }
        DenseBalance& to =
            output.asset == kNoDenseSlot ? account.tos : ledger_.asset_balance(output.asset);
        to.received += output.amount;
        to.written = true;
    }
}

void BlockDecision::decide(std::uint32_t index, const PlannedTransaction& planned) {
    DenseAccount& source = ledger_.account(planned.source);
    if (context_.record_accesses) {
        journal_.sources[index] = seen(source);
    }
    source.nonce += 1;
    source.writer = index;
    source.written = true;
    for (std::uint32_t i = 0; i < planned.spend_count; ++i) {
        const std::uint32_t at = planned.first_spend + i;
        DenseBalance& from = balance(planned, plan_.spends()[at]);
        if (context_.record_accesses) {
            journal_.spends[at] = {from.stored - from.outputs, from.spend_writer};
        }
        from.outputs += plan_.spends()[at].sum;
        from.spend_writer = index;
        from.written = true;
    }
    decide_outputs(index, planned);
    if (planned.burned > 0) {
        ledger_.burned().received += planned.burned;
        ledger_.burned().written = true;
    }
    BlockTotals& totals = outcome_.totals;
    totals.fees = saturating_add(totals.fees, Amount{planned.fee});
    totals.gas_fee = saturating_add(totals.gas_fee, Amount{planned.fee});
    totals.burned_supply = saturating_add(totals.burned_supply, Amount{planned.burned});
    journal_.dense_executed[index] = 1;
}

absl::StatusOr<bool> BlockDecision::run_in_lane(std::uint32_t index) {
    lane_count_ += 1;
    lane_.reset(index);
    const RuleResult result = run_chain_transaction(lane_, TxIndex{index}, rules_);
    if (!lane_.status().ok()) {
        return lane_.status();
    }
    const FailureModel model = rules_.profile.failure_model;
    if (result.status == TransactionStatus::kFailed && model == FailureModel::kRejectBlock) {
        outcome_ = rejected_outcome(rules_.block, result.code, TxIndex{index});
        return true;
    }
    TransactionResult& entry = outcome_.results[index];
    entry.status = result.status;
    entry.code = result.code;
    if (result.status == TransactionStatus::kFailed) {
        outcome_.orphans.push_back(entry.hash);
    }
    if (!keeps_effects(result, model)) {
        return false;
    }
    if (!ledger_.merge(lane_)) {
        return absl::InternalError("credits do not fit the state they were read from");
    }
    const TransactionTotals& own = lane_.totals();
    entry.fee = own.fee;
    entry.burned = own.burned;
    BlockTotals& totals = outcome_.totals;
    totals.fees = saturating_add(totals.fees, own.fee);
    totals.gas_fee = saturating_add(totals.gas_fee, own.gas_fee);
    totals.burned_supply = saturating_add(totals.burned_supply, own.burned);
    if (context_.record_accesses) {
        lane_.append_accesses(journal_.lane_accesses[index]);
    }
    return false;
}

absl::StatusOr<bool> BlockDecision::run() {
    for (std::uint32_t i = 0; i < plan_.size(); ++i) {
        if (context_.cancelled.load(std::memory_order_relaxed)) {
            return absl::DeadlineExceededError("cancelled");
        }
        const PlannedTransaction& planned = plan_.transactions()[i];
        if (can_decide(planned)) {
            decide(i, planned);
            continue;
        }
        const auto rejected = run_in_lane(i);
        if (!rejected.ok() || *rejected) {
            return rejected;
        }
    }
    return false;
}

absl::Status BlockDecision::close() {
    lane_.reset(kEpilogueTransaction);
    apply_epilogue(lane_, rules_, outcome_.totals);
    if (!lane_.status().ok()) {
        return lane_.status();
    }
    if (!ledger_.merge(lane_)) {
        return absl::InternalError("the epilogue's credits do not fit the state");
    }
    if (context_.record_accesses) {
        lane_.append_accesses(journal_.lane_accesses.back());
    }
    return absl::OkStatus();
}

}  // namespace parallax
