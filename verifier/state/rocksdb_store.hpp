#pragma once

#include "verifier/core/store/chain_store.hpp"
#include "verifier/state/rocksdb_database.hpp"
#include "verifier/state/store_rules.hpp"

#include <atomic>
#include <memory>
#include <optional>
#include <string>

namespace parallax::state {

class RocksDbBatch;
struct UndoRecord;

/// The ChainStore on disk. A block is one RocksDB write batch: its rows, its undo record, its
/// ledger record and the cursor, so a crash at any instant leaves all of a block or nothing of it.
///
/// Commits read nothing: the undo record is the delta's `before` side, which the caller vouches
/// for. Entries that change nothing (`before == after`) are not written at all.
///
/// `commit`, `rewind`, `load`, `checkpoint` are for one thread; the rest may come from any. Views
/// must be dropped before the store; one that is not keeps the folder locked until it goes.
///
/// A load that was cut short by a crash is taken back when the store is opened: it is empty then.
/// One that failed, and could not be taken back either (a full disk), leaves a store that answers
/// FailedPrecondition to everything but `load`, which starts over.
class RocksDbStore final : public core::ChainStore {
  public:
    using Options = RocksDbOptions;

    /// Opens the store in folder `path`, or makes a new one. See RocksDbDatabase::open for what is
    /// refused and how.
    [[nodiscard]] static absl::StatusOr<std::unique_ptr<RocksDbStore>> create(
        const std::string& path, const core::StoreIdentity& identity, Options options);
    ~RocksDbStore() override;
    RocksDbStore(const RocksDbStore&) = delete;
    RocksDbStore& operator=(const RocksDbStore&) = delete;

    [[nodiscard]] std::unique_ptr<protocol::StateView> snapshot() const override;
    [[nodiscard]] absl::StatusOr<std::optional<core::Cursor>> cursor() const override;
    /// Rows in any order, in bounded memory; ascending keys are faster. After a failure that is
    /// not a crash the store is as empty as it was.
    [[nodiscard]] absl::Status load(
        const core::Cursor& base,
        const std::function<absl::StatusOr<std::optional<model::DeltaEntry>>()>& next) override;
    [[nodiscard]] absl::Status commit(const core::BlockCommit& block) override;
    /// One write batch. Ledger records above `target` are deleted in it: whoever wants to keep
    /// them reads them first.
    [[nodiscard]] absl::Status rewind(model::Topoheight target,
                                      const std::optional<model::Hash>& expected_hash) override;
    [[nodiscard]] absl::StatusOr<std::optional<core::StoreBeginning>> beginning() const override;
    [[nodiscard]] absl::StatusOr<std::optional<model::Topoheight>> undo_floor() const override;
    [[nodiscard]] absl::StatusOr<std::optional<model::Topoheight>> place_of(
        const model::Hash& block) const override;
    [[nodiscard]] absl::Status read_ledger(
        model::Topoheight first, model::Topoheight last,
        const std::function<absl::Status(model::Topoheight, const base::Bytes&)>& visit)
        const override;
    [[nodiscard]] absl::StatusOr<std::optional<base::Bytes>> read_input(
        model::Topoheight topoheight) const override;
    [[nodiscard]] absl::Status scan(
        const std::function<absl::Status(const model::StateKey&, const model::StateValue&)>& visit)
        const override;
    /// `directory` must not exist, the folder above it must. It is a whole store of its own.
    [[nodiscard]] absl::Status checkpoint(const std::string& directory) override;

    /// Reads everything: block checksums of every file, and every row of the state. Slow.
    [[nodiscard]] absl::Status verify() const;

  private:
    RocksDbStore(std::shared_ptr<RocksDbDatabase> database, const Options& options);
    /// Fills `head_` from disk, after it has taken back what is left of a load.
    [[nodiscard]] absl::Status read_position();
    [[nodiscard]] absl::StatusOr<std::optional<StoreHead>> read_head() const;
    /// The digest of what was just loaded, which the loader may know already.
    [[nodiscard]] absl::StatusOr<model::Hash> digest_of_load(
        const std::optional<model::Hash>& digest) const;
    /// FailedPrecondition while a load runs, or if one was cut short.
    [[nodiscard]] absl::Status check_usable() const;
    [[nodiscard]] absl::Status write_block(const core::BlockCommit& block);
    [[nodiscard]] absl::Status take_back(model::Topoheight target, const core::Cursor& found);
    /// Adds what takes the block at `topoheight`, whose hash is `block`, back; answers with the
    /// hash of the block before it.
    [[nodiscard]] absl::StatusOr<model::Hash> undo_block(model::Topoheight topoheight,
                                                         const model::Hash& block,
                                                         RocksDbBatch& batch) const;
    /// The cursor as it was before the block at `topoheight`.
    [[nodiscard]] absl::StatusOr<core::Cursor> cursor_before(model::Topoheight topoheight) const;
    [[nodiscard]] absl::StatusOr<UndoRecord> read_undo(model::Topoheight topoheight) const;

    /// Shared with the views: see RocksDbDatabase.
    const std::shared_ptr<RocksDbDatabase> database_;
    const Options options_;

    /// What there is of a load: while it runs, or was cut short, the state is a part only.
    enum class Load { kNone, kRuns, kCutShort };
    std::atomic<Load> load_{Load::kNone};

    /// What the committing thread knows to be on disk; no other thread touches it.
    std::optional<StoreHead> head_;
};

}  // namespace parallax::state
