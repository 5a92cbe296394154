#pragma once

#include "executors/staged/block_plan.hpp"
#include "executors/staged/dense_ledger.hpp"
#include "verifier/core/verification/block_executor.hpp"
#include "verifier/protocol/protocol.hpp"

#include <cstdint>
#include <vector>

namespace parallax::executors::staged {

/// An account row as a transaction saw it, for the access log.
struct SeenAccount {
    std::uint64_t nonce = 0;
    std::uint64_t registered_at = 0;
    std::uint32_t writer = model::kPreState;
    bool exists = false;
};
struct SeenSpend {
    std::uint64_t spendable = 0;
    std::uint32_t writer = model::kPreState;
};

/// The exact effects of the block, in block order. What only the access log needs is empty if there
/// is none.
struct BlockEffects {
    /// One per transaction; not zero if the dense path executed it.
    std::vector<std::uint8_t> dense_executed;
    std::uint32_t created_accounts = 0;
    /// By reference, as in the plan: a source or an output's account before the transaction.
    std::vector<SeenAccount> accounts;
    /// By reference of the source, the TOS debit; the debits of other assets by transaction.
    std::vector<SeenSpend> tos_spends;
    std::vector<std::vector<SeenSpend>> asset_spends;
    /// Log lines of what the block does before its transactions.
    std::vector<model::Access> initial_accesses;
    /// Log lines of transactions that ran in the ordered lane, by transaction; the epilogue last.
    std::vector<std::vector<model::Access>> lane_accesses;
};

/// Decides the block on one thread, in block order. A transaction that the dense path cannot
/// execute (another type, a failing check, an account that is not plain) runs in the ordered lane:
/// the rules of `protocol` on the same ledger.
class BlockDecision {
  public:
    /// `outcome` has one result per transaction.
    BlockDecision(const protocol::RuleContext& rules, const core::ExecutionContext& context,
                  const BlockPlan& plan, DenseLedger& ledger, model::BlockOutcome& outcome);

    /// What the block does before its transactions, in the ordered lane. An error is a failed read.
    [[nodiscard]] absl::Status open();
    /// Runs every transaction; true if the block was rejected (the outcome then is complete). An
    /// error is a failed read, or DeadlineExceeded.
    [[nodiscard]] absl::StatusOr<bool> run();
    /// The epilogue, in the ordered lane.
    [[nodiscard]] absl::Status close();

    [[nodiscard]] const BlockEffects& journal() const noexcept { return journal_; }
    [[nodiscard]] std::uint64_t lane_count() const noexcept { return lane_count_; }

  private:
    /// Decides TOS transfers from `first` on; returns the first transaction that it could not.
    template <bool kRecord>
    [[nodiscard]] std::uint32_t decide_transfers(std::uint32_t first);
    /// One transaction of any dense kind, every check made. False, and nothing changes, if it must
    /// run in the ordered lane.
    [[nodiscard]] bool decide_any(std::uint32_t index);
    [[nodiscard]] bool can_decide(std::uint32_t index) const;
    [[nodiscard]] bool fits(std::uint32_t index) const;
    void apply_spends(std::uint32_t index);
    void apply_outputs(std::uint32_t index);
    void record_account(std::uint32_t reference);
    void record_source(std::uint32_t reference);
    void create_account(DenseAccount& account, std::uint32_t index);
    [[nodiscard]] absl::StatusOr<bool> run_in_lane(std::uint32_t index);
    [[nodiscard]] const PlannedAssets* assets_of(std::uint32_t index) const;

    const protocol::RuleContext& rules_;
    const core::ExecutionContext& context_;
    const BlockPlan& plan_;
    DenseLedger& ledger_;
    model::BlockOutcome& outcome_;
    DenseAccount* const accounts_;
    BlockEffects journal_;
    protocol::TransactionState lane_;
    /// No TOS row can be larger now: as long as a transfer fits on this, each of its outputs fits.
    std::uint64_t largest_total_;
    std::uint64_t lane_count_ = 0;
};

}  // namespace parallax::executors::staged
