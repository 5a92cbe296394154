#pragma once

#include "verifier/protocol/block_state.hpp"
#include "verifier/protocol/transaction_state.hpp"

#include "absl/container/flat_hash_map.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace parallax {

/// One-number row of a dense slot: the two ledgers of the semantics reference, 6.2, as numbers.
/// What may be spent is stored - outputs, until the ordered lane says otherwise.
struct DenseBalance {
    std::uint64_t stored = 0;
    std::uint64_t outputs = 0;
    std::uint64_t received = 0;
    std::uint32_t spend_writer = kPreState;
    bool existed = false;
    bool written = false;
    /// The ordered lane has set a spendable amount that the numbers do not tell (a transaction that
    /// failed half-way, or an energy pool): only the ordered lane may spend from it now.
    bool diverged = false;
    std::uint64_t diverged_spendable = 0;
};

/// Account row of a dense slot, its TOS balance beside it: a transfer touches one line per account.
struct DenseAccount {
    PublicKey key;
    std::uint64_t nonce = 0;
    std::uint64_t registered_at = 0;
    std::uint64_t stored_nonce = 0;
    std::uint64_t stored_registered_at = 0;
    std::uint32_t writer = kPreState;
    bool existed = false;
    bool exists = false;
    bool written = false;
    /// Some transaction of the block has it as its source: its multisig and agent rows were read.
    bool is_source = false;
    /// Has neither a multisig configuration nor an agent record; the dense path knows no other.
    bool plain = true;
    DenseBalance tos;
};

/// A balance of an asset other than TOS.
struct DenseAssetBalance {
    std::uint32_t account = 0;
    AssetId asset;
    DenseBalance balance;
};

/// Where a row is: shard in the upper 8 bits, position in the lower 24.
using Slot = std::uint32_t;
inline constexpr Slot kNoDenseSlot = 0xFFFF'FFFF;
inline constexpr std::uint32_t kMaxSlotsPerShard = 1U << 24;
inline constexpr std::uint32_t kMaxShards = 255;

/// Rows of the accounts whose key falls into one shard. Filled by one thread at a time.
struct DenseShard {
    absl::flat_hash_map<PublicKey, std::uint32_t> account_index;
    std::vector<DenseAccount> accounts;
    absl::flat_hash_map<std::pair<std::uint32_t, AssetId>, std::uint32_t> asset_index;
    std::vector<DenseAssetBalance> assets;
};

/// The state of a block as arrays: account and balance rows interned into dense slots by shard of
/// their key, and everything else in a plain block state beside them. The ordered lane reads it as
/// any ledger. Interning and loading are parallel by shard; all else is for one thread.
class DenseLedger final : public LedgerReader {
  public:
    /// `shards` is 1 to `kMaxShards`. The view must outlive the ledger.
    DenseLedger(const StateView& view, std::uint32_t shards);

    [[nodiscard]] std::uint32_t shards() const noexcept {
        return static_cast<std::uint32_t>(shards_.size());
    }
    [[nodiscard]] std::uint32_t shard_of(const PublicKey& account) const noexcept {
        return account.bytes()[7] % static_cast<std::uint32_t>(shards_.size());
    }
    /// Only with the shard of the account held by the calling thread.
    [[nodiscard]] Slot intern_account(const PublicKey& account, bool is_source);
    [[nodiscard]] Slot intern_asset(Slot account, const AssetId& asset);
    void reserve(std::uint32_t shard, std::size_t accounts);

    /// Reads the rows of all slots of a shard, by one sorted batch.
    [[nodiscard]] absl::Status load(std::uint32_t shard);
    /// Reads what is not by shard: the burned supply.
    [[nodiscard]] absl::Status load_counters();

    [[nodiscard]] DenseAccount& account(Slot slot) noexcept {
        return shards_[slot >> 24].accounts[slot & 0xFF'FFFF];
    }
    [[nodiscard]] DenseBalance& asset_balance(Slot slot) noexcept {
        return shards_[slot >> 24].assets[slot & 0xFF'FFFF].balance;
    }
    [[nodiscard]] DenseBalance& burned() noexcept { return burned_; }

    [[nodiscard]] absl::Status read_value(const StateKey& key, VisibleValue& out) const override;
    [[nodiscard]] absl::Status read_amount(const StateKey& key, VisibleAmount& out) const override;

    /// Adds a transaction of the ordered lane. False as `BlockState::merge`.
    [[nodiscard]] bool merge(const TransactionState& transaction);

    [[nodiscard]] const std::vector<DenseShard>& shard_list() const noexcept { return shards_; }
    [[nodiscard]] const DenseBalance& burned() const noexcept { return burned_; }
    /// The rows that are in no slot, sorted.
    [[nodiscard]] Delta take_rest() { return std::move(rest_).take_delta(); }

  private:
    const StateView& view_;
    std::vector<DenseShard> shards_;
    DenseBalance burned_;
    BlockState rest_;

    /// The slot's row, or null if the key has none; one search for readers and for `merge`.
    template <class Self>
    static auto find_account(Self& self, const PublicKey& key)
        -> decltype(self.shards_[0].accounts.data());
    template <class Self>
    static auto find_balance(Self& self, const StateKey& key) -> decltype(&self.burned_);
    [[nodiscard]] bool merge_dense(const TransactionState::Entry& entry, std::uint32_t transaction);
};

}  // namespace parallax
