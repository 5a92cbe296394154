#pragma once

#include "verifier/model/delta.hpp"
#include "verifier/state/rocksdb_database.hpp"
#include "verifier/state/store_records.hpp"

#include <absl/status/status.h>

#include <cstddef>
#include <memory>
#include <string_view>

namespace rocksdb {
class WriteBatch;
}  // namespace rocksdb

namespace parallax::state {

/// One atomic change of a store. Collects, then writes once; a failure while collecting shows when
/// it is written. For one thread; the database must outlive it.
class RocksDbBatch {
  public:
    /// `write_ahead_log` as in RocksDbOptions; `reserve` bytes are allocated up front.
    RocksDbBatch(const RocksDbDatabase& database, bool write_ahead_log, std::size_t reserve = 0);
    ~RocksDbBatch();
    RocksDbBatch(const RocksDbBatch&) = delete;
    RocksDbBatch& operator=(const RocksDbBatch&) = delete;

    /// The `after` side of every entry that changes something.
    void put_delta(const model::Delta& delta);
    void put_row(const model::StateKey& key, ByteView value);
    void remove_row(const model::StateKey& key);
    /// Every row of the state.
    void remove_all_rows();

    void put(rocksdb::ColumnFamilyHandle* family, ByteView key, ByteView value);
    void remove(rocksdb::ColumnFamilyHandle* family, ByteView key);

    /// Once. `sync` waits for the disk, as far as there is a log; `doing` is for the message.
    [[nodiscard]] absl::Status write(bool sync, std::string_view doing);

  private:
    void note(const rocksdb::Status& status);

    const RocksDbDatabase& database_;
    const bool write_ahead_log_;
    const std::unique_ptr<rocksdb::WriteBatch> batch_;
    absl::Status first_failure_;
};

}  // namespace parallax::state
