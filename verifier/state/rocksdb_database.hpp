#pragma once

#include "verifier/core/store/chain_store.hpp"
#include "verifier/model/families.hpp"
#include "verifier/state/store_rules.hpp"

#include <absl/status/statusor.h>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

// RocksDB's own headers stay in the sources of this folder.
namespace rocksdb {
class ColumnFamilyHandle;
class DB;
class Status;
}  // namespace rocksdb

namespace parallax::state {

struct RocksDbOptions {
    /// How many blocks `rewind` can take back. Older undo records go with each commit.
    std::uint32_t undo_window = kDefaultUndoWindow;
    /// Makes a commit wait for the disk. Without it a crash of the machine may lose the last
    /// blocks, a crash of the process loses nothing; the store is consistent either way.
    bool sync = false;
    /// Keeps a write-ahead log. Without it even a crash of the process loses the last blocks.
    bool write_ahead_log = true;
    /// Opens a store whose log does not read to its end as it was before the first place that does
    /// not read: what a crash of the machine may leave. Otherwise only the torn end of the last
    /// write is taken for that, and anything else for damage.
    bool cut_log = false;
    /// Memory for uncompressed blocks of all column families, in MiB.
    std::uint32_t block_cache_mib = 64;
    /// Memory for what is not in files yet, of all column families together, in MiB.
    std::uint32_t write_buffer_mib = 64;
    /// Makes a new store in a missing or empty folder; otherwise that is NotFound.
    bool create_if_missing = true;

    /// InvalidArgument names every problem.
    [[nodiscard]] absl::Status validate() const;
};

/// An open RocksDB folder that is known to be a store of ours: the handle, its column families
/// (one per group of `kFamilyGroups`, `undo`, `ledger`, and the default one for the store's own
/// rows) and the translation of its errors. Shared by a store and its views, because a view that
/// is dropped too late must still find the database open. Thread-safe as RocksDB is.
class RocksDbDatabase {
  public:
    /// Opens or creates; a store whose creation was cut short is made anew. Nothing is ever written
    /// into a folder that is not a store or not of this identity. The refusals: NotFound (missing),
    /// FailedPrecondition (foreign, other identity or format), PermissionDenied, Unavailable
    /// (locked by another), DataLoss (damaged). Each message starts with the path and says what to
    /// do.
    [[nodiscard]] static absl::StatusOr<std::shared_ptr<RocksDbDatabase>> open(
        const std::string& path, const core::StoreIdentity& identity,
        const RocksDbOptions& options);
    ~RocksDbDatabase();
    RocksDbDatabase(const RocksDbDatabase&) = delete;
    RocksDbDatabase& operator=(const RocksDbDatabase&) = delete;

    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    [[nodiscard]] rocksdb::DB& db() const noexcept { return *db_; }
    [[nodiscard]] rocksdb::ColumnFamilyHandle* meta() const noexcept { return handles_[0]; }
    [[nodiscard]] rocksdb::ColumnFamilyHandle* undo() const noexcept { return handles_[1]; }
    [[nodiscard]] rocksdb::ColumnFamilyHandle* ledger() const noexcept { return handles_[2]; }
    /// The column family of a group of families: 0 <= group < kFamilyGroups.size().
    [[nodiscard]] rocksdb::ColumnFamilyHandle* group(std::size_t group) const noexcept {
        return handles_[kFirstGroup + group];
    }
    [[nodiscard]] rocksdb::ColumnFamilyHandle* of(model::Family family) const noexcept {
        return group(group_of(family));
    }
    /// Position in `kFamilyGroups` of the group that holds `family`.
    [[nodiscard]] static std::size_t group_of(model::Family family) noexcept;

    /// Which status a failure of RocksDB is, with the path and `doing` in the message.
    [[nodiscard]] absl::Status to_status(const rocksdb::Status& status,
                                         std::string_view doing) const;
    /// DataLoss about `what`, with the path and what to do about it.
    [[nodiscard]] absl::Status damaged(std::string_view what, const absl::Status& why) const;

  private:
    static constexpr std::size_t kFirstGroup = 3;

    RocksDbDatabase(std::string path, std::unique_ptr<rocksdb::DB> db,
                    std::vector<rocksdb::ColumnFamilyHandle*> handles);
    [[nodiscard]] absl::Status write_identity(const core::StoreIdentity& identity, bool log) const;
    [[nodiscard]] absl::Status check_identity(const core::StoreIdentity& identity) const;

    const std::string path_;
    const std::unique_ptr<rocksdb::DB> db_;
    /// Meta, undo, ledger, then the groups. Owned, and given back before `db_` closes.
    const std::vector<rocksdb::ColumnFamilyHandle*> handles_;
};

/// Calls `f`, which answers a status: nothing that RocksDB or the library below throws may unwind
/// through the callers, which are compiled without exceptions.
template <class F>
auto at_rocksdb_edge(const std::string& path, F&& f) -> decltype(f()) {
    try {
        return f();
    } catch (const std::exception& error) {
        return absl::InternalError(path + ": the database threw: " + error.what());
    }
}

}  // namespace parallax::state
