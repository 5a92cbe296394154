/// The store: a block's commit against the raw RocksDB write batch of the same keys, and reads of
/// a snapshot. A block of n transfers changes 3n rows: the sender's account (nonce) and balance,
/// and the receiver's balance; no two transfers share an account, so every row is a different one.

#include "verifier/codec/canonical.hpp"
#include "verifier/state/rocksdb_store.hpp"
#include "verifier/state/store_records.hpp"

#include <benchmark/benchmark.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace parallax::bench {
namespace {

constexpr std::uint64_t kAccounts = 100'000;

/// A folder that goes with the object.
class Folder {
  public:
    Folder() {
        std::string name =
            (std::filesystem::temp_directory_path() / "parallax_bench_XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) {
            std::cerr << "no temporary folder\n";
            std::abort();
        }
        path_ = name;
    }
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    [[nodiscard]] std::string store() const { return path_ + "/store"; }

  private:
    std::string path_;
};

/// Keys as they are on the chain: points, which look random.
model::PublicKey account(std::uint64_t number) {
    std::mt19937_64 engine(number);
    model::PublicKey key;
    for (std::uint8_t& byte : key.mutable_bytes()) {
        byte = static_cast<std::uint8_t>(engine());
    }
    return key;
}

void must(const absl::Status& status) {
    if (!status.ok()) {
        std::cerr << status << "\n";
        std::abort();
    }
}
void must(const rocksdb::Status& status) {
    if (!status.ok()) {
        std::cerr << status.ToString() << "\n";
        std::abort();
    }
}

/// Every account with a nonce and a balance.
std::vector<std::pair<model::StateKey, model::StateValue>> initial_rows() {
    std::vector<std::pair<model::StateKey, model::StateValue>> rows;
    rows.reserve(kAccounts * 2);
    for (std::uint64_t i = 0; i < kAccounts; ++i) {
        rows.emplace_back(model::account_key(account(i)),
                          model::AccountRecord{model::Nonce{0}, model::Topoheight{0}});
        rows.emplace_back(model::balance_key(account(i), model::kTosAsset),
                          model::AmountRecord{model::Amount{model::kCoin}});
    }
    std::sort(rows.begin(), rows.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    return rows;
}
const std::vector<std::pair<model::StateKey, model::StateValue>>& rows_at_start() {
    static const auto rows = initial_rows();
    return rows;
}

/// The change of block `height` with `transfers` transfers. The values differ from block to block.
model::Delta block_delta(std::uint64_t height, std::uint64_t transfers) {
    model::Delta delta;
    std::uint64_t number = height * 7919;
    const auto add = [&delta](const model::StateKey& key, const model::StateValue& before,
                              const model::StateValue& after) {
        delta.entries.push_back({key, before, after});
    };
    for (std::uint64_t i = 0; i < transfers; ++i) {
        const model::PublicKey sender = account(number++ % kAccounts);
        const model::PublicKey receiver = account(number++ % kAccounts);
        add(model::account_key(sender),
            model::AccountRecord{model::Nonce{height - 1}, model::Topoheight{0}},
            model::AccountRecord{model::Nonce{height}, model::Topoheight{0}});
        add(model::balance_key(sender, model::kTosAsset),
            model::AmountRecord{model::Amount{model::kCoin}},
            model::AmountRecord{model::Amount{model::kCoin + height}});
        add(model::balance_key(receiver, model::kTosAsset),
            model::AmountRecord{model::Amount{model::kCoin}},
            model::AmountRecord{model::Amount{model::kCoin - height}});
    }
    std::sort(delta.entries.begin(), delta.entries.end(),
              [](const model::DeltaEntry& a, const model::DeltaEntry& b) { return a.key < b.key; });
    return delta;
}

std::unique_ptr<state::RocksDbStore> loaded_store(const Folder& folder) {
    auto store = state::RocksDbStore::create(folder.store(), {"devnet", "e1"}, {});
    must(store.status());
    auto row = rows_at_start().begin();
    must((*store)->load(core::Cursor{},
                        [&row]() -> absl::StatusOr<std::optional<model::DeltaEntry>> {
                            if (row == rows_at_start().end()) {
                                return std::nullopt;
                            }
                            model::DeltaEntry entry{row->first, std::nullopt, row->second};
                            ++row;
                            return entry;
                        }));
    return *std::move(store);
}

void store_commit(benchmark::State& state) {
    const auto transfers = static_cast<std::uint64_t>(state.range(0));
    const Folder folder;
    const auto store = loaded_store(folder);
    core::BlockCommit block;
    block.ledger_record.assign(200, 7);
    std::uint64_t height = 0;
    for (auto _ : state) {
        state.PauseTiming();
        ++height;
        block.cursor.topoheight = model::Topoheight{height};
        block.delta = block_delta(height, transfers);
        state.ResumeTiming();
        must(store->commit(block));
    }
    state.counters["per_key"] =
        benchmark::Counter(static_cast<double>(state.iterations() * state.range(0) * 3),
                           benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

/// The same rows, options and table settings, without undo record, ledger and cursor.
void raw_write_batch(benchmark::State& state) {
    const auto transfers = static_cast<std::uint64_t>(state.range(0));
    const Folder folder;
    rocksdb::BlockBasedTableOptions table;
    table.format_version = 5;
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
    rocksdb::Options options;
    options.create_if_missing = true;
    options.create_missing_column_families = true;
    options.compression = rocksdb::kNoCompression;
    options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* opened = nullptr;
    must(rocksdb::DB::Open(options, folder.store(),
                           {{rocksdb::kDefaultColumnFamilyName, options},
                            {"accounts", options},
                            {"balances", options}},
                           &handles, &opened));
    const std::unique_ptr<rocksdb::DB> db(opened);
    const auto put = [&handles](rocksdb::WriteBatch& batch, const model::StateKey& key,
                                const model::StateValue& value) {
        const state::StoredKey stored(key);
        const base::Bytes bytes = codec::encode_value(value);
        const std::string_view key_text = state::as_text(stored.bytes());
        const std::string_view value_text = state::as_text(bytes);
        must(batch.Put(handles[key.family == model::Family::kAccount ? 1 : 2],
                       rocksdb::Slice(key_text.data(), key_text.size()),
                       rocksdb::Slice(value_text.data(), value_text.size())));
    };
    for (const auto& [key, value] : rows_at_start()) {
        rocksdb::WriteBatch batch;
        put(batch, key, value);
        must(db->Write({}, &batch));
    }
    std::uint64_t height = 0;
    for (auto _ : state) {
        state.PauseTiming();
        const model::Delta delta = block_delta(++height, transfers);
        state.ResumeTiming();
        rocksdb::WriteBatch batch;
        for (const model::DeltaEntry& entry : delta.entries) {
            put(batch, entry.key, *entry.after);
        }
        must(db->Write({}, &batch));
    }
    state.counters["per_key"] =
        benchmark::Counter(static_cast<double>(state.iterations() * state.range(0) * 3),
                           benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
    for (rocksdb::ColumnFamilyHandle* handle : handles) {
        must(db->DestroyColumnFamilyHandle(handle));
    }
}

/// The keys that a block of range(0) transfers reads, ascending.
std::vector<model::StateKey> block_keys(std::uint64_t height, std::uint64_t transfers) {
    std::vector<model::StateKey> keys;
    for (const model::DeltaEntry& entry : block_delta(height, transfers).entries) {
        keys.push_back(entry.key);
    }
    return keys;
}

void count_keys(benchmark::State& state, std::size_t keys) {
    state.counters["per_key"] =
        benchmark::Counter(static_cast<double>(state.iterations()) * static_cast<double>(keys),
                           benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void snapshot_get(benchmark::State& state) {
    const Folder folder;
    const auto store = loaded_store(folder);
    const auto keys = block_keys(1, static_cast<std::uint64_t>(state.range(0)));
    for (auto _ : state) {
        const auto view = store->snapshot();
        for (const model::StateKey& key : keys) {
            const auto value = view->get(key);
            must(value.status());
            benchmark::DoNotOptimize(value->has_value());
        }
    }
    count_keys(state, keys.size());
}

void snapshot_multi_get(benchmark::State& state) {
    const Folder folder;
    const auto store = loaded_store(folder);
    const auto keys = block_keys(1, static_cast<std::uint64_t>(state.range(0)));
    std::vector<std::optional<model::StateValue>> values;
    for (auto _ : state) {
        const auto view = store->snapshot();
        must(view->get_many(keys, values));
        benchmark::DoNotOptimize(values.data());
    }
    count_keys(state, keys.size());
}

void snapshot_take(benchmark::State& state) {
    const Folder folder;
    const auto store = loaded_store(folder);
    for (auto _ : state) {
        benchmark::DoNotOptimize(store->snapshot());
    }
}

BENCHMARK(store_commit)->Arg(10)->Arg(100)->Arg(1000)->Unit(benchmark::kMicrosecond);
BENCHMARK(raw_write_batch)->Arg(10)->Arg(100)->Arg(1000)->Unit(benchmark::kMicrosecond);
BENCHMARK(snapshot_get)->Arg(10)->Arg(100)->Arg(1000)->Unit(benchmark::kMicrosecond);
BENCHMARK(snapshot_multi_get)->Arg(10)->Arg(100)->Arg(1000)->Unit(benchmark::kMicrosecond);
BENCHMARK(snapshot_take);

}  // namespace
}  // namespace parallax::bench

BENCHMARK_MAIN();
