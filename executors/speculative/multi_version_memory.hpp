#pragma once

#include "verifier/base/mutex.hpp"
#include "verifier/protocol/transaction_state.hpp"

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace parallax::executors::speculative {

/// Which write a read saw: a transaction's attempt, or the state before the block.
struct Version {
    std::uint32_t transaction = model::kPreState;
    std::uint32_t incarnation = 0;
    /// The writer's last attempt was given up: it will probably write here again.
    bool estimate = false;
    friend bool operator==(const Version&, const Version&) = default;
};

/// What the attempts at a block's transactions have written so far, every transaction's version
/// beside the others', over what the block begins with.
///
/// A key has one versioned facet: the value of a record, or the spendable side of a one-number row
/// (kept as an `AmountRecord`). Outputs and credits have none: no rule reads them but for overflow
/// and saturation, which the committer judges on the canonical state (protocol notes, 6.2).
///
/// A version is written and read whole, under its shard's lock, so that no reader can pair one
/// attempt's number with another's value. Readers may come from any thread; `publish` and
/// `mark_estimates` of one transaction from one thread at a time. The reader must outlive it.
class MultiVersionMemory {
  public:
    struct Write {
        model::StateKey key;
        std::optional<model::StateValue> value;
    };

    MultiVersionMemory(const protocol::BlockStateReader& start, std::uint32_t transactions);
    ~MultiVersionMemory();

    /// The highest version below transaction `reader`, or else the stored row. With an estimate,
    /// `out` is left as it was. An error is a failed read of the start.
    [[nodiscard]] absl::Status read_value(const model::StateKey& key, std::uint32_t reader,
                                          protocol::VisibleValue& out, Version& seen);
    /// The same for the spendable side; `stored` is filled in any case, `received` with what the
    /// block begins with.
    [[nodiscard]] absl::Status read_amount(const model::StateKey& key, std::uint32_t reader,
                                           protocol::VisibleAmount& out, Version& seen);
    /// What a read would see now.
    [[nodiscard]] Version current(const model::StateKey& key, std::uint32_t reader) const;

    /// Replaces all that `transaction` wrote before. Incarnations differ from call to call. True if
    /// a higher transaction has read a row that changed.
    bool publish(std::uint32_t transaction, std::uint32_t incarnation, std::vector<Write> writes);
    /// Turns all that `transaction` wrote into estimates. True as for `publish`.
    bool mark_estimates(std::uint32_t transaction);

  private:
    struct Cell {
        std::uint32_t incarnation = 0;
        bool estimate = false;
        std::optional<model::StateValue> value;
    };
    struct Row {
        absl::btree_map<std::uint32_t, Cell> versions;
        bool loaded = false;
        /// What the block begins with; one of the two, by the key's family.
        protocol::VisibleValue value;
        protocol::VisibleAmount amount;
        /// One past the highest transaction that has read the row.
        std::uint32_t readers_end = 0;

        const Cell* below(std::uint32_t reader, Version& version) const;
        [[nodiscard]] bool read_above(std::uint32_t transaction) const noexcept {
            return readers_end > transaction + 1;
        }
    };
    struct alignas(64) Shard {
        mutable base::Mutex mutex;
        absl::flat_hash_map<model::StateKey, Row> rows VERIFIER_GUARDED_BY(mutex);
    };

    [[nodiscard]] Shard& shard_of(const model::StateKey& key) const;
    [[nodiscard]] static bool try_value(Row& row, std::uint32_t reader, protocol::VisibleValue& out,
                                        Version& seen);
    [[nodiscard]] static bool try_amount(Row& row, std::uint32_t reader,
                                         protocol::VisibleAmount& out, Version& seen);
    [[nodiscard]] absl::Status load(const model::StateKey& key, Shard& shard);

    const protocol::BlockStateReader& start_;
    const std::unique_ptr<Shard[]> shards_;
    /// Keys of each transaction's last `publish`; touched by its present owner only.
    std::vector<std::vector<model::StateKey>> written_;
};

}  // namespace parallax::executors::speculative
