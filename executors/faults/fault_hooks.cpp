#include "executors/faults/fault_hooks.hpp"

#include <algorithm>
#include <utility>

namespace parallax {
namespace {

/// An entry as it would be if the row had been read now, without what the fault made of the read.
TransactionState::Entry rebased(const TransactionState::Entry& entry, const BlockState& state) {
    TransactionState::Entry copy = entry;
    copy.base_value = {};
    copy.base_amount = {};
    // A failed read has ended the block before.
    if (entry.is_amount) {
        static_cast<void>(state.read_amount(entry.key, copy.base_amount));
    } else {
        static_cast<void>(state.read_value(entry.key, copy.base_value));
    }
    return copy;
}

bool has_effect(const TransactionState::Entry& entry) {
    return entry.value_written || entry.spend_written || entry.output_written || entry.credited;
}

}  // namespace

std::optional<StateValue> FaultScene::before(const StateKey& key) const {
    auto value = view->get(key);
    return value.ok() ? *std::move(value) : std::nullopt;
}

void HookedSeam::begins(const StateView& view, const RuleContext& rules, WorkerPool& pool,
                        const std::atomic<bool>& cancelled) {
    MutexLock lock(scene_.mutex);
    scene_.view = &view;
    scene_.rules = &rules;
    scene_.pool = &pool;
    scene_.cancelled = &cancelled;
    scene_.amounts.clear();
    scene_.other_amounts.clear();
    scene_.sum = 0;
    scene_.snapshot = 0;
    scene_.first_failed = 0xFFFF'FFFF;
}

bool HookedSeam::ignores_conflict(TxIndex transaction) {
    return hooks_.ignores_conflict != nullptr &&
           hooks_.ignores_conflict(scene_, transaction.value());
}

void HookedSeam::read(std::uint32_t transaction, const StateKey& key, VisibleValue& out) {
    if (hooks_.read_value != nullptr) {
        hooks_.read_value(scene_, transaction, key, out);
    }
}

void HookedSeam::read(std::uint32_t transaction, const StateKey& key, VisibleAmount& out) {
    if (hooks_.read_amount != nullptr && !is_block_local(key)) {
        hooks_.read_amount(scene_, transaction, key, out);
    }
}

RuleResult HookedSeam::step(const Pass& pass, TransactionState& state, TxIndex index,
                            const RuleContext& rules) {
    return hooks_.step != nullptr ? hooks_.step(scene_, pass, state, index)
                                  : pass.step(state, index, rules);
}

void HookedSeam::merge_entries(BlockState& state, const TransactionState& transaction) {
    for (const TransactionState::Entry& entry : transaction.entries()) {
        if (!has_effect(entry)) {
            continue;
        }
        TransactionState::Entry copy = rebased(entry, state);
        if (hooks_.entry != nullptr && !is_block_local(entry.key)) {
            hooks_.entry(scene_, transaction.transaction(), copy);
        }
        if (has_effect(copy)) {
            state.merge_entry(copy, transaction.transaction());
        }
    }
}

bool HookedSeam::merge(BlockState& state, const TransactionState& transaction, RuleResult& result,
                       bool kept) {
    kept = kept || (hooks_.keeps_failed && result.status == TransactionStatus::kFailed);
    const bool reads_were_changed = hooks_.read_value != nullptr || hooks_.read_amount != nullptr;
    scene_.merges_failed = result.status == TransactionStatus::kFailed;
    if (kept && (hooks_.entry != nullptr || hooks_.merges_unchecked || reads_were_changed)) {
        merge_entries(state, transaction);
    } else if (kept && !state.merge(transaction)) {
        return false;
    }
    if (hooks_.merged != nullptr) {
        hooks_.merged(scene_, state, transaction, result, kept);
    }
    return true;
}

void HookedSeam::collected(BlockOutcome& outcome) {
    if (hooks_.collected != nullptr) {
        hooks_.collected(scene_, outcome);
    }
}

DeltaEntry* find_entry(BlockOutcome& outcome, const StateKey& key) {
    auto& entries = outcome.delta.entries;
    const auto at = std::lower_bound(
        entries.begin(), entries.end(), key,
        [](const DeltaEntry& entry, const StateKey& wanted) { return entry.key < wanted; });
    return at != entries.end() && at->key == key ? &*at : nullptr;
}

void put_entry(BlockOutcome& outcome, DeltaEntry entry) {
    if (DeltaEntry* known = find_entry(outcome, entry.key)) {
        *known = std::move(entry);
        return;
    }
    auto& entries = outcome.delta.entries;
    const auto at =
        std::lower_bound(entries.begin(), entries.end(), entry,
                         [](const DeltaEntry& a, const DeltaEntry& b) { return a.key < b.key; });
    entries.insert(at, std::move(entry));
}

void add_effect(BlockState& state, std::uint32_t index, const StateKey& key, Amount received,
                Amount outputs) {
    TransactionState::Entry entry;
    entry.key = key;
    entry.is_amount = true;
    entry.credited = received != Amount{0};
    entry.output_written = outputs != Amount{0};
    entry.received = received;
    entry.outputs = outputs;
    if (entry.credited || entry.output_written) {
        state.merge_entry(rebased(entry, state), index);
    }
}

void write_value(BlockState& state, std::uint32_t index, const StateKey& key,
                 std::optional<StateValue> value) {
    TransactionState::Entry entry;
    entry.key = key;
    entry.value_written = true;
    entry.value = std::move(value);
    state.merge_entry(rebased(entry, state), index);
}

}  // namespace parallax
