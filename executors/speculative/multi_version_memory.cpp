#include "executors/speculative/multi_version_memory.hpp"

#include "verifier/model/families.hpp"

#include "absl/hash/hash.h"

#include <algorithm>
#include <utility>

namespace parallax::executors::speculative {
namespace {

constexpr std::size_t kShardBits = 6;
constexpr std::size_t kShards = std::size_t{1} << kShardBits;

}  // namespace

MultiVersionMemory::MultiVersionMemory(const protocol::BlockStateReader& start,
                                       std::uint32_t transactions)
    : start_(start), shards_(std::make_unique<Shard[]>(kShards)), written_(transactions) {}

MultiVersionMemory::~MultiVersionMemory() = default;

MultiVersionMemory::Shard& MultiVersionMemory::shard_of(const model::StateKey& key) const {
    // The top bits: the tables inside the shards use the low ones.
    const std::size_t hash = absl::Hash<model::StateKey>{}(key);
    return shards_[hash >> (8 * sizeof(std::size_t) - kShardBits)];
}

const MultiVersionMemory::Cell* MultiVersionMemory::Row::below(std::uint32_t reader,
                                                               Version& version) const {
    auto it = versions.lower_bound(reader);
    if (it == versions.begin()) {
        version = {};
        return nullptr;
    }
    --it;
    version = {it->first, it->second.incarnation, it->second.estimate};
    return &it->second;
}

bool MultiVersionMemory::try_value(Row& row, std::uint32_t reader, protocol::VisibleValue& out,
                                   Version& seen) {
    const Cell* cell = row.below(reader, seen);
    if (cell == nullptr && !row.loaded) {
        return false;
    }
    row.readers_end = std::max(row.readers_end, reader + 1);
    if (!seen.estimate) {
        out.value = cell == nullptr ? row.value.value : cell->value;
        out.writer = cell == nullptr ? row.value.writer : seen.transaction;
    }
    return true;
}

bool MultiVersionMemory::try_amount(Row& row, std::uint32_t reader, protocol::VisibleAmount& out,
                                    Version& seen) {
    if (!row.loaded) {
        return false;
    }
    row.readers_end = std::max(row.readers_end, reader + 1);
    out = row.amount;
    const Cell* cell = row.below(reader, seen);
    if (cell != nullptr && !seen.estimate) {
        out.spendable = std::get<model::AmountRecord>(*cell->value).amount;
        out.spend_writer = seen.transaction;
    }
    return true;
}

absl::Status MultiVersionMemory::load(const model::StateKey& key, Shard& shard) {
    const bool is_amount =
        model::family_row(key.family).value_index == model::kValueIndex<model::AmountRecord>;
    protocol::VisibleValue value;
    protocol::VisibleAmount amount;
    const absl::Status read =
        is_amount ? start_.read_amount(key, amount) : start_.read_value(key, value);
    if (!read.ok()) {
        return read;
    }
    // Where the start keeps its rows is nobody else's place.
    value.slot = protocol::kNoSlot;
    amount.slot = protocol::kNoSlot;
    base::MutexLock lock(shard.mutex);
    Row& row = shard.rows[key];
    row.value = std::move(value);
    row.amount = amount;
    row.loaded = true;
    return absl::OkStatus();
}

absl::Status MultiVersionMemory::read_value(const model::StateKey& key, std::uint32_t reader,
                                            protocol::VisibleValue& out, Version& seen) {
    Shard& shard = shard_of(key);
    while (true) {
        {
            base::MutexLock lock(shard.mutex);
            if (try_value(shard.rows[key], reader, out, seen)) {
                return absl::OkStatus();
            }
        }
        // Outside the lock: the state may take its time. Whoever else loads it gets the same row.
        if (auto loaded = load(key, shard); !loaded.ok()) {
            return loaded;
        }
    }
}

absl::Status MultiVersionMemory::read_amount(const model::StateKey& key, std::uint32_t reader,
                                             protocol::VisibleAmount& out, Version& seen) {
    Shard& shard = shard_of(key);
    while (true) {
        {
            base::MutexLock lock(shard.mutex);
            if (try_amount(shard.rows[key], reader, out, seen)) {
                return absl::OkStatus();
            }
        }
        if (auto loaded = load(key, shard); !loaded.ok()) {
            return loaded;
        }
    }
}

Version MultiVersionMemory::current(const model::StateKey& key, std::uint32_t reader) const {
    Shard& shard = shard_of(key);
    Version version;
    base::MutexLock lock(shard.mutex);
    if (const auto it = shard.rows.find(key); it != shard.rows.end()) {
        it->second.below(reader, version);
    }
    return version;
}

bool MultiVersionMemory::publish(std::uint32_t transaction, std::uint32_t incarnation,
                                 std::vector<Write> writes) {
    bool read_above = false;
    std::vector<model::StateKey> keys;
    keys.reserve(writes.size());
    for (Write& write : writes) {
        keys.push_back(write.key);
        Shard& shard = shard_of(write.key);
        base::MutexLock lock(shard.mutex);
        Row& row = shard.rows[write.key];
        row.versions.insert_or_assign(transaction,
                                      Cell{incarnation, false, std::move(write.value)});
        read_above = read_above || row.read_above(transaction);
    }
    for (const model::StateKey& key : written_[transaction]) {
        Shard& shard = shard_of(key);
        base::MutexLock lock(shard.mutex);
        Row& row = shard.rows[key];
        const auto it = row.versions.find(transaction);
        if (it != row.versions.end() && it->second.incarnation != incarnation) {
            row.versions.erase(it);
            read_above = read_above || row.read_above(transaction);
        }
    }
    written_[transaction] = std::move(keys);
    return read_above;
}

bool MultiVersionMemory::mark_estimates(std::uint32_t transaction) {
    bool read_above = false;
    for (const model::StateKey& key : written_[transaction]) {
        Shard& shard = shard_of(key);
        base::MutexLock lock(shard.mutex);
        Row& row = shard.rows[key];
        const auto it = row.versions.find(transaction);
        if (it != row.versions.end()) {
            it->second.estimate = true;
            read_above = read_above || row.read_above(transaction);
        }
    }
    return read_above;
}

}  // namespace parallax::executors::speculative
