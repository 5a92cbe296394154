#pragma once

#include "verifier/crypto/hashing.hpp"
#include "verifier/model/delta.hpp"
#include "verifier/model/verdict.hpp"
#include "verifier/protocol/state_view.hpp"

#include "absl/status/statusor.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace parallax::core {

/// Which chain a store belongs to. Opening a store of another identity is refused.
struct StoreIdentity {
    std::string network;
    std::string profile;
    friend bool operator==(const StoreIdentity&, const StoreIdentity&) = default;
};

/// The last block that was committed, and the head of the verdict ledger.
struct Cursor {
    model::Topoheight topoheight;
    model::Hash block_hash;
    model::Hash ledger_head;
    friend bool operator==(const Cursor&, const Cursor&) = default;
};

/// What a store began with: the block that the loaded state is the result of, and the digest of its
/// rows, as `state_digest` makes it.
struct StoreBeginning {
    model::Topoheight topoheight;
    model::Hash block_hash;
    model::Hash digest;
    friend bool operator==(const StoreBeginning&, const StoreBeginning&) = default;
};

/// Everything that one block adds, written as one atomic batch.
struct BlockCommit {
    Cursor cursor;
    model::Delta delta;
    /// The ledger record of this block: canonical bytes, chained by `cursor.ledger_head`.
    base::Bytes ledger_record;
    /// What identifies the block that came (`BlockInput`), to know it again; empty for nothing.
    base::Bytes input = {};
};

/// The latest state of a chain, its undo window and its verdict ledger. Implementations:
/// `MemoryStore` (the reference) and `RocksDbStore`. `commit`, `rewind`, `load` and `checkpoint`
/// are for one thread; `snapshot` and reads may come from any thread.
class ChainStore {
  public:
    virtual ~ChainStore() = default;

    /// The state as it is now; later commits do not show in it. It pins resources until dropped,
    /// and must be dropped before the store.
    [[nodiscard]] virtual std::unique_ptr<protocol::StateView> snapshot() const = 0;

    /// Nothing before the first commit or `load`.
    [[nodiscard]] virtual absl::StatusOr<std::optional<Cursor>> cursor() const = 0;

    /// Replaces the whole state of an empty store (FailedPrecondition if it has a cursor). The
    /// cursor becomes `base`: the block that the state is the result of. Rows come in any order,
    /// each key once. After a failure the store is empty again.
    [[nodiscard]] virtual absl::Status load(
        const Cursor& base,
        const std::function<absl::StatusOr<std::optional<model::DeltaEntry>>()>& next) = 0;

    /// Applies one block: state, undo record, ledger record, its place and the cursor, all or
    /// nothing. The block must follow the cursor, or be topoheight 0 in an empty store
    /// (FailedPrecondition names what was expected). Whether it has a place in the order already is
    /// the caller's to ask (`place_of`).
    [[nodiscard]] virtual absl::Status commit(const BlockCommit& block) = 0;

    /// Takes blocks back until `target` is the cursor. Their ledger records are deleted: read them
    /// first to keep them. OutOfRange if `target` is above the cursor or below the undo window,
    /// FailedPrecondition if the block there has another hash; nothing changes then.
    [[nodiscard]] virtual absl::Status rewind(model::Topoheight target,
                                              const std::optional<model::Hash>& expected_hash) = 0;

    /// What `load` took, whatever blocks have changed since. Nothing if that is not known: the
    /// store began without a load, or was made by a version that did not keep it.
    [[nodiscard]] virtual absl::StatusOr<std::optional<StoreBeginning>> beginning() const = 0;

    /// The oldest topoheight that `rewind` can reach.
    [[nodiscard]] virtual absl::StatusOr<std::optional<model::Topoheight>> undo_floor() const = 0;

    /// Where the order has `block`: the topoheight at which it was committed, or that of the state
    /// that was loaded, and nothing once it was taken back. Blocks below the loaded state are not
    /// known. Every committed block is found, however far below the undo window it lies.
    [[nodiscard]] virtual absl::StatusOr<std::optional<model::Topoheight>> place_of(
        const model::Hash& block) const = 0;

    /// Ledger records with topoheight in [first, last], ascending.
    [[nodiscard]] virtual absl::Status read_ledger(
        model::Topoheight first, model::Topoheight last,
        const std::function<absl::Status(model::Topoheight, const base::Bytes&)>& visit) const = 0;

    /// What was committed as `input` of the block at `topoheight`; nothing if there was none.
    [[nodiscard]] virtual absl::StatusOr<std::optional<base::Bytes>> read_input(
        model::Topoheight topoheight) const = 0;

    /// Calls `visit` for every row in key order, of the state as it is now.
    [[nodiscard]] virtual absl::Status scan(
        const std::function<absl::Status(const model::StateKey&, const model::StateValue&)>& visit)
        const = 0;

    /// A consistent copy on disk (hard links) in a new folder. Unimplemented in memory.
    [[nodiscard]] virtual absl::Status checkpoint(const std::string& directory) = 0;
};

/// BLAKE3 over every row in key order (65 key bytes, u32 length, value bytes): equal states have
/// equal digests, whatever holds them.
class StateDigest {
  public:
    /// Rows come with ascending keys; `value` is canonical bytes.
    void add(const model::StateKey& key, std::span<const std::uint8_t> value);
    [[nodiscard]] model::Hash finish() const noexcept { return hasher_.finish(); }

  private:
    crypto::Blake3Hasher hasher_;
};

/// Of everything that is in the store now.
[[nodiscard]] absl::StatusOr<model::Hash> state_digest(const ChainStore& store);

}  // namespace parallax::core
