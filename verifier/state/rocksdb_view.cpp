#include "verifier/state/rocksdb_view.hpp"

#include "verifier/codec/canonical.hpp"
#include "verifier/model/families.hpp"
#include "verifier/state/store_records.hpp"

#include <fmt/format.h>
#include <rocksdb/db.h>
#include <rocksdb/iterator.h>
#include <rocksdb/options.h>

#include <algorithm>
#include <string>
#include <utility>

namespace parallax::state {
namespace {

rocksdb::Slice to_slice(ByteView bytes) noexcept {
    return {as_text(bytes).data(), bytes.size()};
}

ByteView to_bytes(const rocksdb::Slice& slice) noexcept {
    return as_bytes({slice.data(), slice.size()});
}

rocksdb::ReadOptions at(const rocksdb::Snapshot* snapshot) {
    rocksdb::ReadOptions options;
    options.snapshot = snapshot;
    return options;
}

// A walk over everything must not push the rows in use out of the cache.
rocksdb::ReadOptions walk_at(const rocksdb::Snapshot* snapshot) {
    rocksdb::ReadOptions options = at(snapshot);
    options.fill_cache = false;
    return options;
}

}  // namespace

RocksDbView::RocksDbView(std::shared_ptr<const RocksDbDatabase> database)
    : database_(std::move(database)), snapshot_(database_->db().GetSnapshot()) {}

RocksDbView::~RocksDbView() {
    database_->db().ReleaseSnapshot(snapshot_);
}

absl::StatusOr<std::optional<model::StateValue>> RocksDbView::get(
    const model::StateKey& key) const {
    if (!is_table_key(key)) {
        // Such a key cannot have been committed.
        return std::nullopt;
    }
    return at_rocksdb_edge(
        database_->path(), [&]() -> absl::StatusOr<std::optional<model::StateValue>> {
            rocksdb::PinnableSlice bytes;
            const StoredKey stored(key);
            const rocksdb::Status found = database_->db().Get(
                at(snapshot_), database_->of(key.family), to_slice(stored.bytes()), &bytes);
            if (found.IsNotFound()) {
                return std::nullopt;
            }
            if (!found.ok()) {
                return database_->to_status(found, "reading " + model::to_string(key));
            }
            auto value = decode(key, to_bytes(bytes));
            if (!value.ok()) {
                return value.status();
            }
            return *std::move(value);
        });
}

absl::Status RocksDbView::get_many(std::span<const model::StateKey> keys,
                                   std::vector<std::optional<model::StateValue>>& values) const {
    values.assign(keys.size(), std::nullopt);
    return get_runs(keys, [&](std::size_t i, model::StateValue value) {
        values[i] = std::move(value);
        return absl::OkStatus();
    });
}

absl::Status RocksDbView::get_numbers(std::span<const model::StateKey> keys,
                                      std::span<protocol::NumbersRow> rows) const {
    std::fill(rows.begin(), rows.end(), protocol::NumbersRow{});
    return get_runs(keys, [&](std::size_t i, const model::StateValue& value) {
        return protocol::to_numbers(keys[i], value, rows[i]);
    });
}

template <class Accept>
absl::Status RocksDbView::get_runs(std::span<const model::StateKey> keys,
                                   const Accept& accept) const {
    // Bounds the memory that one MultiGet pins.
    constexpr std::size_t kMaxRun = 1024;
    return at_rocksdb_edge(database_->path(), [&] {
        std::size_t first = 0;
        while (first < keys.size()) {
            if (!is_table_key(keys[first])) {
                // Such a key cannot have been committed.
                ++first;
                continue;
            }
            const auto* family = database_->of(keys[first].family);
            std::size_t last = first + 1;
            while (last < keys.size() && last - first < kMaxRun && is_table_key(keys[last]) &&
                   database_->of(keys[last].family) == family) {
                ++last;
            }
            const absl::Status status = get_run(keys, first, last, accept);
            if (!status.ok()) {
                return status;
            }
            first = last;
        }
        return absl::OkStatus();
    });
}

template <class Accept>
absl::Status RocksDbView::get_run(std::span<const model::StateKey> all, std::size_t first,
                                  std::size_t last, const Accept& accept) const {
    const auto keys = all.subspan(first, last - first);
    const std::vector<StoredKey> stored(keys.begin(), keys.end());
    std::vector<rocksdb::Slice> slices;
    slices.reserve(stored.size());
    for (const StoredKey& key : stored) {
        slices.push_back(to_slice(key.bytes()));
    }
    std::vector<rocksdb::PinnableSlice> found(keys.size());
    std::vector<rocksdb::Status> statuses(keys.size());
    const bool sorted = std::is_sorted(keys.begin(), keys.end());
    database_->db().MultiGet(at(snapshot_), database_->of(keys.front().family), slices.size(),
                             slices.data(), found.data(), statuses.data(), sorted);
    for (std::size_t i = 0; i < keys.size(); ++i) {
        if (statuses[i].IsNotFound()) {
            continue;
        }
        if (!statuses[i].ok()) {
            return database_->to_status(statuses[i], "reading " + model::to_string(keys[i]));
        }
        auto value = decode(keys[i], to_bytes(found[i]));
        if (!value.ok()) {
            return value.status();
        }
        if (const auto accepted = accept(first + i, *std::move(value)); !accepted.ok()) {
            return accepted;
        }
    }
    return absl::OkStatus();
}

absl::StatusOr<model::StateValue> RocksDbView::decode(const model::StateKey& key,
                                                      ByteView bytes) const {
    auto value = codec::decode_value(key.family, bytes);
    if (!value.ok()) {
        return database_->damaged(model::to_string(key), value.status());
    }
    return value;
}

absl::Status RocksDbView::scan(
    const std::function<absl::Status(const model::StateKey&, const model::StateValue&)>& visit)
    const {
    return at_rocksdb_edge(database_->path(), [&] {
        for (const model::FamilyRow& row : model::kFamilies) {
            if (absl::Status status = scan_family(row.family, visit); !status.ok()) {
                return status;
            }
        }
        return absl::OkStatus();
    });
}

absl::Status RocksDbView::scan_family(
    model::Family family,
    const std::function<absl::Status(const model::StateKey&, const model::StateValue&)>& visit)
    const {
    const auto number = static_cast<std::uint8_t>(family);
    const std::string first(1, static_cast<char>(number));
    const std::string end(1, static_cast<char>(number + 1));
    const rocksdb::Slice end_slice(end);
    rocksdb::ReadOptions options = walk_at(snapshot_);
    options.iterate_upper_bound = &end_slice;
    const std::unique_ptr<rocksdb::Iterator> row(
        database_->db().NewIterator(options, database_->of(family)));
    for (row->Seek(first); row->Valid(); row->Next()) {
        const auto key = decode_stored_key(to_bytes(row->key()));
        if (!key.ok()) {
            return database_->damaged("a key of the state", key.status());
        }
        const auto value = decode(*key, to_bytes(row->value()));
        if (!value.ok()) {
            return value.status();
        }
        if (absl::Status status = visit(*key, *value); !status.ok()) {
            return status;
        }
    }
    return database_->to_status(row->status(), "reading the state");
}

absl::Status RocksDbView::read_ledger(
    model::Topoheight first, model::Topoheight last,
    const std::function<absl::Status(model::Topoheight, const base::Bytes&)>& visit) const {
    return at_rocksdb_edge(database_->path(), [&] {
        const auto from = stored_topoheight(first);
        const std::unique_ptr<rocksdb::Iterator> row(
            database_->db().NewIterator(walk_at(snapshot_), database_->ledger()));
        for (row->Seek(to_slice(from)); row->Valid(); row->Next()) {
            const auto topoheight = decode_stored_topoheight(to_bytes(row->key()));
            if (!topoheight.ok()) {
                return database_->damaged("a key of the ledger", topoheight.status());
            }
            if (*topoheight > last) {
                break;
            }
            const auto bytes = to_bytes(row->value());
            if (absl::Status status = visit(*topoheight, base::Bytes(bytes.begin(), bytes.end()));
                !status.ok()) {
                return status;
            }
        }
        return database_->to_status(row->status(), "reading the ledger");
    });
}

absl::Status RocksDbView::verify_rows() const {
    return at_rocksdb_edge(database_->path(), [&] {
        for (std::size_t group = 0; group < model::kFamilyGroups.size(); ++group) {
            if (absl::Status status = verify_group(group); !status.ok()) {
                return status;
            }
        }
        return absl::OkStatus();
    });
}

absl::Status RocksDbView::verify_group(std::size_t group) const {
    const std::unique_ptr<rocksdb::Iterator> row(
        database_->db().NewIterator(walk_at(snapshot_), database_->group(group)));
    for (row->SeekToFirst(); row->Valid(); row->Next()) {
        const auto key = decode_stored_key(to_bytes(row->key()));
        if (!key.ok()) {
            return database_->damaged(fmt::format("a key of {}", model::kFamilyGroups[group]),
                                      key.status());
        }
        if (RocksDbDatabase::group_of(key->family) != group) {
            return database_->damaged(
                model::to_string(*key),
                absl::DataLossError(fmt::format("it lies in {}", model::kFamilyGroups[group])));
        }
        if (const auto value = decode(*key, to_bytes(row->value())); !value.ok()) {
            return value.status();
        }
    }
    return database_->to_status(row->status(), "reading the state");
}

RefusingView::RefusingView(absl::Status why) : why_(std::move(why)) {}

absl::StatusOr<std::optional<model::StateValue>> RefusingView::get(const model::StateKey&) const {
    return why_;
}

}  // namespace parallax::state
