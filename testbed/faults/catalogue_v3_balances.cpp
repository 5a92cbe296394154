/// The bugs of the chain's own parallel engine (V3), as far as an executor of this tree can have
/// them. The chain's rules have moved since: what is received in a block cannot be spent in it, so
/// bugs about spending it are mirrored, and say so.

#include "testbed/faults/catalogue_parts.hpp"

#include <algorithm>
#include <limits>

namespace parallax::testbed {
namespace {

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();

using Entry = protocol::TransactionState::Entry;

bool is_account(const Entry& entry) {
    return entry.key.family == model::Family::kAccount;
}

// ---- A. Admission ----

/// Codes of checks that need no state.
bool is_of_form(model::ErrorCode code) {
    switch (code) {
        case model::ErrorCode::kInvalidFormat:
        case model::ErrorCode::kInvalidVersion:
        case model::ErrorCode::kInvalidType:
        case model::ErrorCode::kInvalidAmount:
        case model::ErrorCode::kInvalidAddress:
        case model::ErrorCode::kInvalidPayload:
        case model::ErrorCode::kSelfOperation:
        case model::ErrorCode::kInsufficientFee:
            return true;
        default:
            return false;
    }
}

protocol::RuleResult run_without_checks(FaultScene& scene, protocol::TransactionState& state,
                                        model::TxIndex index) {
    const protocol::RuleResult checked = scene.rules->protocol.execute(state, index, *scene.rules);
    if (checked.status != model::TransactionStatus::kFailed || checked.has_effects ||
        !is_of_form(checked.code) || !scene.is_e1()) {
        return checked;
    }
    state.reset(index.value());
    const protocol::RuleResult applied = tos::e1::apply_transaction(state, index, scene.e1_rules());
    if (applied.status == model::TransactionStatus::kExecuted) {
        state.put(
            model::executed_transaction_key(scene.rules->block.transactions()[index.value()].hash),
            model::ExecutedRecord{scene.rules->block.execution_topoheight()});
    }
    return applied;
}

void forward_nonce_fits(FaultScene& scene, std::uint32_t i, const model::StateKey& key,
                        protocol::VisibleValue& out) {
    if (key == model::account_key(scene.source(i)) && out.value &&
        scene.transaction(i).nonce > std::get<model::AccountRecord>(*out.value).nonce) {
        std::get<model::AccountRecord>(*out.value).nonce = scene.transaction(i).nonce;
    }
}

void enough_for_all(FaultScene& scene, std::uint32_t i, const model::StateKey& key,
                    protocol::VisibleAmount& out) {
    if (scene.is_source_balance(i, key) && out.stored) {
        out.stored = out.spendable = model::Amount{kMost / 2};
    }
}
/// The subtraction stops at zero.
void floor_at_zero(FaultScene&, std::uint32_t, Entry& entry) {
    if (entry.output_written) {
        const std::uint64_t held = entry.base_amount.stored.value_or(model::Amount{0}).value() -
                                   entry.base_amount.outputs.value();
        entry.outputs = std::min(entry.outputs, model::Amount{held});
        entry.spendable = model::Amount{held - entry.outputs.value()};
    }
}

void no_multisig(FaultScene&, std::uint32_t, const model::StateKey& key,
                 protocol::VisibleValue& out) {
    if (key.family == model::Family::kMultisig) {
        out.value.reset();
    }
}

// ---- B. Balances ----

void fee_is_free(FaultScene& scene, std::uint32_t i, Entry& entry) {
    if (entry.output_written &&
        entry.key == model::balance_key(scene.source(i), model::kTosAsset)) {
        entry.outputs = model::Amount{entry.outputs.value() - scene.transaction(i).fee.value()};
    }
}

void zero_filled_cache(FaultScene& scene, std::uint32_t i, const model::StateKey& key,
                       protocol::VisibleAmount& out) {
    if (scene.is_source_balance(i, key)) {
        out = {};
        out.stored = model::Amount{0};
    }
}
void merge_invented_zero(FaultScene& scene, protocol::BlockState& state,
                         const protocol::TransactionState& transaction,
                         protocol::RuleResult& result, bool) {
    if (result.status == model::TransactionStatus::kFailed) {
        const std::uint32_t i = transaction.transaction();
        const model::StateKey key = model::balance_key(scene.source(i), model::kTosAsset);
        protocol::VisibleAmount now;
        if (state.read_amount(key, now).ok() && now.stored) {
            add_effect(state, i, key, model::Amount{0}, *now.stored);
        }
    }
}

void credit_from_zero(FaultScene&, std::uint32_t, Entry& entry) {
    if (entry.credited && entry.key.family == model::Family::kBalance) {
        entry.output_written = true;
        entry.outputs = model::Amount{entry.outputs.value() +
                                      entry.base_amount.stored.value_or(model::Amount{0}).value()};
    }
}

void receipts_can_be_spent(FaultScene& scene, std::uint32_t i, const model::StateKey& key,
                           protocol::VisibleAmount& out) {
    if (scene.is_source_balance(i, key)) {
        const model::Amount own =
            out.spendable ? *out.spendable : out.stored.value_or(model::Amount{0});
        out.spendable = model::Amount{own.value() + out.received.value()};
    }
}

void note_both_sides(FaultScene& scene, std::uint32_t, Entry& entry) {
    if (entry.key.family == model::Family::kBalance) {
        base::MutexLock lock(scene.mutex);
        if (entry.credited) {
            scene.amounts[entry.key] += entry.received.value();
        }
        if (entry.output_written) {
            scene.other_amounts[entry.key] += entry.outputs.value();
        }
    }
}
/// The second of the two collected values, the bare receipts, lands.
void last_value_wins(FaultScene& scene, model::BlockOutcome& outcome) {
    base::MutexLock lock(scene.mutex);
    for (const auto& [key, received] : scene.amounts) {
        model::DeltaEntry* entry = find_entry(outcome, key);
        if (entry != nullptr && scene.other_amounts.contains(key)) {
            entry->after = model::AmountRecord{model::Amount{received}};
        }
    }
}

void fee_stays_paid(FaultScene& scene, protocol::BlockState& state,
                    const protocol::TransactionState& transaction, protocol::RuleResult& result,
                    bool kept) {
    if (result.status == model::TransactionStatus::kFailed && !kept) {
        const std::uint32_t i = transaction.transaction();
        add_effect(state, i, model::balance_key(scene.source(i), model::kTosAsset),
                   model::Amount{0}, scene.transaction(i).fee);
    }
}

void no_debit(FaultScene& scene, std::uint32_t i, Entry& entry) {
    if (entry.output_written && scene.is_source_balance(i, entry.key)) {
        entry.outputs = model::Amount{0};
        entry.output_written = entry.credited;
    }
}

void base_from_storage(FaultScene& scene, std::uint32_t i, const model::StateKey& key,
                       protocol::VisibleAmount& out) {
    if (scene.is_source_balance(i, key)) {
        out.spendable.reset();
        out.spend_writer = model::kPreState;
    }
}
/// Each commit writes its own result over the one before: only the last debit is left.
void debits_overwrite(FaultScene& scene, std::uint32_t i, Entry& entry) {
    if (entry.output_written && scene.is_source_balance(i, entry.key)) {
        entry.outputs = model::Amount{entry.outputs.value() -
                                      entry.base_amount.outputs.value()};  // may wrap: so be it
    }
}

void base_from_the_first_view(FaultScene& scene, std::uint32_t i, const model::StateKey& key,
                              protocol::VisibleAmount& out) {
    if (scene.is_source_balance(i, key) && out.stored) {
        base::MutexLock lock(scene.mutex);
        const auto [known, is_new] = scene.remembered.try_emplace(key, out.stored->value());
        out.stored = model::Amount{known->second};
    }
}
/// What was checked against is stored as if it were the balance.
void old_base_is_stored(FaultScene& scene, std::uint32_t i, Entry& entry) {
    if (!entry.output_written || !scene.is_source_balance(i, entry.key)) {
        return;
    }
    base::MutexLock lock(scene.mutex);
    const auto known = scene.remembered.find(entry.key);
    if (known != scene.remembered.end()) {
        const std::uint64_t now = entry.base_amount.stored.value_or(model::Amount{0}).value();
        entry.outputs = model::Amount{entry.outputs.value() + now - known->second};
    }
}

void nonce_not_loaded(FaultScene& scene, std::uint32_t i, Entry& entry) {
    if (is_account(entry) && entry.key == model::account_key(scene.source(i))) {
        drop_entry(entry);
    }
}

void zero_is_no_change(FaultScene&, model::BlockOutcome& outcome) {
    std::erase_if(outcome.delta.entries, [](const model::DeltaEntry& entry) {
        const auto* after = entry.after ? std::get_if<model::AmountRecord>(&*entry.after) : nullptr;
        return after != nullptr && after->amount == model::Amount{0};
    });
}

void room_for_any_credit(FaultScene& scene, std::uint32_t i, const model::StateKey& key,
                         protocol::VisibleAmount& out) {
    if (!model::is_transaction(i) || scene.is_source_balance(i, key) || !out.stored) {
        return;
    }
    const auto* payload = std::get_if<tos::e1::TransfersPayload>(&scene.transaction(i).payload);
    const bool is_paid =
        payload != nullptr &&
        std::any_of(payload->transfers.begin(), payload->transfers.end(),
                    [&](const tos::e1::Transfer& one) {
                        return model::balance_key(one.destination, one.asset) == key;
                    });
    if (is_paid) {
        out.stored = model::Amount{0};
        out.received = model::Amount{0};
    }
}
void credit_saturates(FaultScene&, std::uint32_t, Entry& entry) {
    if (entry.credited) {
        const std::uint64_t room = kMost -
                                   entry.base_amount.stored.value_or(model::Amount{0}).value() -
                                   entry.base_amount.received.value();
        entry.received = std::min(entry.received, model::Amount{room});
    }
}

}  // namespace

std::vector<Fault> v3_admission_and_balance_faults() {
    const auto kState = static_cast<OracleSet>(Oracle::kState);
    const auto kResults = static_cast<OracleSet>(Oracle::kResults);
    const OracleSet kLost = Oracle::kState | Oracle::kCertificate;
    const OracleSet kCoins = Oracle::kState | Oracle::kInvariants;
    return {
        {.name = "signature-not-checked",
         .source = "V3-01",
         .core = true,
         .breaks = "signatures are taken as valid",
         .chain = "bad_signature",
         .expected = kResults,
         .transaction = 0,
         .hooks = {.skips_signatures = true}},
        {.name = "format-rules-skipped",
         .source = "V3-02",
         .core = true,
         .breaks = "checks that need no state do not run",
         .chain = "malformed",
         .expected = kResults,
         .transaction = 0,
         .hooks = {.step = run_without_checks}},
        {.name = "nonce-not-compared",
         .source = "V3-03",
         .core = true,
         .breaks = "any nonce is the next one",
         .chain = "nonce_twice",
         .expected = kResults,
         .transaction = 1,
         .hooks = {.read_value = take_any_nonce}},
        {.name = "nonce-may-jump",
         .source = "V3-04",
         .core = true,
         .breaks = "a nonce may jump forward",
         .chain = "nonce_jump",
         .expected = kResults,
         .transaction = 0,
         .hooks = {.read_value = forward_nonce_fits}},
        {.name = "funds-not-checked",
         .source = "V3-05",
         .core = true,
         .breaks = "debits are not compared with the balance and stop at zero",
         .chain = "overspend",
         .expected = kResults,
         .transaction = 0,
         .hooks = {.read_amount = enough_for_all, .entry = floor_at_zero}},
        {.name = "cosignatures-not-required",
         .source = "V3-06",
         .core = true,
         .breaks = "every account is read as one without co-signers",
         .chain = "multisig_payer",
         .expected = kResults,
         .transaction = 0,
         .hooks = {.read_value = no_multisig}},
        {.name = "fee-not-charged",
         .source = "V3-07",
         .core = true,
         .breaks = "the miner gets a fee that nobody paid",
         .chain = "pay",
         .expected = kCoins,
         .transaction = 0,
         .hooks = {.entry = fee_is_free}},
        {.name = "fee-from-zero-filled-cache",
         .source = "V3-08",
         .core = true,
         .breaks = "a balance not loaded is 0, fails the payer and is stored",
         .chain = "pay",
         .expected = kResults,
         .transaction = 0,
         .hooks = {.read_amount = zero_filled_cache, .merged = merge_invented_zero}},
        {.name = "receiver-overwritten",
         .source = "V3-09",
         .core = true,
         .breaks = "a credit replaces the balance",
         .chain = "pay",
         .expected = kLost,
         .transaction = 0,
         .hooks = {.entry = credit_from_zero}},
        {.name = "receipts-can-be-spent",
         .source = "V3-10, mirrored",
         .core = true,
         .breaks = "one ledger instead of two: what a block pays can be spent in it",
         .chain = "receive_then_spend",
         .expected = kResults,
         .transaction = 1,
         .hooks = {.read_amount = receipts_can_be_spent}},
        {.name = "last-collected-value-wins",
         .source = "V3-11",
         .core = true,
         .breaks = "a row debited and credited is collected twice",
         .chain = "send_and_be_paid",
         .expected = kLost,
         .hooks = {.entry = note_both_sides, .collected = last_value_wins}},
        {.name = "failed-pays-its-fee",
         .source = "V3-12",
         .core = true,
         .breaks = "the fee is taken before the checks and kept",
         .chain = "second_part_fails",
         .expected = kLost,
         .hooks = {.merged = fee_stays_paid}},
        {.name = "sender-never-debited",
         .source = "V3-13",
         .core = true,
         .breaks = "outputs are recorded and not subtracted",
         .chain = "pay",
         .expected = kLost,
         .transaction = 0,
         .hooks = {.entry = no_debit}},
        {.name = "sender-base-from-storage",
         .source = "V3-14",
         .core = true,
         .breaks = "each debit starts from the state before the block",
         .chain = "two_spends",
         .expected = kLost,
         .transaction = 1,
         .hooks = {.read_amount = base_from_storage, .entry = debits_overwrite}},
        {.name = "checked-balance-stored",
         .source = "V3-15, by an older view",
         .core = true,
         .breaks = "the older balance that was checked against is stored",
         .chain = "paid_then_spends",
         .expected = kState,
         .transaction = 0,
         .hooks = {.read_amount = base_from_the_first_view, .entry = old_base_is_stored}},
        {.name = "write-to-unloaded-row-dropped",
         .source = "V3-16",
         .core = true,
         .breaks = "nonces are set before anything loads the sender",
         .chain = "pay",
         .expected = kLost,
         .transaction = 0,
         .hooks = {.entry = nonce_not_loaded}},
        {.name = "change-to-zero-not-seen",
         .source = "V3-17",
         .core = true,
         .breaks = "a row that became 0 is not written",
         .chain = "spend_all",
         .expected = kLost,
         .transaction = 0,
         .hooks = {.collected = zero_is_no_change}},
        {.name = "saturating-credit",
         .source = "V3-18",
         .core = true,
         .breaks = "a credit that does not fit is cut",
         .chain = "credit_overflow",
         .expected = kResults,
         .transaction = 0,
         .hooks = {.read_amount = room_for_any_credit, .entry = credit_saturates}},
    };
}

}  // namespace parallax::testbed
