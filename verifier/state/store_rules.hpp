#pragma once

#include "verifier/core/store/chain_store.hpp"

#include <absl/status/status.h>

#include <cstdint>
#include <optional>

namespace parallax::state {

/// How many blocks can be taken back unless an option says otherwise.
inline constexpr std::uint32_t kDefaultUndoWindow = 64;

/// Where a store stands: its last block, and the oldest topoheight that it can go back to. Undo
/// records exist for every topoheight in (undo_floor, cursor.topoheight].
struct StoreHead {
    core::Cursor cursor;
    model::Topoheight undo_floor;
    friend bool operator==(const StoreHead&, const StoreHead&) = default;
};

/// The rules that every ChainStore shares, so that all of them refuse the same things in the same
/// words. Each answers OK, or the status that the store returns before it changes anything.

/// FailedPrecondition unless the block comes right after `head` (topoheight 0 in an empty store);
/// InvalidArgument unless the delta's keys ascend and each entry fits the table of families.
[[nodiscard]] absl::Status check_commit(const std::optional<StoreHead>& head,
                                        const core::BlockCommit& block);

/// FailedPrecondition in an empty store, OutOfRange unless `target` lies in the undo window.
[[nodiscard]] absl::Status check_rewind(const std::optional<StoreHead>& head,
                                        model::Topoheight target);

/// FailedPrecondition if the block at `found` is not the expected one.
[[nodiscard]] absl::Status check_rewind_hash(const core::Cursor& found,
                                             const std::optional<model::Hash>& expected_hash);

/// FailedPrecondition if the store has a cursor already.
[[nodiscard]] absl::Status check_load(const std::optional<StoreHead>& head);

/// InvalidArgument unless the entry is a row: a key and a value (`after`) that fit the table.
[[nodiscard]] absl::Status check_loaded_row(const model::DeltaEntry& entry);

/// The refusal of a key that a load brings a second time.
[[nodiscard]] absl::Status duplicate_row(const model::StateKey& key);

/// The head after `block`, with an undo window of `undo_window` blocks.
[[nodiscard]] StoreHead head_after(const std::optional<StoreHead>& head, const core::Cursor& block,
                                   std::uint32_t undo_window) noexcept;

/// True if the key's family is in the table and the parts that it does not use are zero.
[[nodiscard]] bool is_table_key(const model::StateKey& key) noexcept;

}  // namespace parallax::state
