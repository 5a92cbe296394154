#include "verifier/protocol/block_state.hpp"

#include "absl/status/status.h"

#include <algorithm>
#include <utility>

namespace parallax::protocol {
namespace {

/// What a row's stored amount becomes at the block's end (protocol notes, 6.2). The node's
/// arithmetic here is unchecked.
model::Amount final_amount(const VisibleAmount& amount) {
    return model::Amount{amount.stored.value_or(model::Amount{0}).value() +
                         amount.received.value() - amount.outputs.value()};
}

absl::Status wrong_value_type(const model::StateKey& key) {
    return absl::DataLossError("row " + model::to_string(key) + " holds a value of another family");
}

/// Family and the first 7 bytes of the owner: decides nearly every comparison of a sort.
std::uint64_t sort_prefix(const model::StateKey& key) {
    std::uint64_t prefix = static_cast<std::uint64_t>(key.family);
    for (std::size_t i = 0; i < 7; ++i) {
        prefix = (prefix << 8) | key.owner[i];
    }
    return prefix;
}

}  // namespace

BlockState::BlockState(const StateView& view) : view_(view) {}

void BlockState::reserve(std::size_t keys) {
    index_.reserve(keys);
    rows_.reserve(keys);
}

absl::Status BlockState::read_value(const model::StateKey& key, VisibleValue& out) const {
    if (const auto it = index_.find(key); it != index_.end()) {
        const Row& row = rows_[it->second];
        out.value = row.value;
        out.writer = row.writer;
        out.slot = it->second;
        return absl::OkStatus();
    }
    auto stored = view_.get(key);
    if (!stored.ok()) {
        return stored.status();
    }
    out.value = *std::move(stored);
    if (out.value && out.value->index() != model::family_row(key.family).value_index) {
        return wrong_value_type(key);
    }
    return absl::OkStatus();
}

absl::Status BlockState::read_amount(const model::StateKey& key, VisibleAmount& out) const {
    if (const auto it = index_.find(key); it != index_.end()) {
        out = rows_[it->second].amount;
        out.slot = it->second;
        return absl::OkStatus();
    }
    if (is_block_local(key)) {
        return absl::OkStatus();  // no store has it
    }
    const auto stored = view_.get(key);
    if (!stored.ok()) {
        return stored.status();
    }
    if (stored->has_value()) {
        const auto* record = std::get_if<model::AmountRecord>(&**stored);
        if (record == nullptr) {
            return wrong_value_type(key);
        }
        out.stored = record->amount;
    }
    return absl::OkStatus();
}

std::uint32_t BlockState::find_row(const TransactionState::Entry& entry) const {
    const std::uint32_t slot = entry.is_amount ? entry.base_amount.slot : entry.base_value.slot;
    if (slot != kNoSlot) {
        return slot;
    }
    const auto it = index_.find(entry.key);
    return it == index_.end() ? kNoSlot : it->second;
}

bool BlockState::merge(const TransactionState& transaction) {
    for (const auto& entry : transaction.entries()) {
        if (!entry.credited) {
            continue;
        }
        const std::uint32_t slot = find_row(entry);
        const VisibleAmount& now = slot == kNoSlot ? entry.base_amount : rows_[slot].amount;
        const model::Amount total{now.stored.value_or(model::Amount{0}).value() +
                                  now.received.value()};
        if (!model::checked_add(total, entry.received)) {
            return false;
        }
    }
    for (const auto& entry : transaction.entries()) {
        if (entry.value_written || entry.spend_written || entry.output_written || entry.credited) {
            merge_entry(entry, transaction.transaction());
        }
    }
    return true;
}

void BlockState::merge_entry(const TransactionState::Entry& entry, std::uint32_t transaction) {
    std::uint32_t slot = entry.is_amount ? entry.base_amount.slot : entry.base_value.slot;
    bool is_new = false;
    if (slot == kNoSlot) {
        const auto [it, inserted] =
            index_.try_emplace(entry.key, static_cast<std::uint32_t>(rows_.size()));
        slot = it->second;
        is_new = inserted;
    }
    if (is_new) {
        Row& added = rows_.emplace_back();
        added.key = entry.key;
        added.is_amount = entry.is_amount;
        added.before = entry.base_value.value;
        added.amount.stored = entry.base_amount.stored;
    }
    Row& row = rows_[slot];
    if (entry.value_written) {
        row.value = entry.value;
        row.writer = transaction;
        row.written = true;
    }
    if (entry.spend_written) {
        row.amount.spendable = entry.spendable;
        row.amount.spend_writer = transaction;
    }
    if (entry.output_written || entry.credited) {
        row.amount.outputs = model::Amount{row.amount.outputs.value() + entry.outputs.value()};
        row.amount.received = model::Amount{row.amount.received.value() + entry.received.value()};
        row.written = true;
    }
}

model::Delta BlockState::take_delta() && {
    std::vector<std::pair<std::uint64_t, std::uint32_t>> order;
    order.reserve(rows_.size());
    for (std::uint32_t i = 0; i < rows_.size(); ++i) {
        if (rows_[i].written) {
            order.emplace_back(sort_prefix(rows_[i].key), i);
        }
    }
    std::sort(order.begin(), order.end(), [this](const auto& a, const auto& b) {
        return a.first != b.first ? a.first < b.first : rows_[a.second].key < rows_[b.second].key;
    });
    model::Delta delta;
    delta.entries.reserve(order.size());
    for (const auto& [prefix, i] : order) {
        Row& row = rows_[i];
        model::DeltaEntry& entry = delta.entries.emplace_back();
        entry.key = row.key;
        if (row.is_amount) {
            if (row.amount.stored) {
                entry.before = model::AmountRecord{*row.amount.stored};
            }
            entry.after = model::AmountRecord{final_amount(row.amount)};
        } else {
            entry.before = std::move(row.before);
            entry.after = std::move(row.value);
        }
    }
    return delta;
}

}  // namespace parallax::protocol
