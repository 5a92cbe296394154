#pragma once

#include "executors/staged/key_order.hpp"
#include "verifier/protocol/block_state.hpp"
#include "verifier/protocol/transaction_state.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace parallax::executors::staged {

/// One-number row: the two ledgers of the protocol notes, 6.2, as numbers. What may be spent
/// is stored - outputs, until the ordered lane says otherwise.
struct DenseBalance {
    std::uint64_t stored = 0;
    std::uint64_t outputs = 0;
    std::uint64_t received = 0;
    std::uint32_t spend_writer = model::kPreState;
    bool existed = false;
    bool written = false;
    /// The ordered lane has set a spendable amount that the numbers do not tell (a transaction that
    /// failed half-way, or an energy pool): only the ordered lane may spend from it now.
    bool diverged = false;
    std::uint64_t diverged_spendable = 0;
};

/// All that deciding a TOS transfer needs of an account: half a cache line. The rest is in
/// `DenseRow`, which the serial loop never touches. No initialisers: arrays of it are written once.
struct alignas(32) DenseAccount {
    static constexpr std::uint32_t kExists = 1;
    /// May be the source of a dense transaction: it exists, so does its TOS row, what may be spent
    /// is `spendable`, and it has neither a multisig configuration nor an agent record.
    static constexpr std::uint32_t kMaySpend = 2;
    static constexpr std::uint32_t kWritten = 4;
    static constexpr std::uint32_t kTosWritten = 8;
    /// `writer` wrote the spendable side of the TOS row, too.
    static constexpr std::uint32_t kWriterSpent = 16;
    /// Registered by this block: at the block's topoheight.
    static constexpr std::uint32_t kCreated = 32;

    std::uint64_t nonce;
    /// TOS that may be spent, and TOS that a credit must fit on (stored + received).
    std::uint64_t spendable;
    std::uint64_t total;
    std::uint32_t writer;
    std::uint32_t flags;
};
static_assert(sizeof(DenseAccount) == 32);

inline constexpr std::uint32_t kNoLaneRow = 0xFFFF'FFFF;

/// The rest of an account row, one cache line: its key and what was stored.
struct DenseRow {
    model::PublicKey key;
    std::uint64_t stored_nonce = 0;
    std::uint64_t stored_registered_at = 0;
    std::uint64_t stored_tos = 0;
    bool existed = false;
    bool tos_existed = false;
    bool is_source = false;
    bool plain = true;
    /// In `DenseShard::lane_rows`, once the ordered lane has written to the row.
    std::uint32_t lane_row = kNoLaneRow;
};
static_assert(sizeof(DenseRow) == 64);

/// What only the ordered lane changes of an account row.
struct LaneRow {
    std::uint64_t registered_at = 0;
    /// TOS outputs, for when they are not `stored_tos` - spendable.
    std::uint64_t tos_outputs = 0;
    std::uint32_t spend_writer = model::kPreState;
    bool tos_diverged = false;
};

/// A balance of an asset other than TOS; `account` is a position in the same shard.
struct DenseAssetBalance {
    std::uint32_t account = 0;
    model::AssetId asset;
    DenseBalance balance;
};

/// Where an account is, in the whole block. Slots ascend as keys do.
using Slot = std::uint32_t;
/// Where an asset balance is: shard in the upper 8 bits, position in the lower 24.
using AssetSlot = std::uint32_t;
inline constexpr AssetSlot kNoAssetSlot = 0xFFFF'FFFF;
inline constexpr std::uint32_t kMaxShards = 255;

/// The accounts of one range of keys, ascending. Filled by one thread at a time.
struct DenseShard {
    /// Slot of the first account; the others follow.
    Slot first = 0;
    std::vector<std::uint64_t> prefixes;  ///< parallel to `rows`
    std::vector<DenseRow> rows;
    std::vector<LaneRow> lane_rows;
    std::vector<DenseAssetBalance> assets;  ///< ascending by account and asset
    /// No TOS row of the shard is larger.
    std::uint64_t largest_total = 0;
};

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
