#pragma once

#include "executors/staged/block_plan.hpp"
#include "executors/staged/dense_ledger.hpp"
#include "verifier/core/block_executor.hpp"
#include "verifier/protocol/block_rules.hpp"

#include <cstdint>
#include <vector>

namespace parallax {

/// An account row as a transaction saw it, for the access log.
struct SeenAccount {
    std::uint64_t nonce = 0;
    std::uint64_t registered_at = 0;
    std::uint32_t writer = kPreState;
    bool exists = false;
};
struct SeenSpend {
    std::uint64_t spendable = 0;
    std::uint32_t writer = kPreState;
};

/// The exact effects of the block, in block order: what the log is written from.
struct Journal {
    /// One per transaction; true if the dense path executed it.
    std::vector<std::uint8_t> dense_executed;
    std::vector<SeenAccount> sources;  ///< per transaction
    std::vector<SeenSpend> spends;     ///< parallel to the plan's spends
    std::vector<SeenAccount> outputs;  ///< parallel to the plan's outputs
    /// Log lines of transactions that ran in the ordered lane, by transaction.
    std::vector<std::vector<Access>> lane_accesses;
};

/// Decides the block on one thread, in block order. A transaction that the dense path cannot
/// execute (another type, a failing check, an account that is not plain) runs in the ordered lane:
/// the rules of `protocol` on the same ledger.
class BlockDecision {
  public:
    BlockDecision(const RuleContext& rules, const ExecutionContext& context, const BlockPlan& plan,
                  DenseLedger& ledger, BlockOutcome& outcome);

    /// Runs every transaction; true if the block was rejected (the outcome then is complete). An
    /// error is a failed read, or DeadlineExceeded.
    [[nodiscard]] absl::StatusOr<bool> run();
    /// The epilogue, in the ordered lane.
    [[nodiscard]] absl::Status close();

    [[nodiscard]] const Journal& journal() const noexcept { return journal_; }
    [[nodiscard]] std::uint64_t lane_count() const noexcept { return lane_count_; }

  private:
    [[nodiscard]] bool can_decide(const PlannedTransaction& planned);
    void decide(std::uint32_t index, const PlannedTransaction& planned);
    void decide_outputs(std::uint32_t index, const PlannedTransaction& planned);
    [[nodiscard]] DenseBalance& balance(const PlannedTransaction& planned,
                                        const PlannedSpend& spend);
    [[nodiscard]] absl::StatusOr<bool> run_in_lane(std::uint32_t index);

    const RuleContext& rules_;
    const ExecutionContext& context_;
    const BlockPlan& plan_;
    DenseLedger& ledger_;
    BlockOutcome& outcome_;
    Journal journal_;
    TransactionState lane_;
    std::uint64_t lane_count_ = 0;
};

}  // namespace parallax
