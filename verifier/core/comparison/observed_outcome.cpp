#include "verifier/core/comparison/observed_outcome.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace parallax::core {
namespace {

using Rows = std::map<model::StateKey, model::DeltaEntry>;

/// The row as the control left it; of one that it did not write, as it was before the block.
absl::StatusOr<model::DeltaEntry*> row_at(const model::StateKey& key,
                                          const protocol::StateView& view, Rows& rows) {
    const auto found = rows.find(key);
    if (found != rows.end()) {
        return &found->second;
    }
    auto before = view.get(key);
    if (!before.ok()) {
        return before.status();
    }
    return &rows.emplace(key, model::DeltaEntry{key, *before, *before}).first->second;
}

/// What was shown as it is in the control's state, though the control did not write it, is no
/// entry of a delta.
void drop_untouched(const model::BlockOutcome& control, Rows& rows) {
    const auto written = [&](const model::StateKey& key) {
        const auto& entries = control.delta.entries;
        const auto at = std::lower_bound(
            entries.begin(), entries.end(), key,
            [](const model::DeltaEntry& entry, const model::StateKey& k) { return entry.key < k; });
        return at != entries.end() && at->key == key;
    };
    std::erase_if(rows, [&](const auto& row) {
        return row.second.before == row.second.after && !written(row.first);
    });
}

/// A node shows a counter that nothing was ever added to as 0; here it has no row until then.
bool is_uncounted(const model::ObservedRow& seen, const std::optional<model::StateValue>& ours) {
    return seen.key.family == model::Family::kCounter && !ours &&
           seen.after == model::StateValue(model::AmountRecord{});
}

/// An amount in a row, or nothing.
model::Amount amount_in(const std::optional<model::StateValue>& value) {
    const auto* record = value ? std::get_if<model::AmountRecord>(&*value) : nullptr;
    return record != nullptr ? record->amount : model::Amount{0};
}

template <class Record>
const Record* record_in(const std::optional<model::StateValue>& value) {
    const auto* boxed = value ? std::get_if<base::Boxed<Record>>(&*value) : nullptr;
    return boxed != nullptr ? &boxed->get() : nullptr;
}

/// Whether a node would show both alike.
bool shows_alike(const model::BalanceVersionRecord& a, const model::BalanceVersionRecord& b) {
    return a.at == b.at && a.received == b.received && a.spent == b.spent &&
           a.spendable_before == b.spendable_before && a.previous == b.previous;
}

/// The amount that the control left in a row; nothing if it did not write it.
std::optional<model::Amount> amount_of(const model::BlockOutcome& control,
                                       const model::StateKey& key) {
    const auto& entries = control.delta.entries;
    const auto at = std::ranges::lower_bound(entries, key, {}, &model::DeltaEntry::key);
    return at != entries.end() && at->key == key ? std::optional(amount_in(at->after))
                                                 : std::nullopt;
}

/// A version as it was shown; what it keeps of older ones follows from the row before the block,
/// and is the control's where all that is shown of it is.
absl::Status put_balance_version(const model::ObservedRow& seen, const model::BlockOutcome& control,
                                 const protocol::StateView& view, Rows& rows) {
    const auto* part = record_in<model::BalanceVersionRecord>(seen.after);
    auto row = row_at(seen.key, view, rows);
    model::StateKey balance_key = seen.key;
    balance_key.family = model::Family::kBalance;
    auto balance = row_at(balance_key, view, rows);
    if (!row.ok() || !balance.ok()) {
        return row.ok() ? balance.status() : row.status();
    }
    if (part == nullptr) {
        (*row)->after = seen.after;
        return absl::OkStatus();
    }
    const auto* ours = record_in<model::BalanceVersionRecord>((*row)->after);
    model::BalanceVersionRecord shown = *part;
    if (!shown.received && !shown.spent && ours != nullptr) {
        shown = *ours;
        shown.at = part->at;
    }
    const model::Amount after = amount_in((*balance)->after);
    if (ours != nullptr && shows_alike(*ours, shown) && amount_of(control, balance_key) == after) {
        return absl::OkStatus();
    }
    const auto* before = record_in<model::BalanceVersionRecord>((*row)->before);
    if (before != nullptr && before->at == shown.at) {
        // The block left it as it was, or wrote in its place.
        shown = *before;
    } else {
        shown = model::next_version(before, amount_in((*balance)->before), std::move(shown), after);
    }
    (*row)->after = base::Boxed<model::BalanceVersionRecord>(std::move(shown));
    return absl::OkStatus();
}

absl::Status put_account_version(const model::ObservedRow& seen, const protocol::StateView& view,
                                 Rows& rows) {
    auto row = row_at(seen.key, view, rows);
    if (!row.ok()) {
        return row.status();
    }
    const auto* part = record_in<model::AccountVersionRecord>(seen.after);
    const auto* ours = record_in<model::AccountVersionRecord>((*row)->after);
    if (part == nullptr) {
        (*row)->after = seen.after;
        return absl::OkStatus();
    }
    model::AccountVersionRecord shown = ours != nullptr ? *ours : *part;
    const auto* before = record_in<model::AccountVersionRecord>((*row)->before);
    if (ours == nullptr || ours->nonce_at != part->nonce_at) {
        shown.nonce_at = part->nonce_at;
        shown.previous_nonce_at = before == nullptr || before->nonce_at == part->nonce_at
                                      ? shown.previous_nonce_at
                                      : std::optional(before->nonce_at);
    }
    (*row)->after = base::Boxed<model::AccountVersionRecord>(shown);
    return absl::OkStatus();
}

/// Of versions a node shows a part; they are put after the numbers that they are of.
bool is_version(const model::StateKey& key) {
    return key.family == model::Family::kBalanceVersion ||
           key.family == model::Family::kAccountVersion;
}

absl::Status put_versions(const model::Observation& observation, const model::BlockOutcome& control,
                          const protocol::StateView& view, Rows& rows) {
    for (const model::ObservedRow& seen : observation.rows) {
        absl::Status status;
        if (seen.key.family == model::Family::kBalanceVersion) {
            status = put_balance_version(seen, control, view, rows);
        } else if (seen.key.family == model::Family::kAccountVersion) {
            status = put_account_version(seen, view, rows);
        }
        if (!status.ok()) {
            return status;
        }
    }
    return absl::OkStatus();
}

absl::Status put_rows(const model::Observation& observation, const protocol::StateView& view,
                      model::Topoheight topoheight, Rows& rows) {
    for (const model::ObservedRow& seen : observation.rows) {
        if (is_version(seen.key)) {
            continue;
        }
        auto row = row_at(seen.key, view, rows);
        if (!row.ok()) {
            return row.status();
        }
        if (!is_uncounted(seen, (*row)->after)) {
            (*row)->after = seen.after;
        }
    }
    for (const model::ObservedNonce& seen : observation.nonces) {
        auto row = row_at(model::account_key(seen.account), view, rows);
        if (!row.ok()) {
            return row.status();
        }
        const auto* account =
            (*row)->after ? std::get_if<model::AccountRecord>(&*(*row)->after) : nullptr;
        // A node's nonce says nothing of the registration: of an account that the control does
        // not have it is the block's, as for every account that a block creates.
        (*row)->after = model::AccountRecord{
            seen.nonce, account != nullptr ? account->registered_at : topoheight};
    }
    for (const model::StateKey& key : observation.unwritten) {
        const auto found = rows.find(key);
        // One that was written with the value it had may or may not have a version of its own.
        if (found != rows.end() && found->second.before != found->second.after) {
            rows.erase(found);
        }
    }
    return absl::OkStatus();
}

/// A transaction that the control could not execute and the node did is executed from then on.
absl::Status put_markers(const model::Observation& observation, const model::BlockOutcome& control,
                         const protocol::StateView& view, model::Topoheight topoheight,
                         Rows& rows) {
    for (std::size_t i = 0; i < observation.executed.size(); ++i) {
        const model::TransactionResult& result = control.results[i];
        if (observation.executed[i] != model::ExecutedThere::kYes ||
            result.status != model::TransactionStatus::kUnsupported) {
            continue;
        }
        auto row = row_at(model::executed_transaction_key(result.hash), view, rows);
        if (!row.ok()) {
            return row.status();
        }
        (*row)->after = model::ExecutedRecord{topoheight};
    }
    return absl::OkStatus();
}

void put_results(const model::Observation& observation, model::BlockOutcome& outcome) {
    for (std::size_t i = 0; i < observation.executed.size(); ++i) {
        model::TransactionStatus& status = outcome.results[i].status;
        const bool executed = status == model::TransactionStatus::kExecuted;
        if (observation.executed[i] == model::ExecutedThere::kYes && !executed) {
            status = model::TransactionStatus::kExecuted;
        } else if (observation.executed[i] == model::ExecutedThere::kNo && executed) {
            status = model::TransactionStatus::kFailed;
        }
    }
}

void put_totals(const model::ObservedTotals& seen, model::BlockTotals& totals) {
    // The node's part of the miner is without fees, ours with them.
    const model::Amount own_fees = totals.fees;
    totals.fees = seen.fees.value_or(totals.fees);
    totals.dev_reward = seen.dev_reward.value_or(totals.dev_reward);
    if (seen.miner_reward) {
        totals.miner_reward = model::Amount{seen.miner_reward->value() + own_fees.value()};
    }
}

/// Who owns a row that a node can be asked about by account.
std::optional<model::PublicKey> account_of(const model::StateKey& key) {
    return key.family == model::Family::kAccount || key.family == model::Family::kBalance
               ? std::optional(model::PublicKey::from_array(key.owner))
               : std::nullopt;
}

model::ObservedPart count(const model::Observation& observation,
                          const model::BlockOutcome& control) {
    std::set<model::StateKey> seen(observation.unwritten.begin(), observation.unwritten.end());
    for (const model::ObservedRow& row : observation.rows) {
        seen.insert(row.key);
    }
    for (const model::ObservedNonce& nonce : observation.nonces) {
        seen.insert(model::account_key(nonce.account));
    }
    std::map<model::PublicKey, bool> touched;
    for (const model::DeltaEntry& entry : control.delta.entries) {
        if (const auto account = account_of(entry.key)) {
            bool& whole = touched.try_emplace(*account, true).first->second;
            whole = whole && seen.contains(entry.key);
        }
    }
    model::ObservedPart part;
    part.source = observation.source;
    part.touched = static_cast<std::uint32_t>(touched.size());
    part.accounts = static_cast<std::uint32_t>(
        std::ranges::count_if(touched, [](const auto& account) { return account.second; }));
    part.transactions = static_cast<std::uint32_t>(control.results.size());
    part.results = static_cast<std::uint32_t>(std::ranges::count_if(
        observation.executed, [](auto one) { return one != model::ExecutedThere::kNotObserved; }));
    part.rows = seen.size();
    part.emitted_supply = seen.contains(model::counter_key(model::Counter::kEmittedSupply));
    part.burned_supply = seen.contains(model::counter_key(model::Counter::kBurnedSupply));
    part.fees = observation.totals.fees.has_value();
    part.rewards = observation.totals.miner_reward && observation.totals.dev_reward;
    return part;
}

}  // namespace

absl::StatusOr<ObservedOutcome> observed_outcome(const model::Observation& observation,
                                                 const model::BlockOutcome& control,
                                                 const protocol::StateView& view,
                                                 model::Topoheight topoheight) {
    if (!observation.executed.empty() && observation.executed.size() != control.results.size()) {
        return absl::InvalidArgumentError(
            fmt::format("{} results were observed of a block of {} transactions",
                        observation.executed.size(), control.results.size()));
    }
    Rows rows;
    for (const model::DeltaEntry& entry : control.delta.entries) {
        rows.emplace(entry.key, entry);
    }
    if (auto status = put_rows(observation, view, topoheight, rows); !status.ok()) {
        return status;
    }
    if (auto status = put_versions(observation, control, view, rows); !status.ok()) {
        return status;
    }
    if (auto status = put_markers(observation, control, view, topoheight, rows); !status.ok()) {
        return status;
    }
    drop_untouched(control, rows);
    ObservedOutcome observed{control, count(observation, control)};
    observed.outcome.access_log.reset();
    observed.outcome.delta.entries.clear();
    for (auto& [key, entry] : rows) {
        observed.outcome.delta.entries.push_back(std::move(entry));
    }
    put_results(observation, observed.outcome);
    put_totals(observation.totals, observed.outcome.totals);
    return observed;
}

}  // namespace parallax::core
