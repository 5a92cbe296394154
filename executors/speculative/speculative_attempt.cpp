#include "executors/speculative/speculative_attempt.hpp"

#include "absl/status/status.h"

#include <utility>

namespace parallax::executors::speculative {
namespace {

/// A credit alone does not observe the spendable side, so it does not conflict with a spend: what
/// keeps a hot receiver that also sends from serialising the block.
bool observes(const protocol::TransactionState::Entry& entry) {
    return !entry.is_amount || entry.spend_read;
}

}  // namespace

absl::Status SpeculativeReader::read_value(const model::StateKey& key,
                                           protocol::VisibleValue& out) const {
    pool_.yield(runtime::YieldPoint::kRead, worker_, transaction_);
    Version& seen = seen_.emplace_back();
    auto read = memory_.read_value(key, transaction_, out, seen);
    if (read.ok() && seen.estimate) {
        // Rules cannot be unwound: a failed read makes the rest of the attempt short.
        return absl::AbortedError("estimate");
    }
    return read;
}

absl::Status SpeculativeReader::read_amount(const model::StateKey& key,
                                            protocol::VisibleAmount& out) const {
    pool_.yield(runtime::YieldPoint::kRead, worker_, transaction_);
    // An estimate matters only if the spendable side is read: that shows afterwards.
    return memory_.read_amount(key, transaction_, out, seen_.emplace_back());
}

SpeculativeAttempt::SpeculativeAttempt(MultiVersionMemory& memory, const runtime::WorkerPool& pool,
                                       std::uint32_t transaction)
    : memory_(memory), reader_(memory, pool, transaction), state_(reader_, transaction) {}

std::optional<std::uint32_t> SpeculativeAttempt::run(std::uint32_t worker,
                                                     const protocol::RuleContext& rules) {
    const std::uint32_t transaction = state_.transaction();
    reader_.begin(worker);
    state_.reset(transaction);
    result_ = rules.protocol.execute(state_, model::TxIndex{transaction}, rules);
    const auto& entries = state_.entries();
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const Version& seen = reader_.seen()[i];
        if (seen.estimate && observes(entries[i])) {
            return seen.transaction;
        }
    }
    return std::nullopt;
}

bool SpeculativeAttempt::is_valid() const {
    const auto& entries = state_.entries();
    for (std::size_t i = 0; i < entries.size(); ++i) {
        if (observes(entries[i]) &&
            memory_.current(entries[i].key, state_.transaction()) != reader_.seen()[i]) {
            return false;
        }
    }
    return true;
}

std::vector<MultiVersionMemory::Write> versioned_writes(
    const protocol::TransactionState& transaction) {
    std::vector<MultiVersionMemory::Write> writes;
    for (const protocol::TransactionState::Entry& entry : transaction.entries()) {
        if (entry.value_written) {
            writes.push_back({entry.key, entry.value});
        } else if (entry.spend_written) {
            writes.push_back({entry.key, model::AmountRecord{*entry.spendable}});
        }
    }
    return writes;
}

}  // namespace parallax::executors::speculative
