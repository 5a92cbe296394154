#include "verifier/state/rocksdb_batch.hpp"

#include "verifier/codec/canonical.hpp"

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <string>

namespace parallax::state {
namespace {

rocksdb::Slice to_slice(ByteView bytes) noexcept {
    return {as_text(bytes).data(), bytes.size()};
}

}  // namespace

RocksDbBatch::RocksDbBatch(const RocksDbDatabase& database, bool write_ahead_log,
                           std::size_t reserve)
    : database_(database),
      write_ahead_log_(write_ahead_log),
      batch_(std::make_unique<rocksdb::WriteBatch>(reserve)) {}

RocksDbBatch::~RocksDbBatch() = default;

void RocksDbBatch::put_delta(const model::Delta& delta) {
    for (const model::DeltaEntry& entry : delta.entries) {
        if (entry.before == entry.after) {
            continue;
        }
        if (entry.after) {
            put_row(entry.key, codec::encode_value(*entry.after));
        } else {
            remove_row(entry.key);
        }
    }
}

void RocksDbBatch::put_row(const model::StateKey& key, ByteView value) {
    put(database_.of(key.family), StoredKey(key).bytes(), value);
}

void RocksDbBatch::remove_row(const model::StateKey& key) {
    remove(database_.of(key.family), StoredKey(key).bytes());
}

void RocksDbBatch::remove_all_rows() {
    // Above every stored key: those start with the number of a family.
    const std::string end(1, '\xff');
    for (std::size_t group = 0; group < model::kFamilyGroups.size(); ++group) {
        note(batch_->DeleteRange(database_.group(group), rocksdb::Slice(), end));
    }
}

void RocksDbBatch::put(rocksdb::ColumnFamilyHandle* family, ByteView key, ByteView value) {
    note(batch_->Put(family, to_slice(key), to_slice(value)));
}

void RocksDbBatch::remove(rocksdb::ColumnFamilyHandle* family, ByteView key) {
    note(batch_->Delete(family, to_slice(key)));
}

absl::Status RocksDbBatch::write(bool sync, std::string_view doing) {
    if (!first_failure_.ok()) {
        return first_failure_;
    }
    rocksdb::WriteOptions options;
    options.disableWAL = !write_ahead_log_;
    options.sync = sync && write_ahead_log_;
    return database_.to_status(database_.db().Write(options, batch_.get()), doing);
}

void RocksDbBatch::note(const rocksdb::Status& status) {
    if (!status.ok() && first_failure_.ok()) {
        first_failure_ = database_.to_status(status, "collecting a batch");
    }
}

}  // namespace parallax::state
