#include "verifier/state/rocksdb_store.hpp"

#include "verifier/codec/canonical.hpp"
#include "verifier/state/rocksdb_batch.hpp"
#include "verifier/state/rocksdb_loader.hpp"
#include "verifier/state/rocksdb_view.hpp"
#include "verifier/state/store_records.hpp"

#include <fmt/format.h>
#include <rocksdb/db.h>
#include <rocksdb/options.h>
#include <rocksdb/utilities/checkpoint.h>

#include <utility>

namespace parallax::state {

absl::StatusOr<std::unique_ptr<RocksDbStore>> RocksDbStore::create(
    const std::string& path, const core::StoreIdentity& identity, Options options) {
    if (absl::Status status = options.validate(); !status.ok()) {
        return status;
    }
    return at_rocksdb_edge(path, [&]() -> absl::StatusOr<std::unique_ptr<RocksDbStore>> {
        auto database = RocksDbDatabase::open(path, identity, options);
        if (!database.ok()) {
            return database.status();
        }
        // make_unique cannot reach the private constructor.
        std::unique_ptr<RocksDbStore> store(new RocksDbStore(*std::move(database), options));
        if (absl::Status status = store->read_position(); !status.ok()) {
            return status;
        }
        return store;
    });
}

RocksDbStore::RocksDbStore(std::shared_ptr<RocksDbDatabase> database, const Options& options)
    : database_(std::move(database)), options_(options) {}

RocksDbStore::~RocksDbStore() = default;

std::unique_ptr<protocol::StateView> RocksDbStore::snapshot() const {
    if (absl::Status status = check_usable(); !status.ok()) {
        return std::make_unique<RefusingView>(std::move(status));
    }
    return std::make_unique<RocksDbView>(database_);
}

absl::StatusOr<std::optional<core::Cursor>> RocksDbStore::cursor() const {
    const auto head = read_head();
    if (!head.ok()) {
        return head.status();
    }
    return *head ? std::optional<core::Cursor>((*head)->cursor) : std::nullopt;
}

absl::StatusOr<std::optional<model::Topoheight>> RocksDbStore::undo_floor() const {
    const auto head = read_head();
    if (!head.ok()) {
        return head.status();
    }
    return *head ? std::optional<model::Topoheight>((*head)->undo_floor) : std::nullopt;
}

absl::Status RocksDbStore::load(
    const core::Cursor& base,
    const std::function<absl::StatusOr<std::optional<model::DeltaEntry>>()>& next) {
    if (absl::Status status = check_load(head_); !status.ok()) {
        return status;
    }
    return at_rocksdb_edge(database_->path(), [&] {
        const StoreHead head{base, base.topoheight};
        RocksDbLoader loader(*database_, options_.write_ahead_log);
        load_ = Load::kRuns;
        absl::Status status = loader.begin();
        if (status.ok()) {
            status = loader.add_all(next);
        }
        if (status.ok()) {
            const auto digest = digest_of_load(loader.digest());
            status = digest.ok() ? loader.finish(head, {base.topoheight, base.block_hash, *digest})
                                 : digest.status();
        }
        if (status.ok()) {
            head_ = head;
        }
        load_ = status.ok() || loader.abandon().ok() ? Load::kNone : Load::kCutShort;
        return status;
    });
}

absl::StatusOr<model::Hash> RocksDbStore::digest_of_load(
    const std::optional<model::Hash>& digest) const {
    if (digest) {
        return *digest;
    }
    // The rows came in another order than the digest's.
    core::StateDigest scanned;
    auto status = RocksDbView(database_).scan(
        [&](const model::StateKey& key, const model::StateValue& value) {
            scanned.add(key, codec::encode_value(value));
            return absl::OkStatus();
        });
    return status.ok() ? absl::StatusOr<model::Hash>(scanned.finish()) : status;
}

absl::StatusOr<std::optional<core::StoreBeginning>> RocksDbStore::beginning() const {
    if (absl::Status status = check_usable(); !status.ok()) {
        return status;
    }
    std::string bytes;
    const rocksdb::Status found = database_->db().Get(rocksdb::ReadOptions(), database_->meta(),
                                                      std::string(kBeginningKey), &bytes);
    if (found.IsNotFound()) {
        return std::nullopt;
    }
    if (!found.ok()) {
        return database_->to_status(found, "reading what its state began with");
    }
    const auto loaded = decode_beginning(as_bytes(bytes));
    if (!loaded.ok()) {
        return database_->damaged("what its state began with", loaded.status());
    }
    return *loaded;
}

absl::Status RocksDbStore::commit(const core::BlockCommit& block) {
    if (absl::Status status = check_usable(); !status.ok()) {
        return status;
    }
    if (absl::Status status = check_commit(head_, block); !status.ok()) {
        return status;
    }
    return at_rocksdb_edge(database_->path(), [&] { return write_block(block); });
}

absl::Status RocksDbStore::write_block(const core::BlockCommit& block) {
    constexpr std::size_t kUsualEntrySize = 96;
    const StoreHead after = head_after(head_, block.cursor, options_.undo_window);
    const auto key = stored_topoheight(after.cursor.topoheight);
    RocksDbBatch batch(*database_, options_.write_ahead_log,
                       block.delta.entries.size() * kUsualEntrySize * 2);
    batch.put_delta(block.delta);
    if (head_ && after.undo_floor < after.cursor.topoheight) {
        batch.put(database_->undo(), key, encode_undo(head_->cursor, block.delta));
    }
    if (head_) {
        for (model::Topoheight old = head_->undo_floor; old < after.undo_floor;) {
            old = parallax::model::next(old);
            batch.remove(database_->undo(), stored_topoheight(old));
        }
    }
    batch.put(database_->ledger(), key, block.ledger_record);
    batch.put(database_->meta(), stored_block_key(after.cursor.block_hash), key);
    if (!block.input.empty()) {
        batch.put(database_->meta(), stored_input_key(after.cursor.topoheight), block.input);
    }
    batch.put(database_->meta(), as_bytes(kHeadKey), encode_head(after));
    if (absl::Status status = batch.write(options_.sync, "committing a block"); !status.ok()) {
        return status;
    }
    head_ = after;
    return absl::OkStatus();
}

absl::Status RocksDbStore::rewind(model::Topoheight target,
                                  const std::optional<model::Hash>& expected_hash) {
    if (absl::Status status = check_usable(); !status.ok()) {
        return status;
    }
    if (absl::Status status = check_rewind(head_, target); !status.ok()) {
        return status;
    }
    if (target == head_->cursor.topoheight) {
        return check_rewind_hash(head_->cursor, expected_hash);
    }
    return at_rocksdb_edge(database_->path(), [&] {
        const auto found = cursor_before(parallax::model::next(target));
        if (!found.ok()) {
            return found.status();
        }
        if (absl::Status status = check_rewind_hash(*found, expected_hash); !status.ok()) {
            return status;
        }
        return take_back(target, *found);
    });
}

absl::Status RocksDbStore::take_back(model::Topoheight target, const core::Cursor& found) {
    RocksDbBatch batch(*database_, options_.write_ahead_log);
    // Newest first: of two writes of a row in one batch the later one stays.
    model::Hash block = head_->cursor.block_hash;
    for (std::uint64_t height = head_->cursor.topoheight.value(); height > target.value();
         --height) {
        const auto before = undo_block(model::Topoheight{height}, block, batch);
        if (!before.ok()) {
            return before.status();
        }
        block = *before;
    }
    const StoreHead after{found, head_->undo_floor};
    batch.put(database_->meta(), as_bytes(kHeadKey), encode_head(after));
    if (absl::Status status = batch.write(options_.sync, "taking blocks back"); !status.ok()) {
        return status;
    }
    head_ = after;
    return absl::OkStatus();
}

absl::StatusOr<model::Hash> RocksDbStore::undo_block(model::Topoheight topoheight,
                                                     const model::Hash& block,
                                                     RocksDbBatch& batch) const {
    const auto record = read_undo(topoheight);
    if (!record.ok()) {
        return record.status();
    }
    for (const UndoEntry& entry : record->entries) {
        if (entry.before) {
            batch.put_row(entry.key, *entry.before);
        } else {
            batch.remove_row(entry.key);
        }
    }
    const auto key = stored_topoheight(topoheight);
    batch.remove(database_->undo(), key);
    batch.remove(database_->ledger(), key);
    batch.remove(database_->meta(), stored_input_key(topoheight));
    batch.remove(database_->meta(), stored_block_key(block));
    return record->previous.block_hash;
}

absl::StatusOr<core::Cursor> RocksDbStore::cursor_before(model::Topoheight topoheight) const {
    const auto record = read_undo(topoheight);
    if (!record.ok()) {
        return record.status();
    }
    return record->previous;
}

absl::StatusOr<UndoRecord> RocksDbStore::read_undo(model::Topoheight topoheight) const {
    const std::string what = fmt::format("the undo record of block {}", topoheight.value());
    const auto stored = stored_topoheight(topoheight);
    const std::string_view key = as_text(stored);
    rocksdb::PinnableSlice bytes;
    const rocksdb::Status found = database_->db().Get(
        rocksdb::ReadOptions(), database_->undo(), rocksdb::Slice(key.data(), key.size()), &bytes);
    if (!found.ok()) {
        // Missing is damage too: the cursor row promises every record of the window.
        return database_->to_status(found, "reading " + what);
    }
    auto record = decode_undo(as_bytes({bytes.data(), bytes.size()}));
    if (!record.ok()) {
        return database_->damaged(what, record.status());
    }
    if (parallax::model::next(record->previous.topoheight) != topoheight) {
        return database_->damaged(what, absl::DataLossError("it belongs to another block"));
    }
    return record;
}

absl::StatusOr<std::optional<model::Topoheight>> RocksDbStore::place_of(
    const model::Hash& block) const {
    if (absl::Status status = check_usable(); !status.ok()) {
        return status;
    }
    const auto stored = stored_block_key(block);
    const std::string_view key = as_text(stored);
    rocksdb::PinnableSlice bytes;
    const rocksdb::Status found = database_->db().Get(
        rocksdb::ReadOptions(), database_->meta(), rocksdb::Slice(key.data(), key.size()), &bytes);
    if (found.IsNotFound()) {
        return std::optional<model::Topoheight>();
    }
    if (!found.ok()) {
        return database_->to_status(found, "looking for a block");
    }
    const auto topoheight = decode_stored_topoheight(as_bytes({bytes.data(), bytes.size()}));
    if (!topoheight.ok()) {
        return database_->damaged("the place of block " + block.hex(), topoheight.status());
    }
    return std::optional<model::Topoheight>(*topoheight);
}

absl::Status RocksDbStore::read_ledger(
    model::Topoheight first, model::Topoheight last,
    const std::function<absl::Status(model::Topoheight, const base::Bytes&)>& visit) const {
    if (absl::Status status = check_usable(); !status.ok()) {
        return status;
    }
    return RocksDbView(database_).read_ledger(first, last, visit);
}

absl::StatusOr<std::optional<base::Bytes>> RocksDbStore::read_input(
    model::Topoheight topoheight) const {
    if (absl::Status status = check_usable(); !status.ok()) {
        return status;
    }
    const base::Bytes key = stored_input_key(topoheight);
    const std::string_view text = as_text(key);
    std::string bytes;
    const rocksdb::Status found =
        database_->db().Get(rocksdb::ReadOptions(), database_->meta(),
                            rocksdb::Slice(text.data(), text.size()), &bytes);
    if (found.IsNotFound()) {
        return std::nullopt;
    }
    if (!found.ok()) {
        return database_->to_status(found, "reading what a block was");
    }
    const ByteView view = as_bytes(bytes);
    return base::Bytes(view.begin(), view.end());
}

absl::Status RocksDbStore::scan(
    const std::function<absl::Status(const model::StateKey&, const model::StateValue&)>& visit)
    const {
    if (absl::Status status = check_usable(); !status.ok()) {
        return status;
    }
    return RocksDbView(database_).scan(visit);
}

absl::Status RocksDbStore::checkpoint(const std::string& directory) {
    if (absl::Status status = check_usable(); !status.ok()) {
        return status;
    }
    return at_rocksdb_edge(database_->path(), [&] {
        rocksdb::Checkpoint* created = nullptr;
        rocksdb::Status status = rocksdb::Checkpoint::Create(&database_->db(), &created);
        const std::unique_ptr<rocksdb::Checkpoint> checkpoint(created);
        if (status.ok()) {
            status = checkpoint->CreateCheckpoint(directory);
        }
        if (status.IsCorruption() || status.IsNoSpace()) {
            return database_->to_status(status, "making a checkpoint");
        }
        if (!status.ok()) {
            return absl::FailedPreconditionError(fmt::format(
                "{}: no checkpoint was made of {}: {}; name a folder that does not exist yet, in "
                "one that does, on the same disk",
                directory, database_->path(), status.ToString()));
        }
        return absl::OkStatus();
    });
}

absl::Status RocksDbStore::verify() const {
    if (absl::Status status = check_usable(); !status.ok()) {
        return status;
    }
    return at_rocksdb_edge(database_->path(), [&] {
        const rocksdb::Status files = database_->db().VerifyChecksum();
        if (!files.ok()) {
            return database_->to_status(files, "verifying the files");
        }
        return RocksDbView(database_).verify_rows();
    });
}

absl::Status RocksDbStore::read_position() {
    std::string mark;
    const rocksdb::Status found = database_->db().Get(rocksdb::ReadOptions(), database_->meta(),
                                                      std::string(kLoadingKey), &mark);
    if (!found.ok() && !found.IsNotFound()) {
        return database_->to_status(found, "reading its position");
    }
    if (found.ok()) {
        // A crash cut the load short. It had no cursor yet, so there is nothing to keep.
        if (auto status = RocksDbLoader(*database_, options_.write_ahead_log).abandon();
            !status.ok()) {
            return status;
        }
    }
    auto head = read_head();
    if (!head.ok()) {
        return head.status();
    }
    head_ = *head;
    return absl::OkStatus();
}

absl::StatusOr<std::optional<StoreHead>> RocksDbStore::read_head() const {
    if (absl::Status status = check_usable(); !status.ok()) {
        return status;
    }
    std::string bytes;
    const rocksdb::Status found = database_->db().Get(rocksdb::ReadOptions(), database_->meta(),
                                                      std::string(kHeadKey), &bytes);
    if (found.IsNotFound()) {
        return std::nullopt;
    }
    if (!found.ok()) {
        return database_->to_status(found, "reading its position");
    }
    const auto head = decode_head(as_bytes(bytes));
    if (!head.ok()) {
        return database_->damaged("its position", head.status());
    }
    return *head;
}

absl::Status RocksDbStore::check_usable() const {
    const Load load = load_;
    return load == Load::kNone
               ? absl::OkStatus()
               : absl::FailedPreconditionError(fmt::format(
                     "{}: {}", database_->path(),
                     load == Load::kRuns
                         ? "the state is being loaded; ask again when that is done"
                         : "the state was loaded in part only, the load was cut short; load it "
                           "again"));
}

}  // namespace parallax::state
