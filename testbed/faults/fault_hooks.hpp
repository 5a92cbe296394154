#pragma once

#include "executors/runtime/fault_seam.hpp"
#include "executors/runtime/worker_pool.hpp"
#include "verifier/base/mutex.hpp"
#include "verifier/chains/tos/e1/profile.hpp"
#include "verifier/chains/tos/e1/transaction_rules.hpp"

#include <atomic>
#include <cstdint>
#include <map>
#include <optional>

namespace parallax::testbed {

/// What a fault's hooks may look at: the block, and what they keep. Hooks that run on workers
/// (`read`, `step`) take `mutex` for what is no atomic.
struct FaultScene {
    const protocol::StateView* view = nullptr;
    const protocol::RuleContext* rules = nullptr;
    executors::runtime::WorkerPool* pool = nullptr;
    const std::atomic<bool>* cancelled = nullptr;

    base::Mutex mutex;
    /// Kept from block to block: rows as they were first read.
    std::map<model::StateKey, std::uint64_t> remembered;
    /// The transaction that is merged has failed, and is kept all the same.
    bool merges_failed = false;
    /// Kept for one block.
    std::map<model::StateKey, std::uint64_t> amounts;
    std::map<model::StateKey, std::uint64_t> other_amounts;
    std::atomic<std::uint64_t> sum{0};
    std::atomic<std::uint64_t> snapshot{0};
    std::atomic<std::uint32_t> first_failed{0xFFFF'FFFF};

    /// Whether these are E1's rules: another chain's are closed to faults inside them.
    [[nodiscard]] bool is_e1() const {
        return dynamic_cast<const tos::e1::Profile*>(&rules->protocol) != nullptr;
    }
    /// Of another chain's block an empty one, which no fault is about.
    [[nodiscard]] const tos::e1::Transaction& transaction(std::uint32_t index) const {
        static const tos::e1::Transaction kNone;
        const auto* body = dynamic_cast<const tos::e1::AdmittedBody*>(&rules->block.body());
        return body != nullptr ? body->entries[index].transaction : kNone;
    }
    /// The rules of the chain itself, for faults inside them. Requires `is_e1`.
    [[nodiscard]] tos::e1::RuleContext e1_rules() const {
        return {static_cast<const tos::e1::Profile&>(rules->protocol), rules->block,
                rules->signatures};
    }
    [[nodiscard]] const model::PublicKey& source(std::uint32_t index) const {
        return rules->block.transactions()[index].source;
    }
    [[nodiscard]] const model::PublicKey& miner() const { return rules->block.miner(); }
    [[nodiscard]] bool is_source_balance(std::uint32_t index, const model::StateKey& key) const {
        return key.family == model::Family::kBalance && key.owner == source(index).bytes();
    }
    /// The row before the block; nothing if it is not there or cannot be read.
    [[nodiscard]] std::optional<model::StateValue> before(const model::StateKey& key) const;
};

/// What one fault does, and where: those that are null leave the executor as it is.
struct FaultHooks {
    bool skips_signatures = false;
    /// The executor answers with an error.
    bool gives_up = false;
    bool (*ignores_conflict)(FaultScene&, std::uint32_t transaction) = nullptr;
    void (*read_value)(FaultScene&, std::uint32_t transaction, const model::StateKey&,
                       protocol::VisibleValue&) = nullptr;
    void (*read_amount)(FaultScene&, std::uint32_t transaction, const model::StateKey&,
                        protocol::VisibleAmount&) = nullptr;
    protocol::RuleResult (*step)(FaultScene&, protocol::TransactionState&,
                                 model::TxIndex) = nullptr;
    /// Changes one entry of a transaction before it joins the block; all its flags off drops it.
    void (*entry)(FaultScene&, std::uint32_t transaction,
                  protocol::TransactionState::Entry&) = nullptr;
    /// After a transaction was merged or dropped.
    void (*merged)(FaultScene&, protocol::BlockState&, const protocol::TransactionState&,
                   protocol::RuleResult&, bool kept) = nullptr;
    /// A dropped transaction is merged all the same.
    bool keeps_failed = false;
    /// Nothing is checked when merging: sums wrap.
    bool merges_unchecked = false;
    void (*collected)(FaultScene&, model::BlockOutcome&) = nullptr;
};

/// The seam of one fault. One executor at a time.
class HookedSeam final : public executors::runtime::FaultSeam {
  public:
    explicit HookedSeam(const FaultHooks& hooks) : hooks_(hooks) {}

    void begins(const protocol::StateView& view, const protocol::RuleContext& rules,
                executors::runtime::WorkerPool& pool, const std::atomic<bool>& cancelled) override;
    [[nodiscard]] bool skips_signatures() const override { return hooks_.skips_signatures; }
    [[nodiscard]] bool ignores_conflict(model::TxIndex transaction) override;
    void read(std::uint32_t transaction, const model::StateKey& key,
              protocol::VisibleValue& out) override;
    void read(std::uint32_t transaction, const model::StateKey& key,
              protocol::VisibleAmount& out) override;
    [[nodiscard]] protocol::RuleResult step(protocol::TransactionState& state, model::TxIndex index,
                                            const protocol::RuleContext& rules) override;
    [[nodiscard]] bool merge(protocol::BlockState& state,
                             const protocol::TransactionState& transaction,
                             protocol::RuleResult& result, bool kept) override;
    void collected(model::BlockOutcome& outcome) override;

  private:
    void merge_entries(protocol::BlockState& state, const protocol::TransactionState& transaction);

    const FaultHooks hooks_;
    FaultScene scene_;
};

/// The entry of `key` in a delta, or null.
[[nodiscard]] model::DeltaEntry* find_entry(model::BlockOutcome& outcome,
                                            const model::StateKey& key);
/// Adds a row to the delta at its place, or replaces it.
void put_entry(model::BlockOutcome& outcome, model::DeltaEntry entry);
/// Adds an effect on one row to the block, as if transaction `index` had it.
void add_effect(protocol::BlockState& state, std::uint32_t index, const model::StateKey& key,
                model::Amount received, model::Amount outputs);
void write_value(protocol::BlockState& state, std::uint32_t index, const model::StateKey& key,
                 std::optional<model::StateValue> value);

}  // namespace parallax::testbed
