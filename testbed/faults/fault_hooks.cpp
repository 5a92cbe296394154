#include "testbed/faults/fault_hooks.hpp"

#include <algorithm>
#include <utility>

namespace parallax::testbed {
namespace {

/// An entry as it would be if the row had been read now, without what the fault made of the read.
protocol::TransactionState::Entry rebased(const protocol::TransactionState::Entry& entry,
                                          const protocol::BlockState& state) {
    protocol::TransactionState::Entry copy = entry;
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

bool has_effect(const protocol::TransactionState::Entry& entry) {
    return entry.value_written || entry.spend_written || entry.output_written || entry.credited;
}

}  // namespace

std::optional<model::StateValue> FaultScene::before(const model::StateKey& key) const {
    auto value = view->get(key);
    return value.ok() ? *std::move(value) : std::nullopt;
}

void HookedSeam::begins(const protocol::StateView& view, const protocol::RuleContext& rules,
                        executors::runtime::WorkerPool& pool, const std::atomic<bool>& cancelled) {
    base::MutexLock lock(scene_.mutex);
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

bool HookedSeam::ignores_conflict(model::TxIndex transaction) {
    return hooks_.ignores_conflict != nullptr &&
           hooks_.ignores_conflict(scene_, transaction.value());
}

void HookedSeam::read(std::uint32_t transaction, const model::StateKey& key,
                      protocol::VisibleValue& out) {
    if (hooks_.read_value != nullptr) {
        hooks_.read_value(scene_, transaction, key, out);
    }
}

void HookedSeam::read(std::uint32_t transaction, const model::StateKey& key,
                      protocol::VisibleAmount& out) {
    if (hooks_.read_amount != nullptr && !protocol::is_block_local(key)) {
        hooks_.read_amount(scene_, transaction, key, out);
    }
}

protocol::RuleResult HookedSeam::step(protocol::TransactionState& state, model::TxIndex index,
                                      const protocol::RuleContext& rules) {
    return hooks_.step != nullptr ? hooks_.step(scene_, state, index)
                                  : rules.protocol.execute(state, index, rules);
}

void HookedSeam::merge_entries(protocol::BlockState& state,
                               const protocol::TransactionState& transaction) {
    for (const protocol::TransactionState::Entry& entry : transaction.entries()) {
        if (!has_effect(entry)) {
            continue;
        }
        protocol::TransactionState::Entry copy = rebased(entry, state);
        if (hooks_.entry != nullptr && !protocol::is_block_local(entry.key)) {
            hooks_.entry(scene_, transaction.transaction(), copy);
        }
        if (has_effect(copy)) {
            state.merge_entry(copy, transaction.transaction());
        }
    }
}

bool HookedSeam::merge(protocol::BlockState& state, const protocol::TransactionState& transaction,
                       protocol::RuleResult& result, bool kept) {
    kept = kept || (hooks_.keeps_failed && result.status == model::TransactionStatus::kFailed);
    const bool reads_were_changed = hooks_.read_value != nullptr || hooks_.read_amount != nullptr;
    scene_.merges_failed = result.status == model::TransactionStatus::kFailed;
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

void HookedSeam::collected(model::BlockOutcome& outcome) {
    if (hooks_.collected != nullptr) {
        hooks_.collected(scene_, outcome);
    }
}

model::DeltaEntry* find_entry(model::BlockOutcome& outcome, const model::StateKey& key) {
    auto& entries = outcome.delta.entries;
    const auto at =
        std::lower_bound(entries.begin(), entries.end(), key,
                         [](const model::DeltaEntry& entry, const model::StateKey& wanted) {
                             return entry.key < wanted;
                         });
    return at != entries.end() && at->key == key ? &*at : nullptr;
}

void put_entry(model::BlockOutcome& outcome, model::DeltaEntry entry) {
    if (model::DeltaEntry* known = find_entry(outcome, entry.key)) {
        *known = std::move(entry);
        return;
    }
    auto& entries = outcome.delta.entries;
    const auto at = std::lower_bound(
        entries.begin(), entries.end(), entry,
        [](const model::DeltaEntry& a, const model::DeltaEntry& b) { return a.key < b.key; });
    entries.insert(at, std::move(entry));
}

void add_effect(protocol::BlockState& state, std::uint32_t index, const model::StateKey& key,
                model::Amount received, model::Amount outputs) {
    protocol::TransactionState::Entry entry;
    entry.key = key;
    entry.is_amount = true;
    entry.credited = received != model::Amount{0};
    entry.output_written = outputs != model::Amount{0};
    entry.received = received;
    entry.outputs = outputs;
    if (entry.credited || entry.output_written) {
        state.merge_entry(rebased(entry, state), index);
    }
}

void write_value(protocol::BlockState& state, std::uint32_t index, const model::StateKey& key,
                 std::optional<model::StateValue> value) {
    protocol::TransactionState::Entry entry;
    entry.key = key;
    entry.value_written = true;
    entry.value = std::move(value);
    state.merge_entry(rebased(entry, state), index);
}

}  // namespace parallax::testbed
