#pragma once

#include "executors/staged/dense_ledger.hpp"
#include "executors/staged/key_order.hpp"
#include "verifier/model/outcome.hpp"
#include "verifier/protocol/protocol.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace parallax::executors::staged {

enum class PlanKind : std::uint8_t {
    /// Not dense: it goes to the ordered lane.
    kOrdered,
    /// Transfers of TOS only: decided from the arrays alone.
    kTransfers,
    /// A burn, or transfers of other assets: `BlockPlan::extras` has more of it.
    kWithAssets,
};

/// What `decide` needs of one transaction, besides the slots and amounts of its accounts.
struct PlannedTransaction {
    /// Its source, and after it its outputs, in `slots` and `amounts`.
    std::uint32_t first_reference = 0;
    std::uint32_t output_count = 0;
    std::uint64_t nonce = 0;
    std::uint64_t fee = 0;
    PlanKind kind = PlanKind::kOrdered;
};
static_assert(sizeof(PlannedTransaction) == 32);

/// One debit: an asset's sum, the fee included where it is TOS.
struct PlannedSpend {
    model::AssetId asset;
    AssetSlot slot = kNoAssetSlot;  ///< unused for TOS
    std::uint64_t sum = 0;
};
/// The rest of a transaction of `kWithAssets`.
struct PlannedAssets {
    std::vector<PlannedSpend> spends;
    std::vector<AssetSlot> outputs;  ///< one per output, `kNoAssetSlot` for TOS
    std::uint64_t burned = 0;
    /// Largest sum of one asset: no output of the transaction can credit more.
    std::uint64_t largest_sum = 0;
};

/// The block as flat arrays. `resolve` of different transactions may run at once; then `intern` and
/// `load_markers` of different shards.
class BlockPlan {
  public:
    BlockPlan(const protocol::RuleContext& rules, DenseLedger& ledger);

    /// Checks that need no state, sums per asset, outputs.
    void resolve(std::uint32_t index);
    /// Slots of every key that falls into `shard`.
    void intern(std::uint32_t shard);
    /// Puts the transactions whose hash falls into `shard` in order, and finds those that an
    /// earlier block executed or that are in this block twice: which of two runs is for the ordered
    /// lane to say.
    [[nodiscard]] absl::Status load_markers(const protocol::StateView& view, std::uint32_t shard);

    [[nodiscard]] std::uint32_t size() const noexcept {
        return static_cast<std::uint32_t>(transactions_.size());
    }
    [[nodiscard]] const std::vector<PlannedTransaction>& transactions() const noexcept {
        return transactions_;
    }
    /// By reference: the slot of a source or an output's account.
    [[nodiscard]] const std::vector<Slot>& slots() const noexcept { return slots_; }
    /// By reference: what a source spends of TOS in all, and what an output pays.
    [[nodiscard]] const std::vector<std::uint64_t>& amounts() const noexcept { return amounts_; }
    [[nodiscard]] const PlannedAssets& assets(std::uint32_t index) const noexcept {
        return *assets_[index];
    }
    /// By transaction, not zero: it must run in the ordered lane although its bytes are dense.
    [[nodiscard]] const std::vector<std::uint8_t>& held_back() const noexcept { return held_back_; }
    /// By shard: the transactions in the order of their hashes.
    [[nodiscard]] const std::vector<std::vector<KeyReference>>& marker_order() const noexcept {
        return marker_order_;
    }

  private:
    void fetch(std::uint32_t index) const;
    void refer(std::uint32_t reference, const model::PublicKey& account, bool is_source);
    [[nodiscard]] bool plan_payload(std::uint32_t index);
    [[nodiscard]] bool plan_burn(std::uint32_t index, const protocol::PlainOutput& burn);
    [[nodiscard]] bool plan_transfers(std::uint32_t index,
                                      std::span<const protocol::PlainOutput> outputs);
    [[nodiscard]] bool plan_assets(std::uint32_t index,
                                   std::span<const protocol::PlainOutput> outputs);
    void intern_assets(std::uint32_t shard);

    const protocol::RuleContext& rules_;
    DenseLedger& ledger_;
    std::vector<PlannedTransaction> transactions_;
    /// By reference, and the key that each means.
    std::vector<KeyReference> references_;
    std::vector<const KeyBytes*> keys_;
    std::vector<Slot> slots_;
    std::vector<std::uint64_t> amounts_;
    /// Null unless the transaction is of `kWithAssets`.
    std::vector<std::unique_ptr<PlannedAssets>> assets_;
    std::vector<KeyReference> markers_;
    std::vector<const KeyBytes*> hashes_;
    std::vector<std::vector<KeyReference>> marker_order_;
    std::vector<std::uint8_t> held_back_;
    std::atomic<bool> has_assets_{false};
};

}  // namespace parallax::executors::staged
