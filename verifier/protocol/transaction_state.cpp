#include "verifier/protocol/transaction_state.hpp"

#include "verifier/codec/canonical.hpp"

#include <cstring>
#include <utility>

namespace parallax::protocol {
namespace {

/// Up to this many entries a search by comparing keys is faster than a hash map.
constexpr std::size_t kLinearSearchLimit = 16;

/// Key equality that looks at the part that differs first.
bool same_key(const model::StateKey& a, const model::StateKey& b) {
    std::uint64_t first_a = 0;
    std::uint64_t first_b = 0;
    std::memcpy(&first_a, a.owner.data(), sizeof(first_a));
    std::memcpy(&first_b, b.owner.data(), sizeof(first_b));
    return first_a == first_b && a.family == b.family && a == b;
}

model::Amount or_zero(const std::optional<model::Amount>& amount) {
    return amount.value_or(model::Amount{0});
}

}  // namespace

TransactionState::TransactionState(const BlockStateReader& reader, std::uint32_t transaction)
    : reader_(reader), transaction_(transaction) {
    entries_.reserve(8);
}

void TransactionState::reset(std::uint32_t transaction) {
    transaction_ = transaction;
    entries_.clear();
    index_.clear();
    totals_ = {};
    status_ = absl::OkStatus();
}

TransactionState::Entry& TransactionState::entry(const model::StateKey& key, bool is_amount) {
    if (entries_.size() <= kLinearSearchLimit) {
        for (Entry& candidate : entries_) {
            if (same_key(candidate.key, key)) {
                return candidate;
            }
        }
    } else if (const auto it = index_.find(key); it != index_.end()) {
        return entries_[it->second];
    }

    Entry& added = entries_.emplace_back();
    added.key = key;
    added.is_amount = is_amount;
    const absl::Status read = is_amount ? reader_.read_amount(key, added.base_amount)
                                        : reader_.read_value(key, added.base_value);
    if (!read.ok() && status_.ok()) {
        status_ = read;
    }
    added.value = added.base_value.value;
    if (entries_.size() > kLinearSearchLimit) {
        if (index_.empty()) {
            for (std::uint32_t i = 0; i + 1 < entries_.size(); ++i) {
                index_.emplace(entries_[i].key, i);
            }
        }
        index_.emplace(key, static_cast<std::uint32_t>(entries_.size() - 1));
    }
    return entries_.back();
}

const std::optional<model::StateValue>& TransactionState::visible_value(
    const model::StateKey& key) {
    Entry& found = entry(key, false);
    found.value_read = true;
    return found.value;
}

void TransactionState::put(const model::StateKey& key, model::StateValue value) {
    Entry& found = entry(key, false);
    found.value_written = true;
    found.value = std::move(value);
}

void TransactionState::erase(const model::StateKey& key) {
    Entry& found = entry(key, false);
    found.value_written = true;
    found.value.reset();
}

std::optional<model::Amount> TransactionState::spendable(const model::StateKey& key) {
    Entry& found = entry(key, true);
    found.spend_read = true;
    if (found.spendable) {
        return found.spendable;
    }
    return found.base_amount.spendable ? found.base_amount.spendable : found.base_amount.stored;
}

void TransactionState::set_spendable(const model::StateKey& key, model::Amount amount) {
    Entry& found = entry(key, true);
    found.spend_written = true;
    found.spendable = amount;
}

void TransactionState::record_output(const model::StateKey& key, model::Amount amount) {
    Entry& found = entry(key, true);
    found.output_written = true;
    // The node adds outputs up unchecked; the debits before it have made the sum representable.
    found.outputs = model::Amount{found.outputs.value() + amount.value()};
}

std::optional<model::Amount> TransactionState::received_total(const model::StateKey& key) {
    const Entry& found = entry(key, true);
    if (!found.base_amount.stored && found.base_amount.received == model::Amount{0} &&
        !found.credited) {
        return std::nullopt;
    }
    return model::Amount{or_zero(found.base_amount.stored).value() +
                         found.base_amount.received.value() + found.received.value()};
}

AmountInBlock TransactionState::amount_in_block(const model::StateKey& key) {
    Entry& found = entry(key, true);
    found.spend_read = true;
    const VisibleAmount& base = found.base_amount;
    return {base.stored, found.spendable ? found.spendable : base.spendable,
            model::Amount{base.outputs.value() + found.outputs.value()},
            model::Amount{base.received.value() + found.received.value()}};
}

bool TransactionState::credit(const model::StateKey& key, model::Amount amount) {
    Entry& found = entry(key, true);
    const model::Amount total{or_zero(found.base_amount.stored).value() +
                              found.base_amount.received.value() + found.received.value()};
    if (!model::checked_add(total, amount)) {
        return false;
    }
    found.credited = true;
    found.received = model::Amount{found.received.value() + amount.value()};
    return true;
}

void TransactionState::append_accesses(std::vector<model::Access>& log) const {
    const model::TxIndex index{transaction_};
    for (const Entry& e : entries_) {
        if (is_block_local(e.key)) {
            continue;
        }
        if (e.value_read) {
            log.push_back({index, model::AccessKind::kRead, e.key, e.base_value.writer,
                           codec::value_digest(e.base_value.value)});
        }
        if (e.value_written) {
            log.push_back({index, model::AccessKind::kWrite, e.key, model::kPreState,
                           codec::value_digest(e.value)});
        }
        if (e.spend_read) {
            const auto seen =
                e.base_amount.spendable ? e.base_amount.spendable : e.base_amount.stored;
            log.push_back({index, model::AccessKind::kReadSpendable, e.key,
                           e.base_amount.spend_writer, or_zero(seen).value()});
        }
        if (e.spend_written) {
            log.push_back({index, model::AccessKind::kSpend, e.key, model::kPreState,
                           or_zero(e.spendable).value()});
        }
        if (e.output_written) {
            log.push_back(
                {index, model::AccessKind::kOutput, e.key, model::kPreState, e.outputs.value()});
        }
        if (e.credited) {
            log.push_back(
                {index, model::AccessKind::kCredit, e.key, model::kPreState, e.received.value()});
        }
    }
}

}  // namespace parallax::protocol
