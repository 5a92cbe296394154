#pragma once

#include "verifier/model/identifiers.hpp"
#include "verifier/model/outcome.hpp"

#include <cstdint>
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

}  // namespace parallax::executors::staged
