#pragma once

#include "executors/staged/dense_rows.hpp"
#include "executors/staged/key_order.hpp"
#include "verifier/protocol/block_state.hpp"
#include "verifier/protocol/transaction_state.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace parallax::executors::staged {

/// Which balance of an asset a transaction uses, and where its slot is to be written.
struct AssetReference {
    std::uint32_t account = 0;
    model::AssetId asset;
    AssetSlot* slot = nullptr;
};

/// The state of a block as arrays: account and balance rows interned into dense slots by range of
/// their key, and everything else in a plain block state beside them. The ordered lane reads it as
/// any ledger. Interning and loading are parallel by shard; all else is for one thread.
class DenseLedger final : public protocol::BlockStateReader {
  public:
    /// `shards` is 1 to `kMaxShards`; `now` is the topoheight of execution. The view must outlive
    /// the ledger.
    DenseLedger(const protocol::StateView& view, std::uint32_t shards, model::Topoheight now);

    [[nodiscard]] std::uint32_t shards() const noexcept {
        return static_cast<std::uint32_t>(shards_.size());
    }
    /// Room for this many uses of accounts; before any shard is interned.
    void reserve(std::size_t references) {
        accounts_ = std::make_unique_for_overwrite<DenseAccount[]>(references);
    }

    /// Makes the rows of a shard from its sorted references and their keys, and writes each one's
    /// slot to `slots[index]`. `first` is the first slot that is the shard's own.
    void intern(std::uint32_t shard, Slot first, const std::vector<KeyReference>& sorted,
                const std::vector<const KeyBytes*>& keys, std::vector<Slot>& slots);
    /// Likewise the asset balances of a shard whose accounts are interned.
    void intern_assets(std::uint32_t shard, std::vector<AssetReference> references);

    /// Reads the rows of all slots of a shard, by sorted batches.
    [[nodiscard]] absl::Status load(std::uint32_t shard);
    /// Reads what is not by shard: the burned supply.
    [[nodiscard]] absl::Status load_counters();

    [[nodiscard]] DenseAccount* accounts() noexcept { return accounts_.get(); }
    [[nodiscard]] const DenseAccount* accounts() const noexcept { return accounts_.get(); }
    [[nodiscard]] DenseBalance& asset_balance(AssetSlot slot) noexcept {
        return shards_[slot >> 24].assets[slot & 0xFF'FFFF].balance;
    }
    [[nodiscard]] const std::vector<DenseShard>& shard_list() const noexcept { return shards_; }
    [[nodiscard]] DenseBalance& burned() noexcept { return burned_; }
    [[nodiscard]] const DenseBalance& burned() const noexcept { return burned_; }
    /// No TOS row in a slot is larger, as of the last load or merge.
    [[nodiscard]] std::uint64_t largest_total() const noexcept;
    /// Topoheight of registration of an account, and who last set what its TOS row may spend.
    [[nodiscard]] model::Topoheight registered_at(const DenseShard& shard,
                                                  std::uint32_t position) const;
    [[nodiscard]] model::Topoheight registered_at(Slot slot) const;
    [[nodiscard]] std::uint32_t spend_writer(Slot slot) const;
    /// What the block's end takes from the stored TOS of an account.
    [[nodiscard]] std::uint64_t tos_outputs(const DenseShard& shard, std::uint32_t position) const;

    [[nodiscard]] absl::Status read_value(const model::StateKey& key,
                                          protocol::VisibleValue& out) const override;
    [[nodiscard]] absl::Status read_amount(const model::StateKey& key,
                                           protocol::VisibleAmount& out) const override;

    /// Adds a transaction of the ordered lane. False as `BlockState::merge`.
    [[nodiscard]] bool merge(const protocol::TransactionState& transaction);

    /// The rows that are in no slot, sorted.
    [[nodiscard]] model::Delta take_rest() { return std::move(rest_).take_delta(); }

  private:
    /// A row found by key; `slot` is `kNoSlot` if the key has none.
    struct Place {
        std::uint32_t shard = 0;
        std::uint32_t position = 0;
        Slot slot = protocol::kNoSlot;
        [[nodiscard]] bool found() const noexcept { return slot != protocol::kNoSlot; }
    };
    [[nodiscard]] const DenseRow& row_at(const Place& place) const {
        return shards_[place.shard].rows[place.position];
    }
    [[nodiscard]] const DenseShard& shard_of(Slot slot) const;
    [[nodiscard]] LaneRow& lane_row(const Place& place);
    [[nodiscard]] Place find_account(const model::PublicKey& key) const;
    /// True, and `out` is the balance, if the key has a slot.
    [[nodiscard]] bool find_balance(const model::StateKey& key, DenseBalance& out) const;
    [[nodiscard]] DenseBalance tos_of(const Place& place) const;
    void set_balance(const model::StateKey& key, const DenseBalance& balance);
    void set_tos(const Place& place, const DenseBalance& balance);
    void set_account(const Place& place, const protocol::TransactionState::Entry& entry,
                     std::uint32_t transaction);
    void refresh(const Place& place);
    [[nodiscard]] bool merge_dense(const protocol::TransactionState::Entry& entry,
                                   std::uint32_t transaction);

    const protocol::StateView& view_;
    const model::Topoheight now_;
    std::vector<DenseShard> shards_;
    /// By slot. A shard that needs fewer than it has references leaves a gap at its end.
    /// Written first by `intern`: clearing all of it beforehand would be a pass of its own.
    std::unique_ptr<DenseAccount[]> accounts_;
    DenseBalance burned_;
    protocol::BlockState rest_;
};

}  // namespace parallax::executors::staged
