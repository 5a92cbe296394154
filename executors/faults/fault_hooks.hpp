#pragma once

#include "executors/runtime/fault_seam.hpp"
#include "executors/runtime/worker_pool.hpp"
#include "verifier/core/mutex.hpp"

#include <atomic>
#include <cstdint>
#include <map>
#include <optional>

namespace parallax {

/// What a fault's hooks may look at: the block, and what they keep. Hooks that run on workers
/// (`read`, `step`) take `mutex` for what is no atomic.
struct FaultScene {
    const StateView* view = nullptr;
    const RuleContext* rules = nullptr;
    WorkerPool* pool = nullptr;
    const std::atomic<bool>* cancelled = nullptr;

    Mutex mutex;
    /// Kept from block to block: rows as they were first read.
    std::map<StateKey, std::uint64_t> remembered;
    /// The transaction that is merged has failed, and is kept all the same.
    bool merges_failed = false;
    /// Kept for one block.
    std::map<StateKey, std::uint64_t> amounts;
    std::map<StateKey, std::uint64_t> other_amounts;
    std::atomic<std::uint64_t> sum{0};
    std::atomic<std::uint64_t> snapshot{0};
    std::atomic<std::uint32_t> first_failed{0xFFFF'FFFF};

    [[nodiscard]] const Transaction& transaction(std::uint32_t index) const {
        return rules->block.transactions()[index].transaction;
    }
    [[nodiscard]] const PublicKey& source(std::uint32_t index) const {
        return transaction(index).source;
    }
    [[nodiscard]] const PublicKey& miner() const { return rules->block.header().miner; }
    [[nodiscard]] bool is_source_balance(std::uint32_t index, const StateKey& key) const {
        return key.family == Family::kBalance && key.owner == source(index).bytes();
    }
    /// The row before the block; nothing if it is not there or cannot be read.
    [[nodiscard]] std::optional<StateValue> before(const StateKey& key) const;
};

/// What one fault does, and where: those that are null leave the executor as it is.
struct FaultHooks {
    bool skips_signatures = false;
    /// The executor answers with an error.
    bool gives_up = false;
    bool (*ignores_conflict)(FaultScene&, std::uint32_t transaction) = nullptr;
    void (*read_value)(FaultScene&, std::uint32_t transaction, const StateKey&,
                       VisibleValue&) = nullptr;
    void (*read_amount)(FaultScene&, std::uint32_t transaction, const StateKey&,
                        VisibleAmount&) = nullptr;
    RuleResult (*step)(FaultScene&, const Pass&, TransactionState&, TxIndex) = nullptr;
    /// Changes one entry of a transaction before it joins the block; all its flags off drops it.
    void (*entry)(FaultScene&, std::uint32_t transaction, TransactionState::Entry&) = nullptr;
    /// After a transaction was merged or dropped.
    void (*merged)(FaultScene&, BlockState&, const TransactionState&, RuleResult&,
                   bool kept) = nullptr;
    /// A dropped transaction is merged all the same.
    bool keeps_failed = false;
    /// Nothing is checked when merging: sums wrap.
    bool merges_unchecked = false;
    void (*collected)(FaultScene&, BlockOutcome&) = nullptr;
};

/// The seam of one fault. One executor at a time.
class HookedSeam final : public FaultSeam {
  public:
    explicit HookedSeam(const FaultHooks& hooks) : hooks_(hooks) {}

    void begins(const StateView& view, const RuleContext& rules, WorkerPool& pool,
                const std::atomic<bool>& cancelled) override;
    [[nodiscard]] bool skips_signatures() const override { return hooks_.skips_signatures; }
    [[nodiscard]] bool ignores_conflict(TxIndex transaction) override;
    void read(std::uint32_t transaction, const StateKey& key, VisibleValue& out) override;
    void read(std::uint32_t transaction, const StateKey& key, VisibleAmount& out) override;
    [[nodiscard]] RuleResult step(const Pass& pass, TransactionState& state, TxIndex index,
                                  const RuleContext& rules) override;
    [[nodiscard]] bool merge(BlockState& state, const TransactionState& transaction,
                             RuleResult& result, bool kept) override;
    void collected(BlockOutcome& outcome) override;

  private:
    void merge_entries(BlockState& state, const TransactionState& transaction);

    const FaultHooks hooks_;
    FaultScene scene_;
};

/// The entry of `key` in a delta, or null.
[[nodiscard]] DeltaEntry* find_entry(BlockOutcome& outcome, const StateKey& key);
/// Adds a row to the delta at its place, or replaces it.
void put_entry(BlockOutcome& outcome, DeltaEntry entry);
/// Adds an effect on one row to the block, as if transaction `index` had it.
void add_effect(BlockState& state, std::uint32_t index, const StateKey& key, Amount received,
                Amount outputs);
void write_value(BlockState& state, std::uint32_t index, const StateKey& key,
                 std::optional<StateValue> value);

}  // namespace parallax
