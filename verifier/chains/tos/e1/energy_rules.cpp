#include "verifier/chains/tos/e1/energy_rules.hpp"

#include "absl/container/flat_hash_set.h"

#include <algorithm>
#include <limits>

namespace parallax::tos::e1 {

namespace {

constexpr std::uint64_t kMaximum = std::numeric_limits<std::uint64_t>::max();

std::uint64_t add_or_maximum(std::uint64_t a, std::uint64_t b) noexcept {
    return model::saturating_add(model::Amount{a}, model::Amount{b}).value();
}

std::uint64_t subtract_or_zero(std::uint64_t a, std::uint64_t b) noexcept {
    return model::saturating_sub(model::Amount{a}, model::Amount{b}).value();
}

bool add_to(std::uint64_t& sum, std::uint64_t value) noexcept {
    const auto total = model::checked_add(model::Amount{sum}, model::Amount{value});
    sum = total ? total->value() : sum;
    return total.has_value();
}

std::optional<std::uint64_t> multiply(std::uint64_t a, std::uint64_t b) noexcept {
    if (a != 0 && b > kMaximum / a) {
        return std::nullopt;
    }
    return a * b;
}

/// Energy of `whole` TOS frozen for `days`.
std::optional<std::uint64_t> energy_of(std::uint64_t whole, std::uint32_t days) noexcept {
    return multiply(whole, kEnergyPerTosPerDay * days);
}

/// floor(energy * part / whole); `part` < `whole`, so the result fits.
std::uint64_t proportional(std::uint64_t energy, std::uint64_t part, std::uint64_t whole) noexcept {
    __extension__ using Wide = unsigned __int128;
    return static_cast<std::uint64_t>(static_cast<Wide>(energy) * part / whole);
}

model::Topoheight after(model::Topoheight now, std::uint64_t days,
                        std::uint64_t blocks_per_day) noexcept {
    return model::Topoheight{
        add_or_maximum(now.value(), multiply(days, blocks_per_day).value_or(kMaximum))};
}

model::ErrorCode check_amount(model::Amount amount) noexcept {
    const bool valid = amount.value() >= model::kCoin && amount.value() % model::kCoin == 0;
    return valid ? model::ErrorCode::kSuccess : model::ErrorCode::kInvalidAmount;
}

EnergyEffects failed(model::ErrorCode code) {
    EnergyEffects effects;
    effects.code = code;
    return effects;
}

std::size_t record_count(const model::EnergyRecord& record) noexcept {
    return record.self_records.size() + record.delegations.size();
}

model::FreezeRecord* find_same_days(model::EnergyRecord& record, std::uint32_t days) noexcept {
    const auto found =
        std::find_if(record.self_records.begin(), record.self_records.end(),
                     [days](const model::FreezeRecord& self) { return self.days == days; });
    return found == record.self_records.end() ? nullptr : &*found;
}

void merge_or_append(model::EnergyRecord& record, const model::FreezeRecord& added) {
    model::FreezeRecord* const same = find_same_days(record, added.days);
    if (same == nullptr) {
        record.self_records.push_back(added);
        return;
    }
    same->amount = add_or_maximum(same->amount, added.amount);
    same->energy = add_or_maximum(same->energy, added.energy);
    same->unlock_at = std::max(same->unlock_at, added.unlock_at);
}

/// Step 3 of the recycling: takes `recycle` whole TOS out of the expired records, in list order.
/// Returns the energy that goes with them.
std::uint64_t consume_expired(model::EnergyRecord& record, std::uint64_t recycle,
                              model::Topoheight now) {
    std::uint64_t energy = 0;
    std::vector<model::FreezeRecord> kept;
    kept.reserve(record.self_records.size());
    for (model::FreezeRecord& self : record.self_records) {
        if (recycle == 0 || now < self.unlock_at) {
            kept.push_back(self);
            continue;
        }
        const std::uint64_t used = std::min(recycle, self.amount);
        recycle -= used;
        if (used == self.amount) {
            energy = add_or_maximum(energy, self.energy);
            continue;
        }
        const std::uint64_t part = proportional(self.energy, used, self.amount);
        energy = add_or_maximum(energy, part);
        self.amount -= used;
        self.energy -= part;
        kept.push_back(self);
    }
    record.self_records = std::move(kept);
    return energy;
}

/// Full records to remove and the partial one to cut, by index into the list as it is now.
struct SelfSelection {
    model::ErrorCode code = model::ErrorCode::kSuccess;
    std::vector<std::size_t> full;
    std::optional<std::size_t> partial;
    std::uint64_t partial_amount = 0;
    std::uint64_t partial_energy = 0;
};

void select(SelfSelection& selection, const model::EnergyRecord& record, std::size_t index,
            std::uint64_t amount) {
    const model::FreezeRecord& self = record.self_records[index];
    if (amount == self.amount) {
        selection.full.push_back(index);
        return;
    }
    selection.partial = index;
    selection.partial_amount = amount;
    selection.partial_energy = proportional(self.energy, amount, self.amount);
}

SelfSelection select_indexed(const model::EnergyRecord& record, std::uint64_t whole,
                             std::size_t index, model::Topoheight now) {
    SelfSelection selection;
    if (index >= record.self_records.size()) {
        selection.code = model::ErrorCode::kInvalidPayload;
    } else if (now < record.self_records[index].unlock_at ||
               record.self_records[index].amount < whole) {
        selection.code = model::ErrorCode::kUnknown;
    } else {
        select(selection, record, index, whole);
    }
    return selection;
}

SelfSelection select_unlocked(const model::EnergyRecord& record, std::uint64_t whole,
                              model::Topoheight now) {
    SelfSelection selection;
    std::uint64_t rest = whole;
    for (std::size_t i = 0; i < record.self_records.size() && rest > 0; ++i) {
        if (now >= record.self_records[i].unlock_at) {
            const std::uint64_t amount = std::min(rest, record.self_records[i].amount);
            select(selection, record, i, amount);
            rest -= amount;
        }
    }
    if (rest > 0) {
        selection.code = model::ErrorCode::kUnknown;
    }
    return selection;
}

/// Quirk Q8: the node removes the full records first and then cuts the partial one by the index it
/// had before, so a full record in front of it makes the node cut a later record. We do the same.
/// Past the list's end the node panics; there is no state to reproduce, so that is kUnknown.
model::ErrorCode apply_selection(model::EnergyRecord& record, const SelfSelection& selection) {
    for (auto index = selection.full.rbegin(); index != selection.full.rend(); ++index) {
        record.self_records.erase(record.self_records.begin() +
                                  static_cast<std::ptrdiff_t>(*index));
    }
    if (!selection.partial) {
        return model::ErrorCode::kSuccess;
    }
    if (*selection.partial >= record.self_records.size()) {
        return model::ErrorCode::kUnknown;
    }
    model::FreezeRecord& cut = record.self_records[*selection.partial];
    cut.amount = subtract_or_zero(cut.amount, selection.partial_amount);
    cut.energy = subtract_or_zero(cut.energy, selection.partial_energy);
    return model::ErrorCode::kSuccess;
}

model::ErrorCode unfreeze_self(model::EnergyRecord& record, std::uint64_t whole,
                               std::optional<std::uint32_t> index, model::Topoheight now) {
    std::uint64_t frozen = 0;
    for (const model::FreezeRecord& self : record.self_records) {
        frozen = add_or_maximum(frozen, self.amount);
    }
    if (frozen < whole) {
        return model::ErrorCode::kInsufficientFrozen;
    }
    if (record.pending.size() >= kMaxPendingUnfreezes) {
        return model::ErrorCode::kInvalidPayload;
    }
    const SelfSelection selection =
        index ? select_indexed(record, whole, *index, now) : select_unlocked(record, whole, now);
    return selection.code == model::ErrorCode::kSuccess ? apply_selection(record, selection)
                                                        : selection.code;
}

/// Takes `whole` TOS out of one entry of a delegation, which disappears when it is empty.
void shrink_delegation(model::EnergyRecord& record, std::size_t index, std::size_t entry_index,
                       std::uint64_t whole) {
    model::DelegationRecord& delegation = record.delegations[index];
    model::DelegationEntry& entry = delegation.entries[entry_index];
    const std::uint64_t energy =
        std::min(entry.energy, energy_of(whole, delegation.days).value_or(kMaximum));
    entry.amount -= whole;
    entry.energy -= energy;
    delegation.total_amount = subtract_or_zero(delegation.total_amount, whole);
    delegation.total_energy = subtract_or_zero(delegation.total_energy, energy);
    if (entry.amount == 0) {
        delegation.total_energy = subtract_or_zero(delegation.total_energy, entry.energy);
        delegation.entries.erase(delegation.entries.begin() +
                                 static_cast<std::ptrdiff_t>(entry_index));
    }
    if (delegation.entries.empty()) {
        record.delegations.erase(record.delegations.begin() + static_cast<std::ptrdiff_t>(index));
    }
}

model::ErrorCode unfreeze_delegated(model::EnergyRecord& record, std::uint64_t whole,
                                    const EnergyUnfreeze& unfreeze, model::Topoheight now) {
    const bool index_missing = !unfreeze.record_index && record.delegations.size() > 1;
    const std::size_t index = unfreeze.record_index.value_or(0);
    if (record.pending.size() >= kMaxPendingUnfreezes || index_missing ||
        index >= record.delegations.size()) {
        return model::ErrorCode::kInvalidPayload;
    }
    const model::DelegationRecord& delegation = record.delegations[index];
    if (!unfreeze.delegatee && delegation.entries.size() > 1) {
        return model::ErrorCode::kInvalidPayload;
    }
    if (now < delegation.unlock_at) {
        return model::ErrorCode::kUnknown;
    }
    const auto entry =
        std::find_if(delegation.entries.begin(), delegation.entries.end(),
                     [&](const model::DelegationEntry& candidate) {
                         return !unfreeze.delegatee || candidate.delegatee == *unfreeze.delegatee;
                     });
    if (entry == delegation.entries.end()) {
        return model::ErrorCode::kInvalidPayload;
    }
    if (entry->amount < whole) {
        return model::ErrorCode::kUnknown;
    }
    shrink_delegation(record, index, static_cast<std::size_t>(entry - delegation.entries.begin()),
                      whole);
    return model::ErrorCode::kSuccess;
}

model::ErrorCode check_delegatees(protocol::TransactionState& state, const model::PublicKey& source,
                                  const EnergyDelegate& delegate) {
    if (delegate.delegatees.empty()) {
        return model::ErrorCode::kInvalidPayload;
    }
    absl::flat_hash_set<model::PublicKey> seen;
    for (const EnergyDelegatee& entry : delegate.delegatees) {
        if (const model::ErrorCode code = check_amount(entry.amount);
            code != model::ErrorCode::kSuccess) {
            return code;
        }
        if (!seen.insert(entry.delegatee).second) {
            return model::ErrorCode::kInvalidPayload;
        }
        if (entry.delegatee == source) {
            return model::ErrorCode::kSelfOperation;
        }
        if (!state.exists(model::account_key(entry.delegatee))) {
            return model::ErrorCode::kAccountNotFound;
        }
    }
    return model::ErrorCode::kSuccess;
}

/// The balance's share of a freeze (5.9, freeze, step 2).
model::Amount freeze_debit(const model::EnergyRecord& record, model::Amount amount,
                           model::Topoheight now) noexcept {
    const auto recycled = multiply(recyclable_tos(record, now), model::kCoin);
    return model::saturating_sub(amount, model::Amount{recycled.value_or(kMaximum)});
}

std::optional<model::Amount> delegate_debit(const EnergyDelegate& delegate) noexcept {
    std::uint64_t sum = 0;
    for (const EnergyDelegatee& entry : delegate.delegatees) {
        if (!add_to(sum, entry.amount.value())) {
            return std::nullopt;
        }
    }
    return model::Amount{sum};
}

std::uint64_t energy_held(protocol::TransactionState& state, const model::PublicKey& account) {
    const auto* record = state.find<model::EnergyRecord>(model::energy_key(account));
    return record != nullptr ? record->energy : 0;
}

}  // namespace

std::uint64_t recyclable_tos(const model::EnergyRecord& record, model::Topoheight now) noexcept {
    std::uint64_t sum = 0;
    for (const model::FreezeRecord& self : record.self_records) {
        if (now >= self.unlock_at) {
            sum = add_or_maximum(sum, self.amount);
        }
    }
    return sum;
}

EnergyEffects freeze_energy(model::EnergyRecord record, const EnergyFreeze& freeze,
                            model::Topoheight now, std::uint64_t blocks_per_day) {
    EnergyEffects effects;
    effects.balance_debit = freeze_debit(record, freeze.amount, now);
    const std::uint64_t whole = freeze.amount.value() / model::kCoin;
    const std::uint64_t recycle = std::min(whole, recyclable_tos(record, now));
    const std::uint64_t fresh = whole - recycle;
    const std::uint64_t recycled_energy = consume_expired(record, recycle, now);
    record.frozen = subtract_or_zero(record.frozen, recycle);
    const auto new_energy = energy_of(fresh, freeze.days);
    if (!new_energy) {
        return failed(model::ErrorCode::kOverflow);
    }
    // The recycled part keeps its own energy, so it may only join a record of `days` if it has
    // exactly what those days would give.
    const bool separate = recycle > 0 && recycled_energy != energy_of(recycle, freeze.days);
    const std::size_t mergeable = find_same_days(record, freeze.days) != nullptr ? 0 : 1;
    const std::size_t slots = separate ? (fresh > 0 ? mergeable + 1 : 1) : mergeable;
    if (record_count(record) + slots > kMaxFreezeRecords) {
        return failed(model::ErrorCode::kInvalidPayload);
    }
    const model::Topoheight unlock_at = after(now, freeze.days, blocks_per_day);
    if (!separate) {
        merge_or_append(record, {whole, freeze.days, now, unlock_at,
                                 add_or_maximum(recycled_energy, *new_energy)});
    } else {
        if (fresh > 0) {
            merge_or_append(record, {fresh, freeze.days, now, unlock_at, *new_energy});
        }
        record.self_records.push_back({recycle, freeze.days, now, unlock_at, recycled_energy});
    }
    if (!add_to(record.frozen, whole) || !add_to(record.energy, *new_energy)) {
        return failed(model::ErrorCode::kOverflow);
    }
    effects.record = std::move(record);
    return effects;
}

EnergyEffects delegate_energy(model::EnergyRecord record, const EnergyDelegate& delegate,
                              model::Topoheight now, std::uint64_t blocks_per_day) {
    if (record_count(record) >= kMaxFreezeRecords) {
        return failed(model::ErrorCode::kInvalidPayload);
    }
    const auto debit = delegate_debit(delegate);
    if (!debit) {
        return failed(model::ErrorCode::kOverflow);
    }
    EnergyEffects effects;
    effects.balance_debit = *debit;
    model::DelegationRecord delegation;
    delegation.days = delegate.days;
    delegation.frozen_at = now;
    delegation.unlock_at = after(now, delegate.days, blocks_per_day);
    for (const EnergyDelegatee& entry : delegate.delegatees) {
        const std::uint64_t whole = entry.amount.value() / model::kCoin;
        const auto energy = energy_of(whole, delegate.days);
        if (!energy || !add_to(delegation.total_amount, whole) ||
            !add_to(delegation.total_energy, *energy)) {
            return failed(model::ErrorCode::kOverflow);
        }
        delegation.entries.push_back({entry.delegatee, whole, *energy});
        effects.delegatee_energy.emplace_back(entry.delegatee, *energy);
    }
    if (!add_to(record.frozen, delegation.total_amount)) {
        return failed(model::ErrorCode::kOverflow);
    }
    record.delegations.push_back(std::move(delegation));
    effects.record = std::move(record);
    return effects;
}

EnergyEffects unfreeze_energy(model::EnergyRecord record, const EnergyUnfreeze& unfreeze,
                              model::Topoheight now, std::uint64_t blocks_per_day) {
    const std::uint64_t whole = unfreeze.amount.value() / model::kCoin;
    const model::ErrorCode code = unfreeze.from_delegation
                                      ? unfreeze_delegated(record, whole, unfreeze, now)
                                      : unfreeze_self(record, whole, unfreeze.record_index, now);
    if (code != model::ErrorCode::kSuccess) {
        return failed(code);
    }
    record.frozen = subtract_or_zero(record.frozen, whole);
    record.pending.push_back({whole, after(now, kUnfreezeCooldownDays, blocks_per_day)});
    EnergyEffects effects;
    effects.record = std::move(record);
    return effects;
}

EnergyEffects withdraw_energy(model::EnergyRecord record, model::Topoheight now) {
    EnergyEffects effects;
    bool any_expired = false;
    for (const model::PendingUnfreeze& pending : record.pending) {
        if (now >= pending.expires_at) {
            any_expired = true;
            if (!add_to(effects.withdrawn_tos, pending.amount)) {
                return failed(model::ErrorCode::kOverflow);
            }
        }
    }
    if (!any_expired) {
        return failed(model::ErrorCode::kInvalidPayload);
    }
    if (!multiply(effects.withdrawn_tos, model::kCoin)) {
        return failed(model::ErrorCode::kOverflow);
    }
    std::erase_if(record.pending, [now](const model::PendingUnfreeze& pending) {
        return now >= pending.expires_at;
    });
    effects.record = std::move(record);
    return effects;
}

model::ErrorCode verify_energy_payload(protocol::TransactionState& state,
                                       const model::PublicKey& source,
                                       const EnergyPayload& payload) {
    if (const auto* freeze = std::get_if<EnergyFreeze>(&payload)) {
        return check_amount(freeze->amount);
    }
    if (const auto* delegate = std::get_if<EnergyDelegate>(&payload)) {
        return check_delegatees(state, source, *delegate);
    }
    if (const auto* unfreeze = std::get_if<EnergyUnfreeze>(&payload)) {
        const model::ErrorCode code = check_amount(unfreeze->amount);
        const bool stray_delegatee = unfreeze->delegatee && !unfreeze->from_delegation;
        return code == model::ErrorCode::kSuccess && stray_delegatee
                   ? model::ErrorCode::kInvalidPayload
                   : code;
    }
    return model::ErrorCode::kSuccess;
}

std::optional<model::Amount> energy_spending(protocol::TransactionState& state,
                                             const model::PublicKey& source,
                                             const EnergyPayload& payload, model::Topoheight now) {
    if (const auto* freeze = std::get_if<EnergyFreeze>(&payload)) {
        const auto* record = state.find<model::EnergyRecord>(model::energy_key(source));
        return record != nullptr ? freeze_debit(*record, freeze->amount, now) : freeze->amount;
    }
    if (const auto* delegate = std::get_if<EnergyDelegate>(&payload)) {
        return delegate_debit(*delegate);
    }
    return model::Amount{0};
}

EnergyEffects evaluate_energy(protocol::TransactionState& state, const model::PublicKey& source,
                              const EnergyPayload& payload, model::Topoheight now,
                              const Profile& profile) {
    const auto* stored = state.find<model::EnergyRecord>(model::energy_key(source));
    model::EnergyRecord record = stored != nullptr ? *stored : model::EnergyRecord{};
    if (const auto* freeze = std::get_if<EnergyFreeze>(&payload)) {
        return freeze_energy(std::move(record), *freeze, now, profile.blocks_per_day);
    }
    if (const auto* delegate = std::get_if<EnergyDelegate>(&payload)) {
        EnergyEffects effects =
            delegate_energy(std::move(record), *delegate, now, profile.blocks_per_day);
        for (const auto& [delegatee, energy] : effects.delegatee_energy) {
            if (!model::checked_add(model::Amount{energy_held(state, delegatee)},
                                    model::Amount{energy})) {
                return failed(model::ErrorCode::kOverflow);
            }
        }
        return effects;
    }
    // Both ways back need a resource; for an account without one the node answers as below.
    if (stored == nullptr) {
        return failed(model::ErrorCode::kInvalidPayload);
    }
    if (const auto* unfreeze = std::get_if<EnergyUnfreeze>(&payload)) {
        return unfreeze_energy(std::move(record), *unfreeze, now, profile.blocks_per_day);
    }
    return withdraw_energy(std::move(record), now);
}

model::ErrorCode commit_energy(protocol::TransactionState& state, const model::PublicKey& source,
                               const EnergyEffects& effects) {
    if (effects.withdrawn_tos > 0 &&
        !state.credit(model::balance_key(source, model::kTosAsset),
                      model::Amount{effects.withdrawn_tos * model::kCoin})) {
        return model::ErrorCode::kOverflow;
    }
    state.put(model::energy_key(source), base::Boxed<model::EnergyRecord>(effects.record));
    for (const auto& [delegatee, energy] : effects.delegatee_energy) {
        const auto* stored = state.find<model::EnergyRecord>(model::energy_key(delegatee));
        model::EnergyRecord record = stored != nullptr ? *stored : model::EnergyRecord{};
        if (!add_to(record.energy, energy)) {
            return model::ErrorCode::kOverflow;
        }
        state.put(model::energy_key(delegatee),
                  base::Boxed<model::EnergyRecord>(std::move(record)));
    }
    return model::ErrorCode::kSuccess;
}

}  // namespace parallax::tos::e1
