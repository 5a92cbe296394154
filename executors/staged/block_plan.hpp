#pragma once

#include "executors/staged/dense_ledger.hpp"
#include "verifier/protocol/transaction_rules.hpp"

#include <cstdint>
#include <vector>

namespace parallax {

/// One debit of a planned transaction: an asset's sum, the fee included where it is TOS.
struct PlannedSpend {
    AssetId asset;
    Slot slot = kNoDenseSlot;  ///< of the asset balance; unused for TOS
    std::uint64_t sum = 0;
};

/// One output of a planned transfer.
struct PlannedOutput {
    Slot account = kNoDenseSlot;
    Slot asset = kNoDenseSlot;  ///< `kNoDenseSlot` for TOS
    std::uint64_t amount = 0;
    /// An earlier output of the same transaction pays the same account, or the same balance.
    bool account_repeated = false;
    bool balance_repeated = false;
};

/// What `decide` needs of one transaction. Not dense: it goes to the ordered lane.
struct PlannedTransaction {
    bool dense = false;
    bool already_executed = false;
    /// Its hash comes twice in the block: which of them runs is for the ordered lane to say.
    bool repeated = false;
    std::uint32_t first_spend = 0;
    std::uint32_t spend_count = 0;
    std::uint32_t first_output = 0;
    std::uint32_t output_count = 0;
    Slot source = kNoDenseSlot;
    std::uint64_t nonce = 0;
    std::uint64_t fee = 0;
    std::uint64_t burned = 0;
    /// Largest sum of one asset: no output of the transaction can credit more.
    std::uint64_t largest_sum = 0;
};

/// The block as flat arrays. `resolve_bytes` and `resolve_markers` of different transactions, and
/// `intern` of different shards, may run at once; in that order, each after the one before.
class BlockPlan {
  public:
    BlockPlan(const RuleContext& rules, DenseLedger& ledger);

    /// Checks that need no state, sums per asset, outputs.
    void resolve_bytes(std::uint32_t index);
    /// Whether an earlier block executed these transactions: [first, end).
    [[nodiscard]] absl::Status resolve_markers(const StateView& view, std::uint32_t first,
                                               std::uint32_t end);
    /// Slots of every key that falls into `shard`.
    void intern(std::uint32_t shard);
    /// Marks outputs that repeat an account or balance; after all shards are interned.
    void find_repeats(std::uint32_t index);

    [[nodiscard]] std::uint32_t size() const noexcept {
        return static_cast<std::uint32_t>(transactions_.size());
    }
    [[nodiscard]] const std::vector<PlannedTransaction>& transactions() const noexcept {
        return transactions_;
    }
    [[nodiscard]] const std::vector<PlannedSpend>& spends() const noexcept { return spends_; }
    [[nodiscard]] const std::vector<PlannedOutput>& outputs() const noexcept { return outputs_; }

  private:
    [[nodiscard]] bool plan_spend(PlannedTransaction& planned, const AssetId& asset,
                                  std::uint64_t amount);
    [[nodiscard]] bool plan_payload(PlannedTransaction& planned, const Transaction& transaction);
    void intern_transaction(std::uint32_t index, std::uint32_t shard);

    const RuleContext& rules_;
    DenseLedger& ledger_;
    std::vector<PlannedTransaction> transactions_;
    std::vector<PlannedSpend> spends_;
    std::vector<PlannedOutput> outputs_;
};

}  // namespace parallax
