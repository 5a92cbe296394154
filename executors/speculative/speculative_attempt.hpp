#pragma once

#include "executors/runtime/worker_pool.hpp"
#include "executors/speculative/multi_version_memory.hpp"
#include "verifier/protocol/protocol.hpp"
#include "verifier/protocol/transaction_state.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace parallax::executors::speculative {

/// The block as one transaction's attempt reads it: the highest writers below it. Keeps what each
/// read saw, in the order of `TransactionState::entries`, which asks for every key once.
class SpeculativeReader final : public protocol::BlockStateReader {
  public:
    SpeculativeReader(MultiVersionMemory& memory, const runtime::WorkerPool& pool,
                      std::uint32_t transaction)
        : memory_(memory), pool_(pool), transaction_(transaction) {}

    [[nodiscard]] absl::Status read_value(const model::StateKey& key,
                                          protocol::VisibleValue& out) const override;
    [[nodiscard]] absl::Status read_amount(const model::StateKey& key,
                                           protocol::VisibleAmount& out) const override;

    void begin(std::uint32_t worker) {
        worker_ = worker;
        seen_.clear();
    }
    [[nodiscard]] const std::vector<Version>& seen() const noexcept { return seen_; }

  private:
    MultiVersionMemory& memory_;
    const runtime::WorkerPool& pool_;
    const std::uint32_t transaction_;
    std::uint32_t worker_ = 0;
    /// One thread at a time owns the attempt: the interface's const is for shared readers.
    mutable std::vector<Version> seen_;
};

/// The present attempt at one transaction: its private effects, its result, and what it read.
/// Belongs to the worker that holds a task for the transaction.
class SpeculativeAttempt {
  public:
    SpeculativeAttempt(MultiVersionMemory& memory, const runtime::WorkerPool& pool,
                       std::uint32_t transaction);

    /// Runs one step from the beginning. The writer whose estimate it read, if it did: then nothing
    /// of the attempt counts.
    [[nodiscard]] std::optional<std::uint32_t> run(std::uint32_t worker,
                                                   const protocol::RuleContext& rules);
    /// Whether every read would see the same now.
    [[nodiscard]] bool is_valid() const;
    /// Whether it may be committed once valid. A failure may hang on credits that the attempt does
    /// not see, and a failed read on a key that the canonical run does not read: both are hints.
    [[nodiscard]] bool is_conclusive() const noexcept {
        return state_.status().ok() && result_.status != model::TransactionStatus::kFailed;
    }
    [[nodiscard]] const protocol::TransactionState& state() const noexcept { return state_; }
    [[nodiscard]] const protocol::RuleResult& result() const noexcept { return result_; }

  private:
    MultiVersionMemory& memory_;
    SpeculativeReader reader_;
    protocol::TransactionState state_;
    protocol::RuleResult result_;
};

/// The versioned part of a transaction's effects.
[[nodiscard]] std::vector<MultiVersionMemory::Write> versioned_writes(
    const protocol::TransactionState& transaction);

}  // namespace parallax::executors::speculative
