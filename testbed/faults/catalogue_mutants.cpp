/// Mutants: mistakes that other parallel executors made, put into ours. "incident" counts the list
/// of such mutants, "table" the list of faults that a differential verifier has to find.

#include "testbed/faults/catalogue_parts.hpp"

#include <algorithm>
#include <functional>

namespace parallax::testbed {
namespace {

using Entry = protocol::TransactionState::Entry;

// ---- Reads ----

void account_before_the_block(FaultScene& scene, std::uint32_t i, const model::StateKey& key,
                              protocol::VisibleValue& out) {
    if (model::is_transaction(i) && key == model::account_key(scene.source(i))) {
        out.value = scene.before(key);
        out.writer = model::kPreState;
    }
}
void multisig_before_the_block(FaultScene& scene, std::uint32_t, const model::StateKey& key,
                               protocol::VisibleValue& out) {
    if (key.family == model::Family::kMultisig) {
        out.value = scene.before(key);
        out.writer = model::kPreState;
    }
}
/// A read of the state before the block where that happens to be right.
void lucky_stale_read(FaultScene& scene, std::uint32_t, const model::StateKey& key,
                      protocol::VisibleValue& out) {
    if (out.writer != model::kPreState && key.family == model::Family::kMultisig &&
        scene.before(key) == out.value) {
        out.writer = model::kPreState;
    }
}
/// The newest version's number with an older version's amount.
void torn_read(FaultScene& scene, std::uint32_t i, const model::StateKey& key,
               protocol::VisibleAmount& out) {
    if (scene.is_source_balance(i, key) && out.spend_writer != model::kPreState) {
        out.spendable = out.stored;
    }
}
void rows_of_an_earlier_block(FaultScene& scene, std::uint32_t i, const model::StateKey& key,
                              protocol::VisibleAmount& out) {
    if (scene.is_source_balance(i, key) && out.stored) {
        base::MutexLock lock(scene.mutex);
        const auto [known, is_new] = scene.remembered.try_emplace(key, out.stored->value());
        if (out.spend_writer == model::kPreState) {
            out.stored = model::Amount{known->second};
        }
    }
}
void gold_is_not_checked(FaultScene& scene, std::uint32_t i, const model::StateKey& key,
                         protocol::VisibleAmount& out) {
    if (scene.is_source_balance(i, key) && key.detail != model::kTosAsset.bytes() && out.stored) {
        out.stored = out.spendable = model::Amount{out.stored->value() + model::kCoin};
    }
}

// ---- Merging ----

void asset_is_not_part_of_the_key(FaultScene&, std::uint32_t, Entry& entry) {
    if (entry.key.family == model::Family::kBalance &&
        entry.key.detail != model::kTosAsset.bytes() && entry.credited) {
        drop_entry(entry);
    }
}
void credit_lands_in_tos(FaultScene& scene, protocol::BlockState& state,
                         const protocol::TransactionState& transaction, protocol::RuleResult&,
                         bool kept) {
    for (const Entry& entry : transaction.entries()) {
        if (kept && entry.credited && entry.key.family == model::Family::kBalance &&
            entry.key.detail != model::kTosAsset.bytes()) {
            add_effect(
                state, transaction.transaction(),
                model::balance_key(model::PublicKey::from_array(entry.key.owner), model::kTosAsset),
                entry.received, model::Amount{0});
        }
    }
    static_cast<void>(scene);
}
/// Only the last of several payments to one account counts.
void repeated_output_lost(FaultScene& scene, std::uint32_t i, Entry& entry) {
    if (!entry.credited || !model::is_transaction(i)) {
        return;
    }
    const auto* payload = std::get_if<tos::e1::TransfersPayload>(&scene.transaction(i).payload);
    if (payload == nullptr) {
        return;
    }
    for (const tos::e1::Transfer& transfer : payload->transfers) {
        if (model::balance_key(transfer.destination, transfer.asset) == entry.key) {
            entry.received = transfer.amount;
        }
    }
}
void second_write_lost(FaultScene& scene, std::uint32_t, Entry& entry) {
    if (entry.key.family != model::Family::kMultisig || !entry.value_written) {
        return;
    }
    base::MutexLock lock(scene.mutex);
    if (!scene.amounts.emplace(entry.key, 1).second) {
        drop_entry(entry);
    }
}
void delta_applied_twice(FaultScene&, std::uint32_t, Entry& entry) {
    if (entry.credited && entry.key.family == model::Family::kBalance) {
        entry.received = model::Amount{2 * entry.received.value()};
    }
}
void one_counter_part_lost(FaultScene&, std::uint32_t i, Entry& entry) {
    if (entry.key == model::counter_key(model::Counter::kBurnedSupply) && i % 2 == 1) {
        drop_entry(entry);
    }
}
void rolled_back(FaultScene& scene, std::uint32_t, Entry& entry) {
    if (scene.merges_failed) {
        drop_entry(entry);
    }
}
/// Payments to accounts that are there, by accounts that do nothing else in the block: what such
/// transactions share is the receiver's balance alone.
bool only_credits_meet(FaultScene& scene, std::uint32_t i) {
    const auto touches = [&](std::uint32_t j, const model::PublicKey& account) {
        const tos::e1::Transaction& other = scene.transaction(j);
        const auto* transfers = std::get_if<tos::e1::TransfersPayload>(&other.payload);
        return transfers == nullptr || other.source == account ||
               std::any_of(
                   transfers->transfers.begin(), transfers->transfers.end(),
                   [&](const tos::e1::Transfer& one) { return one.destination == account; });
    };
    const auto* own = std::get_if<tos::e1::TransfersPayload>(&scene.transaction(i).payload);
    for (std::uint32_t j = 0; j < i; ++j) {
        if (touches(j, scene.source(i))) {
            return false;
        }
        for (const tos::e1::Transfer& one :
             own != nullptr ? own->transfers : std::vector<tos::e1::Transfer>{}) {
            if (one.destination == scene.source(j)) {
                return false;
            }
        }
    }
    return own != nullptr &&
           std::all_of(own->transfers.begin(), own->transfers.end(),
                       [&](const tos::e1::Transfer& one) {
                           return scene.before(model::account_key(one.destination)).has_value();
                       });
}
void touch_an_empty_row(FaultScene& scene, model::BlockOutcome& outcome) {
    const model::StateKey key = model::balance_key(scene.miner(), model::AssetId::from_array({9}));
    if (find_entry(outcome, key) == nullptr && !scene.before(key)) {
        put_entry(outcome, {key, std::nullopt, model::AmountRecord{model::Amount{0}}});
    }
}
void worker_count_in_rows(FaultScene& scene, std::uint32_t, Entry& entry) {
    if (entry.key.family == model::Family::kAccount && entry.value_written &&
        !entry.base_value.value && entry.value) {
        auto& at = std::get<model::AccountRecord>(*entry.value).registered_at;
        at = model::Topoheight{at.value() + scene.pool->workers()};
    }
}
void orphans_backwards(FaultScene&, model::BlockOutcome& outcome) {
    std::sort(outcome.orphans.begin(), outcome.orphans.end(), std::greater<>{});
}
void total_differs_alone(FaultScene&, model::BlockOutcome& outcome) {
    outcome.totals.dev_reward = model::Amount{outcome.totals.dev_reward.value() + 1};
}

// ---- Results, fees ----

protocol::RuleResult fee_rounded_down(FaultScene& scene, protocol::TransactionState& state,
                                      model::TxIndex index) {
    const protocol::RuleResult result = scene.rules->protocol.execute(state, index, *scene.rules);
    auto& fee = state.totals().fee;
    fee = model::Amount{fee.value() / 64'000 * 64'000};
    return result;
}
protocol::RuleResult gas_counted_twice(FaultScene& scene, protocol::TransactionState& state,
                                       model::TxIndex index) {
    const protocol::RuleResult result = scene.rules->protocol.execute(state, index, *scene.rules);
    auto& gas = state.totals().gas_fee;
    gas = model::Amount{2 * gas.value()};
    return result;
}
protocol::RuleResult any_failure_is_one(FaultScene& scene, protocol::TransactionState& state,
                                        model::TxIndex index) {
    protocol::RuleResult result = scene.rules->protocol.execute(state, index, *scene.rules);
    if (result.status == model::TransactionStatus::kFailed) {
        result.code = model::ErrorCode::kUnknown;
    }
    return result;
}
void failed_is_executed(FaultScene&, protocol::BlockState&, const protocol::TransactionState&,
                        protocol::RuleResult& result, bool) {
    if (result.status == model::TransactionStatus::kFailed) {
        result = {model::TransactionStatus::kExecuted, model::ErrorCode::kSuccess, false};
    }
}
/// The block is rejected for whichever failure came first in time.
protocol::RuleResult note_first_failure(FaultScene& scene, protocol::TransactionState& state,
                                        model::TxIndex index) {
    scene.pool->yield(executors::runtime::YieldPoint::kRead, 0, index.value());
    const protocol::RuleResult result = scene.rules->protocol.execute(state, index, *scene.rules);
    if (result.status == model::TransactionStatus::kFailed) {
        std::uint32_t none = 0xFFFF'FFFF;
        if (scene.first_failed.compare_exchange_strong(none, index.value())) {
            scene.sum = static_cast<std::uint64_t>(result.code);
        }
    }
    return result;
}
void first_failure_rejects(FaultScene& scene, model::BlockOutcome& outcome) {
    const std::uint32_t first = scene.first_failed;
    if (outcome.status != model::BlockStatus::kRejected || first >= outcome.results.size()) {
        return;
    }
    outcome.code = static_cast<model::ErrorCode>(scene.sum.load());
    for (model::TransactionResult& result : outcome.results) {
        result.status = model::TransactionStatus::kNotReached;
        result.code = model::ErrorCode::kSuccess;
    }
    outcome.results[first].status = model::TransactionStatus::kFailed;
    outcome.results[first].code = outcome.code;
    outcome.orphans = {outcome.results[first].hash};
}

// ---- Rewards that do not wait ----

/// The rejected block does not say why.
void block_code_is_general(FaultScene&, model::BlockOutcome& outcome) {
    if (outcome.status == model::BlockStatus::kRejected) {
        outcome.code = model::ErrorCode::kUnknown;
    }
}

/// Fees are summed by the workers; the rewards take the sum when the last transaction by number is
/// done, not when all are.
protocol::RuleResult sum_fees_on_workers(FaultScene& scene, protocol::TransactionState& state,
                                         model::TxIndex index) {
    scene.pool->yield(executors::runtime::YieldPoint::kRead, 0, index.value());
    const protocol::RuleResult result = scene.rules->protocol.execute(state, index, *scene.rules);
    scene.sum += state.totals().fee.value();
    if (index.value() + 1 == scene.rules->block.transactions().size()) {
        scene.snapshot = scene.sum.load();
    }
    return result;
}
void pay_too_early(FaultScene& scene, model::BlockOutcome& outcome) {
    const std::uint64_t missing =
        outcome.totals.fees.value() - std::min(outcome.totals.fees.value(), scene.snapshot.load());
    model::DeltaEntry* row =
        find_entry(outcome, model::balance_key(scene.miner(), model::kTosAsset));
    if (missing == 0 || row == nullptr) {
        return;
    }
    auto& amount = std::get<model::AmountRecord>(*row->after).amount;
    amount = model::Amount{amount.value() - missing};
    outcome.totals.miner_reward = model::Amount{outcome.totals.miner_reward.value() - missing};
}
/// A sum that two workers raise without a lock.
protocol::RuleResult race_for_the_sum(FaultScene& scene, protocol::TransactionState& state,
                                      model::TxIndex index) {
    const protocol::RuleResult result = scene.rules->protocol.execute(state, index, *scene.rules);
    const std::uint64_t seen = scene.sum.load();
    scene.pool->yield(executors::runtime::YieldPoint::kWrite, 0, index.value());
    scene.sum.store(seen + state.totals().gas_fee.value());
    return result;
}
void take_the_raced_sum(FaultScene& scene, model::BlockOutcome& outcome) {
    const std::uint64_t lost =
        outcome.totals.gas_fee.value() - std::min(outcome.totals.gas_fee.value(), scene.sum.load());
    model::DeltaEntry* row = find_entry(outcome, model::counter_key(model::Counter::kGasFee));
    if (row != nullptr && lost > 0) {
        auto& amount = std::get<model::AmountRecord>(*row->after).amount;
        amount = model::Amount{amount.value() - lost};
        outcome.totals.gas_fee = model::Amount{outcome.totals.gas_fee.value() - lost};
    }
}
/// The epilogue's lines stand before the last transaction's: it did not wait.
void epilogue_did_not_wait(FaultScene&, model::BlockOutcome& outcome) {
    if (!outcome.access_log || outcome.results.size() < 2) {
        return;
    }
    auto& lines = outcome.access_log->accesses;
    const auto last = static_cast<std::uint32_t>(outcome.results.size() - 1);
    std::stable_partition(lines.begin(), lines.end(), [last](const model::Access& access) {
        return access.transaction.value() != last;
    });
}
void write_past_the_log(FaultScene&, model::BlockOutcome& outcome) {
    if (outcome.access_log) {
        std::erase_if(outcome.access_log->accesses, [](const model::Access& access) {
            return access.kind == model::AccessKind::kCredit &&
                   access.key.family == model::Family::kBalance;
        });
    }
}
void uses_its_own_runs(FaultScene& scene, model::BlockOutcome& outcome) {
    base::MutexLock lock(scene.mutex);
    const std::uint64_t runs = ++scene.remembered[model::StateKey{}];
    if (runs % 2 == 0) {
        std::reverse(outcome.orphans.begin(), outcome.orphans.end());
        outcome.totals.dev_reward = model::Amount{outcome.totals.dev_reward.value() + 1};
    }
}

constexpr executors::speculative::SpeculationFaults kNoValidation{.skips_validation = true,
                                                                  .skips_commit_validation = true};
constexpr executors::speculative::SpeculationFaults kNoCommitValidation{.skips_commit_validation =
                                                                            true};
constexpr executors::speculative::SpeculationFaults kRetriesTwice{.merges_retries_twice = true};
constexpr executors::speculative::SpeculationFaults kNoLastWakeup{.forgets_last_wakeup = true};

}  // namespace

std::vector<Fault> mutant_faults() {
    const auto kState = static_cast<OracleSet>(Oracle::kState);
    const auto kResults = static_cast<OracleSet>(Oracle::kResults);
    const auto kCertificate = static_cast<OracleSet>(Oracle::kCertificate);
    const OracleSet kLost = Oracle::kState | Oracle::kCertificate;
    return {
        {.name = "no-validation",
         .source = "incident 1, table 5",
         .breaks = "attempts are taken without looking at what they read",
         .chain = "one_name",
         .expected = kResults,
         .transaction = 1,
         .needs_schedule = true,
         .speculation = &kNoValidation},
        {.name = "no-validation-silent",
         .source = "incident 2, table 7",
         .breaks = "as before, where the wrong read has the right value",
         .chain = "two_pay_a_new_account",
         .expected = kCertificate,
         .transaction = 1,
         .needs_schedule = true,
         .speculation = &kNoValidation},
        {.name = "no-commit-validation",
         .source = "table 1",
         .breaks = "an attempt counts as done before its last validation",
         .chain = "one_name",
         .expected = kResults,
         .transaction = 1,
         .needs_schedule = true,
         .speculation = &kNoCommitValidation},
        {.name = "retry-applied-twice",
         .source = "incident 7, table 11",
         .breaks = "an attempt that was tried again joins the block twice",
         .chain = "two_pay_a_new_account",
         .expected = kLost,
         .transaction = 1,
         .needs_schedule = true,
         .speculation = &kRetriesTwice},
        {.name = "last-wakeup-lost",
         .source = "incident 28",
         .breaks = "who waits for the block's end is not told",
         .chain = "chain_of_one_sender",
         .expected = static_cast<OracleSet>(Oracle::kWatchdog),
         .needs_schedule = true,
         .speculation = &kNoLastWakeup},
        {.name = "nonce-from-before-the-block",
         .source = "table 14",
         .breaks = "nonces are compared with the state before the block",
         .chain = "two_spends",
         .expected = kResults,
         .transaction = 1,
         .hooks = {.read_value = account_before_the_block}},
        {.name = "multisig-from-before-the-block",
         .source = "table 15",
         .breaks = "a set-up made in the same block is not seen",
         .chain = "multisig_on_then_pay",
         .expected = kResults,
         .transaction = 1,
         .hooks = {.read_value = multisig_before_the_block}},
        {.name = "lucky-stale-read",
         .source = "table 7",
         .breaks = "a stale read whose value is right",
         .chain = "multisig_same_again",
         .expected = kCertificate,
         .transaction = 1,
         .hooks = {.read_value = lucky_stale_read}},
        {.name = "torn-read",
         .source = "incident 10",
         .breaks = "a version's number with another version's value",
         .chain = "two_spends",
         .expected = kCertificate,
         .transaction = 1,
         .hooks = {.read_amount = torn_read}},
        {.name = "rows-of-an-earlier-block",
         .source = "incidents 3 and 15, table 9",
         .breaks = "a cache is not renewed between blocks",
         .chain = "paid_then_spends",
         .expected = kCertificate,
         .transaction = 0,
         .hooks = {.read_amount = rows_of_an_earlier_block}},
        {.name = "only-tos-is-checked",
         .source = "incident 6",
         .breaks = "one limit is checked for all",
         .chain = "gold_overspend",
         .expected = kResults,
         .transaction = 0,
         .hooks = {.read_amount = gold_is_not_checked}},
        {.name = "asset-not-part-of-the-key",
         .source = "incident 11",
         .breaks = "a payment in one asset lands in another",
         .chain = "gold_payment",
         .expected = kLost,
         .transaction = 0,
         .hooks = {.entry = asset_is_not_part_of_the_key, .merged = credit_lands_in_tos}},
        {.name = "repeated-output-lost",
         .source = "incident 12",
         .breaks = "of two payments to one account in one transaction one counts",
         .chain = "two_payments_in_one",
         .expected = kLost,
         .transaction = 0,
         .hooks = {.entry = repeated_output_lost}},
        {.name = "rewritten-row-lost",
         .source = "table 8",
         .breaks = "a row removed and made again stays removed",
         .chain = "multisig_off_then_on",
         .expected = kLost,
         .transaction = 1,
         .hooks = {.entry = second_write_lost}},
        {.name = "credit-twice",
         .source = "table 11, always",
         .breaks = "a credit is applied twice",
         .chain = "pay",
         .expected = kLost,
         .transaction = 0,
         .hooks = {.entry = delta_applied_twice}},
        {.name = "one-workers-count-lost",
         .source = "table 12",
         .breaks = "a part of the burn counter is not added",
         .chain = "burns",
         .expected = kLost,
         .transaction = 1,
         .hooks = {.entry = one_counter_part_lost}},
        {.name = "half-done-is-rolled-back",
         .source = "incident 14",
         .breaks = "a failure leaves nothing where the node leaves something",
         .chain = "half_done_stays",
         .expected = kLost,
         .transaction = 0,
         .hooks = {.entry = rolled_back}},
        {.name = "empty-row-created",
         .source = "incident 9",
         .breaks = "a row of value 0 is created",
         .chain = "pay",
         .expected = kLost,
         .hooks = {.collected = touch_an_empty_row}},
        {.name = "worker-count-in-rows",
         .source = "incident 18",
         .breaks = "what is stored depends on the number of workers",
         .chain = "new_account",
         .expected = kLost,
         .transaction = 0,
         .hooks = {.entry = worker_count_in_rows}},
        {.name = "orphans-out-of-order",
         .source = "incident 16, table 10",
         .breaks = "an order that means nothing is visible",
         .chain = "two_fail",
         .expected = kResults,
         .transaction = kAnyTransaction,
         .hooks = {.collected = orphans_backwards}},
        {.name = "total-differs-alone",
         .source = "table 23, a field of the sums",
         .breaks = "one of the block's sums is wrong, and no row",
         .chain = "pay",
         .expected = kState,
         .hooks = {.collected = total_differs_alone}},
        {.name = "gives-no-outcome",
         .source = "table 19, an executor that fails",
         .breaks = "the executor ends with an error",
         .chain = "pay",
         .expected = static_cast<OracleSet>(Oracle::kWatchdog),
         .hooks = {.gives_up = true}},
        {.name = "overflow-wraps",
         .source = "incident 17",
         .breaks = "two credits that do not fit together wrap",
         .chain = "two_credits_overflow",
         .expected = kResults,
         .transaction = 1,
         .hooks = {.ignores_conflict = only_credits_meet, .merges_unchecked = true}},
        {.name = "fee-rounds-down",
         .source = "table 13",
         .breaks = "the miner gets a rounded fee",
         .chain = "pay",
         .expected = kResults,
         .transaction = 0,
         .hooks = {.step = fee_rounded_down}},
        {.name = "gas-counted-twice",
         .source = "incident 7 for the block's sum",
         .breaks = "a counter is raised twice",
         .chain = "pay",
         .expected = kState,
         .hooks = {.step = gas_counted_twice}},
        {.name = "one-error-for-all",
         .source = "incident 21",
         .breaks = "the reason of a failure is not the first check's",
         .chain = "nonce_twice",
         .expected = kResults,
         .transaction = 1,
         .hooks = {.step = any_failure_is_one}},
        {.name = "failed-is-executed",
         .source = "table 18",
         .breaks = "a failed transaction is reported as executed",
         .chain = "overspend",
         .expected = kResults,
         .transaction = 0,
         .hooks = {.merged = failed_is_executed}},
        {.name = "block-code-is-general",
         .source = "table 23, the block's code",
         .breaks = "a rejected block does not say why",
         .chain = "both_fail_rejected",
         .expected = kResults,
         .transaction = kNoTransactionNamed,
         .hooks = {.collected = block_code_is_general}},
        {.name = "first-error-in-time",
         .source = "incident 5",
         .breaks = "the failure that came first in time rejects the block",
         .chain = "both_fail_rejected",
         .expected = kResults,
         .transaction = 0,
         .needs_schedule = true,
         .hooks = {.step = note_first_failure, .collected = first_failure_rejects}},
        {.name = "epilogue-before-drain",
         .source = "incident 4, table 2",
         .breaks = "rewards are paid before all workers are done",
         .chain = "two_pairs",
         .expected = kState,
         .needs_schedule = true,
         .hooks = {.step = sum_fees_on_workers, .collected = pay_too_early}},
        {.name = "epilogue-did-not-wait",
         .source = "incident 4, with the right sum",
         .breaks = "rewards are paid too early, and are right by luck",
         .chain = "two_pairs",
         .expected = kCertificate,
         .transaction = 1,
         .hooks = {.collected = epilogue_did_not_wait}},
        {.name = "sum-without-a-lock",
         .source = "table 12, as a race",
         .breaks = "two workers raise one counter, one of them is lost",
         .chain = "two_pairs",
         .expected = kState,
         .needs_schedule = true,
         .hooks = {.step = race_for_the_sum, .collected = take_the_raced_sum}},
        {.name = "writes-past-the-log",
         .source = "table 19",
         .breaks = "effects are not recorded",
         .chain = "pay",
         .expected = kCertificate,
         .hooks = {.collected = write_past_the_log}},
        {.name = "depends-on-earlier-runs",
         .source = "table 10, over runs",
         .breaks = "the second run of a block gives something else",
         .chain = "two_pairs",
         .expected = static_cast<OracleSet>(Oracle::kRepeats),
         .needs_schedule = true,
         .hooks = {.collected = uses_its_own_runs}},
    };
}

}  // namespace parallax::testbed
