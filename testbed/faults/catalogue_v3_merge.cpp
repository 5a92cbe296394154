/// The rest of V3: counters, rewards, multisig, gating, results, merging.

#include "testbed/faults/catalogue_parts.hpp"

#include <algorithm>

namespace parallax::testbed {
namespace {

constexpr std::uint64_t kBurnCap = 18'000'000'000'000'000;

using Entry = protocol::TransactionState::Entry;

bool is_account(const Entry& entry) {
    return entry.key.family == model::Family::kAccount;
}

// ---- C. Counters ----

protocol::RuleResult any_burn_counts(FaultScene& scene, protocol::TransactionState& state,
                                     model::TxIndex index) {
    const protocol::RuleResult result = scene.rules->protocol.execute(state, index, *scene.rules);
    const auto* burn = std::get_if<tos::e1::BurnPayload>(&scene.transaction(index.value()).payload);
    if (result.status == model::TransactionStatus::kExecuted && burn != nullptr &&
        burn->asset != model::kTosAsset) {
        state.totals().burned = burn->amount;
        static_cast<void>(
            state.credit(model::counter_key(model::Counter::kBurnedSupply), burn->amount));
    }
    return result;
}

void drop_energy(FaultScene&, std::uint32_t, Entry& entry) {
    if (entry.key.family == model::Family::kEnergy) {
        drop_entry(entry);
    }
}

void failed_uses_the_nonce(FaultScene& scene, protocol::BlockState& state,
                           const protocol::TransactionState& transaction,
                           protocol::RuleResult& result, bool) {
    const std::uint32_t i = transaction.transaction();
    const model::StateKey key = model::account_key(scene.source(i));
    protocol::VisibleValue account;
    if (result.status == model::TransactionStatus::kFailed && state.read_value(key, account).ok() &&
        account.value) {
        auto record = std::get<model::AccountRecord>(*account.value);
        record.nonce = model::next(record.nonce);
        write_value(state, i, key, record);
    }
}

void burn_is_clamped(FaultScene& scene, std::uint32_t, Entry& entry) {
    if (entry.credited && entry.key == model::counter_key(model::Counter::kBurnedSupply)) {
        const std::uint64_t room = kBurnCap - std::min(kBurnCap, scene.sum.load());
        entry.received = std::min(entry.received, model::Amount{room});
        scene.sum += entry.received.value();
    }
}

/// Balances and nonces are in when the burn counter refuses.
void commit_stops_half_way(FaultScene& scene, protocol::BlockState&,
                           const protocol::TransactionState& transaction,
                           protocol::RuleResult& result, bool kept) {
    if (!kept || transaction.totals().burned == model::Amount{0}) {
        return;
    }
    scene.sum += transaction.totals().burned.value();
    if (scene.sum > kBurnCap) {
        result.status = model::TransactionStatus::kFailed;
        result.code = model::ErrorCode::kOverflow;
    }
}

// ---- D. Rewards ----

/// Mirrored: the chain pays the reward after the last transaction.
void reward_comes_first(FaultScene& scene, std::uint32_t i, const model::StateKey& key,
                        protocol::VisibleAmount& out) {
    if (scene.source(i) == scene.miner() &&
        key == model::balance_key(scene.miner(), model::kTosAsset)) {
        const model::Amount own =
            out.spendable ? *out.spendable : out.stored.value_or(model::Amount{0});
        out.spendable = model::Amount{own.value() + model::kCoin};
    }
}

model::DeltaEntry* miner_row(FaultScene& scene, model::BlockOutcome& outcome) {
    return find_entry(outcome, model::balance_key(scene.miner(), model::kTosAsset));
}
void reward_replaces(FaultScene& scene, model::BlockOutcome& outcome) {
    if (model::DeltaEntry* row = miner_row(scene, outcome)) {
        row->after = model::AmountRecord{outcome.totals.miner_reward};
    }
}
void reward_twice(FaultScene& scene, model::BlockOutcome& outcome) {
    if (model::DeltaEntry* row = miner_row(scene, outcome)) {
        auto& amount = std::get<model::AmountRecord>(*row->after).amount;
        amount = model::Amount{amount.value() + outcome.totals.miner_reward.value()};
    }
}
void reward_on_old_balance(FaultScene& scene, model::BlockOutcome& outcome) {
    if (model::DeltaEntry* row = miner_row(scene, outcome)) {
        const auto* before =
            row->before ? std::get_if<model::AmountRecord>(&*row->before) : nullptr;
        const std::uint64_t old = before != nullptr ? before->amount.value() : 0;
        row->after = model::AmountRecord{model::Amount{old + outcome.totals.miner_reward.value()}};
    }
}

// ---- E. Multisig, phantom writes ----

void drop_setup(FaultScene&, std::uint32_t, Entry& entry) {
    if (entry.key.family == model::Family::kMultisig && entry.value) {
        drop_entry(entry);
    }
}
void drop_removal(FaultScene&, std::uint32_t, Entry& entry) {
    if (entry.key.family == model::Family::kMultisig && !entry.value) {
        drop_entry(entry);
    }
}
void removal_is_a_setup(FaultScene&, std::uint32_t, Entry& entry) {
    if (entry.key.family == model::Family::kMultisig && entry.value_written && !entry.value) {
        entry.value = base::Boxed<model::MultisigRecord>(model::MultisigRecord{});
    }
}
void rewrite_what_was_read(FaultScene& scene, model::BlockOutcome& outcome) {
    if (!outcome.access_log) {
        return;
    }
    for (const model::Access& access : outcome.access_log->accesses) {
        const bool is_row = access.key.family == model::Family::kMultisig ||
                            access.key.family == model::Family::kAccount;
        if (is_row && access.kind == model::AccessKind::kRead &&
            find_entry(outcome, access.key) == nullptr) {
            const auto value = scene.before(access.key);
            put_entry(outcome, {access.key, value, value});
        }
    }
}

// ---- F. Gating ----

protocol::RuleResult no_operation(FaultScene& scene, protocol::TransactionState& state,
                                  model::TxIndex index) {
    const tos::e1::Payload& payload = scene.transaction(index.value()).payload;
    if (std::holds_alternative<tos::e1::EnergyPayload>(payload)) {
        return {model::TransactionStatus::kExecuted, model::ErrorCode::kSuccess, true};
    }
    return scene.rules->protocol.execute(state, index, *scene.rules);
}
protocol::RuleResult energy_fee_refused(FaultScene& scene, protocol::TransactionState& state,
                                        model::TxIndex index) {
    if (scene.transaction(index.value()).fee_type == tos::e1::FeeType::kEnergy) {
        return {model::TransactionStatus::kFailed, model::ErrorCode::kInvalidType, false};
    }
    return scene.rules->protocol.execute(state, index, *scene.rules);
}
protocol::RuleResult deploy_refused(FaultScene& scene, protocol::TransactionState& state,
                                    model::TxIndex index) {
    if (std::holds_alternative<tos::e1::DeployContractPayload>(
            scene.transaction(index.value()).payload)) {
        return {model::TransactionStatus::kFailed, model::ErrorCode::kNotImplemented, false};
    }
    return scene.rules->protocol.execute(state, index, *scene.rules);
}
void module_is_cut(FaultScene&, std::uint32_t, Entry& entry) {
    if (entry.key.family == model::Family::kContractModule && entry.value) {
        auto bytes = std::get<base::Boxed<model::BytesRecord>>(*entry.value).get();
        bytes.bytes.pop_back();
        entry.value = base::Boxed<model::BytesRecord>(std::move(bytes));
    }
}

bool is_name(FaultScene& scene, std::uint32_t i) {
    return std::holds_alternative<tos::e1::RegisterNamePayload>(scene.transaction(i).payload);
}
bool is_energy(FaultScene& scene, std::uint32_t i) {
    return std::holds_alternative<tos::e1::EnergyPayload>(scene.transaction(i).payload);
}

// ---- G. Results ----

/// The dead one's result goes to the end, all later ones move up.
void results_shift(FaultScene&, model::BlockOutcome& outcome) {
    auto& results = outcome.results;
    const auto failed = std::find_if(results.begin(), results.end(), [](const auto& result) {
        return result.status == model::TransactionStatus::kFailed;
    });
    if (failed == results.end()) {
        return;
    }
    std::vector<model::Hash> hashes;
    for (const model::TransactionResult& result : results) {
        hashes.push_back(result.hash);
    }
    std::rotate(failed, failed + 1, results.end());
    for (std::size_t i = 0; i < results.size(); ++i) {
        results[i].hash = hashes[i];
    }
}
void short_list(FaultScene&, model::BlockOutcome& outcome) {
    if (outcome.results.size() > 1) {
        outcome.results.pop_back();
    }
}

void never_executed(FaultScene& scene, std::uint32_t i, const model::StateKey& key,
                    protocol::VisibleValue& out) {
    if (key.family == model::Family::kExecutedTransaction) {
        out.value.reset();
    }
    if (model::is_transaction(i) &&
        scene.before(model::executed_transaction_key(scene.rules->block.transactions()[i].hash))) {
        take_any_nonce(scene, i, key, out);
    }
}
/// The bookkeeping is skipped, the effects are in.
void skipped_afterwards(FaultScene& scene, protocol::BlockState&,
                        const protocol::TransactionState& transaction, protocol::RuleResult& result,
                        bool kept) {
    const model::Hash& hash = scene.rules->block.transactions()[transaction.transaction()].hash;
    if (kept && scene.before(model::executed_transaction_key(hash))) {
        result = {model::TransactionStatus::kSkipped, model::ErrorCode::kSuccess, false};
    }
}

void map_order(FaultScene&, model::BlockOutcome& outcome) {
    std::sort(outcome.delta.entries.begin(), outcome.delta.entries.end(),
              [](const model::DeltaEntry& a, const model::DeltaEntry& b) {
                  return model::state_key_internal::mix(a.key) <
                         model::state_key_internal::mix(b.key);
              });
}

/// Checks, lets others run, and then loads over what they have cached.
protocol::RuleResult check_then_load(FaultScene& scene, protocol::TransactionState& state,
                                     model::TxIndex index) {
    const std::uint64_t seen = scene.sum.load();
    scene.pool->yield(executors::runtime::YieldPoint::kRead, 0, index.value());
    const protocol::RuleResult result = scene.rules->protocol.execute(state, index, *scene.rules);
    scene.pool->yield(executors::runtime::YieldPoint::kWrite, 0, index.value());
    scene.sum.store(seen + state.totals().fee.value());
    return result;
}
void cached_fees(FaultScene& scene, model::BlockOutcome& outcome) {
    const std::uint64_t right = outcome.totals.fees.value();
    outcome.totals.fees = model::Amount{std::min(right, scene.sum.load())};
}

// ---- H. Merge and storage ----

void one_topoheight_low(FaultScene&, model::BlockOutcome& outcome) {
    for (model::DeltaEntry& entry : outcome.delta.entries) {
        if (auto* marker =
                entry.after ? std::get_if<model::ExecutedRecord>(&*entry.after) : nullptr) {
            marker->executed_at = model::Topoheight{marker->executed_at.value() - 1};
        }
    }
}
protocol::RuleResult walks_for_ever(FaultScene& scene, protocol::TransactionState& state,
                                    model::TxIndex index) {
    // A walk over versions of which one points at itself.
    while (!scene.cancelled->load(std::memory_order_relaxed)) {
        scene.pool->yield(executors::runtime::YieldPoint::kRead, 0, index.value());
    }
    return scene.rules->protocol.execute(state, index, *scene.rules);
}
void registration_is_lost(FaultScene& scene, std::uint32_t i, Entry& entry) {
    if (is_account(entry) && entry.value && entry.key == model::account_key(scene.source(i))) {
        std::get<model::AccountRecord>(*entry.value).registered_at = model::Topoheight{0};
    }
}
void not_registered(FaultScene& scene, std::uint32_t i, Entry& entry) {
    if (is_account(entry) && model::is_transaction(i) &&
        entry.key != model::account_key(scene.source(i))) {
        drop_entry(entry);
    }
}
protocol::RuleResult unknown_receiver_fails(FaultScene& scene, protocol::TransactionState& state,
                                            model::TxIndex index) {
    const tos::e1::Payload& payload = scene.transaction(index.value()).payload;
    if (const auto* transfers = std::get_if<tos::e1::TransfersPayload>(&payload)) {
        for (const tos::e1::Transfer& transfer : transfers->transfers) {
            if (!state.exists(model::account_key(transfer.destination))) {
                state.reset(index.value());
                return {model::TransactionStatus::kFailed, model::ErrorCode::kAccountNotFound,
                        false};
            }
        }
    }
    return scene.rules->protocol.execute(state, index, *scene.rules);
}

}  // namespace

std::vector<Fault> v3_merge_faults() {
    const auto kState = static_cast<OracleSet>(Oracle::kState);
    const auto kResults = static_cast<OracleSet>(Oracle::kResults);
    const OracleSet kLost = Oracle::kState | Oracle::kCertificate;
    return {
        {.name = "any-burn-counts",
         .source = "V3-19",
         .core = true,
         .breaks = "burns of any asset count as burned supply",
         .chain = "burns",
         .expected = kResults,
         .transaction = 0,
         .hooks = {.step = any_burn_counts}},
        {.name = "energy-fee-is-free",
         .source = "V3-20",
         .core = true,
         .breaks = "an energy fee takes no energy",
         .chain = "energy_fee",
         .expected = kLost,
         .transaction = 0,
         .hooks = {.entry = drop_energy}},
        {.name = "failed-uses-its-nonce",
         .source = "V3-21",
         .core = true,
         .breaks = "the nonce is written before the checks end",
         .chain = "one_of_four_fails",
         .expected = kLost,
         .hooks = {.merged = failed_uses_the_nonce}},
        {.name = "burned-supply-clamped",
         .source = "V3-22",
         .core = true,
         .breaks = "the burn counter stops at a cap",
         .chain = "burn_cap",
         .expected = kLost,
         .hooks = {.entry = burn_is_clamped}},
        {.name = "commit-aborts-half-way",
         .source = "V3-23",
         .core = true,
         .breaks = "the burn counter refuses after balances and nonces are in",
         .chain = "burn_cap",
         .expected = kResults,
         .transaction = 0,
         .hooks = {.merged = commit_stops_half_way}},
        {.name = "reward-comes-first",
         .source = "V3-24, mirrored",
         .core = true,
         .breaks = "the miner spends the reward in its own block",
         .chain = "miner_spends",
         .expected = kResults,
         .transaction = 0,
         .hooks = {.read_amount = reward_comes_first}},
        {.name = "reward-replaces-balance",
         .source = "V3-25",
         .core = true,
         .breaks = "the miner's balance is the reward",
         .chain = "miner_is_paid",
         .expected = kLost,
         .hooks = {.collected = reward_replaces}},
        {.name = "reward-twice",
         .source = "V3-26",
         .core = true,
         .breaks = "the reward is applied twice",
         .chain = "miner_is_paid",
         .expected = kLost,
         .hooks = {.collected = reward_twice}},
        {.name = "miner-snapshot-before-merge",
         .source = "V3-27",
         .core = true,
         .breaks = "the reward is added to the balance before the block",
         .chain = "miner_is_paid",
         .expected = kLost,
         .hooks = {.collected = reward_on_old_balance}},
        {.name = "multisig-setup-not-merged",
         .source = "V3-28",
         .core = true,
         .breaks = "a set-up is executed and not written",
         .chain = "multisig_on",
         .expected = kLost,
         .transaction = 0,
         .hooks = {.entry = drop_setup}},
        {.name = "multisig-removal-lost",
         .source = "V3-29",
         .core = true,
         .breaks = "a removal is executed and not written",
         .chain = "multisig_off",
         .expected = kLost,
         .transaction = 0,
         .hooks = {.entry = drop_removal}},
        {.name = "multisig-removal-is-a-setup",
         .source = "V3-30",
         .breaks = "a removal is stored as an empty set-up",
         .chain = "multisig_off",
         .expected = kLost,
         .transaction = 0,
         .hooks = {.entry = removal_is_a_setup}},
        {.name = "untouched-rows-rewritten",
         .source = "V3-31",
         .core = true,
         .breaks = "what was only read is written with its own value",
         .chain = "pay",
         .expected = kLost,
         .hooks = {.collected = rewrite_what_was_read}},
        {.name = "type-succeeds-and-does-nothing",
         .source = "V3-32",
         .core = true,
         .breaks = "energy transactions are executed without effects",
         .chain = "freeze",
         .expected = kState,
         .transaction = 0,
         .hooks = {.step = no_operation}},
        {.name = "energy-fee-refused",
         .source = "V3-33",
         .core = true,
         .breaks = "the gate looks at the type and not at the fee",
         .chain = "energy_fee",
         .expected = kResults,
         .transaction = 0,
         .hooks = {.step = energy_fee_refused}},
        {.name = "deploy-refused",
         .source = "V3-34",
         .breaks = "deployments are let in and then refused",
         .chain = "deploy",
         .expected = kResults,
         .transaction = 0,
         .hooks = {.step = deploy_refused}},
        {.name = "module-loses-its-end",
         .source = "V3-35, for the stored module",
         .breaks = "a contract is stored without a part of it",
         .chain = "deploy",
         .expected = kLost,
         .transaction = 0,
         .hooks = {.entry = module_is_cut}},
        {.name = "name-is-no-conflict-key",
         .source = "V3-38, for names",
         .core = true,
         .breaks = "two registrations of one name run together",
         .chain = "one_name",
         .expected = kResults,
         .transaction = 1,
         .hooks = {.ignores_conflict = is_name}},
        {.name = "shared-row-is-no-conflict-key",
         .source = "V3-39, for delegated energy",
         .breaks = "two delegations to one account run together",
         .chain = "delegate_to_one",
         .expected = kLost,
         .transaction = 1,
         .hooks = {.ignores_conflict = is_energy}},
        {.name = "energy-not-merged",
         .source = "V3-41",
         .breaks = "changes of energy are computed and not merged",
         .chain = "freeze",
         .expected = kLost,
         .transaction = 0,
         .hooks = {.entry = drop_energy}},
        {.name = "results-shift",
         .source = "V3-42",
         .core = true,
         .breaks = "a dead task's result is sorted last",
         .chain = "one_of_four_fails",
         .expected = kResults,
         .transaction = 2,
         .hooks = {.collected = results_shift}},
        {.name = "short-result-list",
         .source = "V3-43",
         .breaks = "the last result is not there",
         .chain = "two_pairs",
         .expected = kResults,
         .transaction = 1,
         .hooks = {.collected = short_list}},
        {.name = "executed-test-comes-late",
         .source = "V3-44",
         .core = true,
         .breaks = "a transaction of an earlier block runs again and is then skipped",
         .chain = "executed_before",
         .expected = kState,
         .hooks = {.read_value = never_executed, .merged = skipped_afterwards}},
        {.name = "merge-in-map-order",
         .source = "V3-45",
         .core = true,
         .breaks = "rows are written in the order of a hash map",
         .chain = "pay",
         .expected = kState,
         .hooks = {.collected = map_order}},
        {.name = "check-then-load",
         .source = "V3-47",
         .breaks = "two tasks load one cached sum, the later load loses the earlier change",
         .chain = "two_pairs",
         .expected = kState,
         .needs_schedule = true,
         .hooks = {.step = check_then_load, .collected = cached_fees}},
        {.name = "wrong-topoheight",
         .source = "V3-48",
         .core = true,
         .breaks = "the merge writes one topoheight too low",
         .chain = "pay",
         .expected = kLost,
         .transaction = 0,
         .hooks = {.collected = one_topoheight_low}},
        {.name = "version-points-at-itself",
         .source = "V3-49, as an endless walk",
         .core = true,
         .breaks = "a search through versions does not end",
         .chain = "two_pairs",
         .expected = static_cast<OracleSet>(Oracle::kWatchdog),
         .needs_schedule = true,
         .hooks = {.step = walks_for_ever}},
        {.name = "row-metadata-lost",
         .source = "V3-50, for registration",
         .core = true,
         .breaks = "a merged account forgets when it was registered",
         .chain = "pay",
         .expected = kLost,
         .transaction = 0,
         .hooks = {.entry = registration_is_lost}},
        {.name = "new-account-not-registered",
         .source = "V3-51",
         .breaks = "a balance without an account",
         .chain = "new_account",
         .expected = kLost,
         .transaction = 0,
         .hooks = {.entry = not_registered}},
        {.name = "unknown-receiver-fails",
         .source = "V3-52",
         .breaks = "an account not known yet is an error",
         .chain = "new_account",
         .expected = kResults,
         .transaction = 0,
         .hooks = {.step = unknown_receiver_fails}},
    };
}

}  // namespace parallax::testbed
