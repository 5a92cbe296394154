#include "executors/staged/block_decision.hpp"

#include "executors/runtime/outcome_builder.hpp"

#include "absl/status/status.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace parallax::executors::staged {
namespace {

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();

constexpr std::uint32_t kSpendFlags =
    DenseAccount::kWritten | DenseAccount::kTosWritten | DenseAccount::kWriterSpent;

}  // namespace

BlockDecision::BlockDecision(const protocol::RuleContext& rules,
                             const core::ExecutionContext& context, const BlockPlan& plan,
                             DenseLedger& ledger, model::BlockOutcome& outcome)
    : rules_(rules),
      context_(context),
      plan_(plan),
      ledger_(ledger),
      outcome_(outcome),
      accounts_(ledger.accounts()),
      lane_(ledger, 0),
      largest_total_(ledger.largest_total()) {
    journal_.dense_executed.resize(plan.size());
    if (context.record_accesses) {
        journal_.accounts.resize(plan.slots().size());
        journal_.tos_spends.resize(plan.slots().size());
        journal_.asset_spends.resize(plan.size());
        journal_.lane_accesses.resize(plan.size() + 1);
    }
}

void BlockDecision::record_account(std::uint32_t reference) {
    const Slot slot = plan_.slots()[reference];
    const DenseAccount& account = accounts_[slot];
    journal_.accounts[reference] = {account.nonce, ledger_.registered_at(slot).value(),
                                    account.writer, (account.flags & DenseAccount::kExists) != 0};
}

void BlockDecision::record_source(std::uint32_t reference) {
    record_account(reference);
    const Slot slot = plan_.slots()[reference];
    journal_.tos_spends[reference] = {accounts_[slot].spendable, ledger_.spend_writer(slot)};
}

// Only a credit creates an account; nothing can be spent from one in the block that does.
void BlockDecision::create_account(DenseAccount& account, std::uint32_t index) {
    journal_.created_accounts += 1;
    account.nonce = 0;
    account.writer = index;
    account.flags |= DenseAccount::kExists | DenseAccount::kCreated | DenseAccount::kWritten;
}

// The serial loop: what it reads and writes are arrays in block order and half a cache line of each
// account. The checks are those of the rules that depend on state (protocol notes, 4.2 steps
// 7, 11, 12 and 14; 6.1), and that no credit overflows.
template <bool kRecord>
std::uint32_t BlockDecision::decide_transfers(std::uint32_t first) {
    const PlannedTransaction* const transactions = plan_.transactions().data();
    const std::uint8_t* const held_back = plan_.held_back().data();
    const std::uint32_t size = plan_.size();
    DenseAccount* const accounts = accounts_;
    std::uint8_t* const executed = journal_.dense_executed.data();
    std::uint64_t largest_total = largest_total_;
    model::Amount fees;
    std::uint32_t i = first;
    for (; i < size; ++i) {
        const PlannedTransaction& planned = transactions[i];
        const Slot* const slots = plan_.slots().data() + planned.first_reference;
        const std::uint64_t* const amounts = plan_.amounts().data() + planned.first_reference;
        DenseAccount& source = accounts[slots[0]];
        if (planned.kind != PlanKind::kTransfers || held_back[i] != 0 ||
            (source.flags & DenseAccount::kMaySpend) == 0 || source.nonce != planned.nonce ||
            source.spendable < amounts[0] || amounts[0] > kMost - largest_total ||
            context_.cancelled.load(std::memory_order_relaxed)) {
            break;
        }
        largest_total += amounts[0];
        if constexpr (kRecord) {
            record_source(planned.first_reference);
        }
        source.nonce += 1;
        source.spendable -= amounts[0];
        source.writer = i;
        source.flags |= kSpendFlags;
        for (std::uint32_t k = 1; k <= planned.output_count; ++k) {
            DenseAccount& to = accounts[slots[k]];
            if constexpr (kRecord) {
                record_account(planned.first_reference + k);
            }
            if ((to.flags & DenseAccount::kExists) == 0) {
                create_account(to, i);
            }
            to.total += amounts[k];
            to.flags |= DenseAccount::kTosWritten;
        }
        fees = model::saturating_add(fees, model::Amount{planned.fee});
        executed[i] = 1;
    }
    largest_total_ = largest_total;
    outcome_.totals.fees = model::saturating_add(outcome_.totals.fees, fees);
    outcome_.totals.gas_fee = model::saturating_add(outcome_.totals.gas_fee, fees);
    return i;
}

const PlannedAssets* BlockDecision::assets_of(std::uint32_t index) const {
    return plan_.transactions()[index].kind == PlanKind::kWithAssets ? &plan_.assets(index)
                                                                     : nullptr;
}

bool BlockDecision::can_decide(std::uint32_t index) const {
    const PlannedTransaction& planned = plan_.transactions()[index];
    if (planned.kind == PlanKind::kOrdered || plan_.held_back()[index] != 0) {
        return false;
    }
    const DenseAccount& source = accounts_[plan_.slots()[planned.first_reference]];
    if ((source.flags & DenseAccount::kMaySpend) == 0 || source.nonce != planned.nonce ||
        source.spendable < plan_.amounts()[planned.first_reference]) {
        return false;
    }
    if (const PlannedAssets* assets = assets_of(index)) {
        for (const PlannedSpend& spend : assets->spends) {
            if (spend.asset == model::kTosAsset) {
                continue;
            }
            const DenseBalance& from = ledger_.asset_balance(spend.slot);
            if (!from.existed || from.diverged || from.stored - from.outputs < spend.sum) {
                return false;
            }
        }
    }
    return fits(index);
}

// No output of a transaction credits more than its largest sum of one asset.
bool BlockDecision::fits(std::uint32_t index) const {
    const PlannedTransaction& planned = plan_.transactions()[index];
    const PlannedAssets* const assets = assets_of(index);
    const std::uint64_t largest =
        assets != nullptr ? assets->largest_sum : plan_.amounts()[planned.first_reference];
    for (std::uint32_t k = 0; k < planned.output_count; ++k) {
        std::uint64_t total = accounts_[plan_.slots()[planned.first_reference + 1 + k]].total;
        if (assets != nullptr && assets->outputs[k] != kNoAssetSlot) {
            const DenseBalance& to = ledger_.asset_balance(assets->outputs[k]);
            total = to.stored + to.received;
        }
        if (total > kMost - largest) {
            return false;
        }
    }
    const DenseBalance& burned = ledger_.burned();
    return assets == nullptr || burned.stored + burned.received <= kMost - assets->burned;
}

void BlockDecision::apply_spends(std::uint32_t index) {
    const std::uint32_t reference = plan_.transactions()[index].first_reference;
    DenseAccount& source = accounts_[plan_.slots()[reference]];
    if (context_.record_accesses) {
        record_source(reference);
    }
    source.nonce += 1;
    source.spendable -= plan_.amounts()[reference];
    source.writer = index;
    source.flags |= kSpendFlags;
    const PlannedAssets* const assets = assets_of(index);
    if (assets == nullptr) {
        return;
    }
    for (const PlannedSpend& spend : assets->spends) {
        if (spend.asset == model::kTosAsset) {
            continue;
        }
        DenseBalance& from = ledger_.asset_balance(spend.slot);
        if (context_.record_accesses) {
            journal_.asset_spends[index].push_back({from.stored - from.outputs, from.spend_writer});
        }
        from.outputs += spend.sum;
        from.spend_writer = index;
        from.written = true;
    }
    if (assets->burned > 0) {
        ledger_.burned().received += assets->burned;
        ledger_.burned().written = true;
    }
}

void BlockDecision::apply_outputs(std::uint32_t index) {
    const PlannedTransaction& planned = plan_.transactions()[index];
    const PlannedAssets* const assets = assets_of(index);
    for (std::uint32_t k = 0; k < planned.output_count; ++k) {
        const std::uint32_t reference = planned.first_reference + 1 + k;
        DenseAccount& to = accounts_[plan_.slots()[reference]];
        if (context_.record_accesses) {
            record_account(reference);
        }
        if ((to.flags & DenseAccount::kExists) == 0) {
            create_account(to, index);
        }
        if (assets == nullptr || assets->outputs[k] == kNoAssetSlot) {
            to.total += plan_.amounts()[reference];
            to.flags |= DenseAccount::kTosWritten;
            largest_total_ = std::max(largest_total_, to.total);
            continue;
        }
        DenseBalance& balance = ledger_.asset_balance(assets->outputs[k]);
        balance.received += plan_.amounts()[reference];
        balance.written = true;
    }
}

bool BlockDecision::decide_any(std::uint32_t index) {
    if (!can_decide(index)) {
        return false;
    }
    apply_spends(index);
    apply_outputs(index);
    const PlannedAssets* const assets = assets_of(index);
    const model::Amount fee{plan_.transactions()[index].fee};
    const model::Amount burned{assets != nullptr ? assets->burned : 0};
    model::BlockTotals& totals = outcome_.totals;
    totals.fees = model::saturating_add(totals.fees, fee);
    totals.gas_fee = model::saturating_add(totals.gas_fee, fee);
    totals.burned_supply = model::saturating_add(totals.burned_supply, burned);
    journal_.dense_executed[index] = 1;
    return true;
}

absl::StatusOr<bool> BlockDecision::run_in_lane(std::uint32_t index) {
    lane_count_ += 1;
    lane_.reset(index);
    const protocol::RuleResult result =
        rules_.protocol.execute(lane_, model::TxIndex{index}, rules_);
    if (!lane_.status().ok()) {
        return lane_.status();
    }
    const protocol::FailureModel model = rules_.protocol.failures();
    if (result.status == model::TransactionStatus::kFailed &&
        model == protocol::FailureModel::kRejectBlock) {
        outcome_ = runtime::rejected_outcome(rules_.block, result.code, model::TxIndex{index});
        return true;
    }
    model::TransactionResult& entry = outcome_.results[index];
    entry.status = result.status;
    entry.code = result.code;
    if (result.status == model::TransactionStatus::kFailed) {
        outcome_.orphans.push_back(rules_.block.transactions()[index].hash);
    }
    if (!runtime::keeps_effects(result, model)) {
        return false;
    }
    if (!ledger_.merge(lane_)) {
        return absl::InternalError("credits do not fit the state they were read from");
    }
    largest_total_ = std::max(largest_total_, ledger_.largest_total());
    const protocol::TransactionTotals& own = lane_.totals();
    entry.fee = own.fee;
    entry.burned = own.burned;
    model::BlockTotals& totals = outcome_.totals;
    totals.fees = model::saturating_add(totals.fees, own.fee);
    totals.gas_fee = model::saturating_add(totals.gas_fee, own.gas_fee);
    totals.burned_supply = model::saturating_add(totals.burned_supply, own.burned);
    if (context_.record_accesses) {
        lane_.append_accesses(journal_.lane_accesses[index]);
    }
    return false;
}

absl::Status BlockDecision::open() {
    lane_.reset(model::kInitializeTransaction);
    rules_.protocol.initialize(lane_, rules_, outcome_.totals);
    if (!lane_.status().ok()) {
        return lane_.status();
    }
    if (!ledger_.merge(lane_)) {
        return absl::InternalError("what a block begins with does not fit the state");
    }
    largest_total_ = std::max(largest_total_, ledger_.largest_total());
    if (context_.record_accesses) {
        lane_.append_accesses(journal_.initial_accesses);
    }
    return absl::OkStatus();
}

absl::StatusOr<bool> BlockDecision::run() {
    for (std::uint32_t i = 0; i < plan_.size(); ++i) {
        i = context_.record_accesses ? decide_transfers<true>(i) : decide_transfers<false>(i);
        if (i == plan_.size()) {
            break;
        }
        if (context_.cancelled.load(std::memory_order_relaxed)) {
            return absl::DeadlineExceededError("cancelled");
        }
        if (decide_any(i)) {
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
    lane_.reset(model::kEpilogueTransaction);
    rules_.protocol.finalize(lane_, rules_, outcome_.totals);
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

}  // namespace parallax::executors::staged
