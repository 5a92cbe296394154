#include "verifier/state/rocksdb_loader.hpp"

#include "verifier/codec/canonical.hpp"
#include "verifier/state/store_records.hpp"
#include "verifier/state/store_rules.hpp"

#include <rocksdb/db.h>

#include <algorithm>
#include <utility>

namespace parallax::state {
namespace {

constexpr std::size_t kMaxPendingRows = 10'000;
constexpr std::size_t kMaxPendingBytes = 8ULL << 20U;
constexpr const char* kDoing = "loading";

}  // namespace

RocksDbLoader::RocksDbLoader(const RocksDbDatabase& database, bool write_ahead_log)
    : database_(database), write_ahead_log_(write_ahead_log) {}

absl::Status RocksDbLoader::begin() {
    RocksDbBatch batch(database_, write_ahead_log_);
    batch.remove_all_rows();
    batch.put(database_.meta(), as_bytes(kLoadingKey), {});
    return batch.write(true, kDoing);
}

absl::Status RocksDbLoader::add_all(
    const std::function<absl::StatusOr<std::optional<model::DeltaEntry>>()>& next) {
    while (true) {
        const auto entry = next();
        if (!entry.ok()) {
            return entry.status();
        }
        if (!*entry) {
            return write_pending();
        }
        if (absl::Status status = check_loaded_row(**entry); !status.ok()) {
            return status;
        }
        base::Bytes value = codec::encode_value(*(*entry)->after);
        add_to_digest((*entry)->key, value);
        pending_bytes_ += sizeof(model::StateKey) + value.size();
        if (!pending_.emplace((*entry)->key, std::move(value)).second) {
            return duplicate_row((*entry)->key);
        }
        if (pending_.size() >= kMaxPendingRows || pending_bytes_ >= kMaxPendingBytes) {
            if (absl::Status status = write_pending(); !status.ok()) {
                return status;
            }
        }
    }
}

void RocksDbLoader::add_to_digest(const model::StateKey& key, const base::Bytes& value) {
    ascending_ = ascending_ && (!last_digested_ || *last_digested_ < key);
    if (ascending_) {
        digest_.add(key, value);
        last_digested_ = key;
    }
}

std::optional<model::Hash> RocksDbLoader::digest() const {
    return ascending_ ? std::optional(digest_.finish()) : std::nullopt;
}

absl::Status RocksDbLoader::finish(const StoreHead& head, const core::StoreBeginning& loaded) {
    RocksDbBatch batch(database_, write_ahead_log_);
    batch.put(database_.meta(), as_bytes(kBeginningKey), encode_beginning(loaded));
    batch.put(database_.meta(), as_bytes(kHeadKey), encode_head(head));
    batch.put(database_.meta(), stored_block_key(head.cursor.block_hash),
              stored_topoheight(head.cursor.topoheight));
    batch.remove(database_.meta(), as_bytes(kLoadingKey));
    return batch.write(true, kDoing);
}

absl::Status RocksDbLoader::abandon() {
    RocksDbBatch batch(database_, write_ahead_log_);
    batch.remove_all_rows();
    batch.remove(database_.meta(), as_bytes(kLoadingKey));
    return batch.write(true, kDoing);
}

absl::Status RocksDbLoader::write_pending() {
    if (pending_.empty()) {
        return absl::OkStatus();
    }
    RocksDbBatch batch(database_, write_ahead_log_, pending_bytes_);
    for (const auto& [key, value] : pending_) {
        if (absl::Status status = check_new(key); !status.ok()) {
            return status;
        }
        batch.put_row(key, value);
    }
    const model::StateKey last = pending_.rbegin()->first;
    highest_ = highest_ ? std::max(*highest_, last) : last;
    pending_.clear();
    pending_bytes_ = 0;
    return batch.write(false, kDoing);
}

absl::Status RocksDbLoader::check_new(const model::StateKey& key) const {
    if (!highest_ || *highest_ < key) {
        return absl::OkStatus();
    }
    const StoredKey stored(key);
    const std::string_view bytes = as_text(stored.bytes());
    rocksdb::PinnableSlice value;
    const rocksdb::Status found =
        database_.db().Get(rocksdb::ReadOptions(), database_.of(key.family),
                           rocksdb::Slice(bytes.data(), bytes.size()), &value);
    if (found.ok()) {
        return duplicate_row(key);
    }
    return found.IsNotFound() ? absl::OkStatus() : database_.to_status(found, kDoing);
}

}  // namespace parallax::state
