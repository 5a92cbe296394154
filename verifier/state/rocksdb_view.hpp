#pragma once

#include "verifier/protocol/state_view.hpp"
#include "verifier/state/rocksdb_database.hpp"
#include "verifier/state/store_records.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace rocksdb {
class Snapshot;
}  // namespace rocksdb

namespace parallax::state {

/// The state of a RocksDbStore at one instant: a pinned RocksDB snapshot, given back when the view
/// goes. Every method may be called from any thread. A row that cannot be read or decoded is an
/// error, never an absent row.
class RocksDbView final : public protocol::StateView {
  public:
    explicit RocksDbView(std::shared_ptr<const RocksDbDatabase> database);
    ~RocksDbView() override;
    RocksDbView(const RocksDbView&) = delete;
    RocksDbView& operator=(const RocksDbView&) = delete;

    [[nodiscard]] absl::StatusOr<std::optional<model::StateValue>> get(
        const model::StateKey& key) const override;
    /// One MultiGet for each run of keys that share a column family.
    [[nodiscard]] absl::Status get_many(
        std::span<const model::StateKey> keys,
        std::vector<std::optional<model::StateValue>>& values) const override;
    [[nodiscard]] absl::Status get_numbers(std::span<const model::StateKey> keys,
                                           std::span<protocol::NumbersRow> rows) const override;
    [[nodiscard]] protocol::ReadCost read_cost() const noexcept override {
        return protocol::ReadCost::kStorage;
    }

    /// Every row in key order.
    [[nodiscard]] absl::Status scan(
        const std::function<absl::Status(const model::StateKey&, const model::StateValue&)>& visit)
        const;
    /// Ledger records with topoheight in [first, last], ascending.
    [[nodiscard]] absl::Status read_ledger(
        model::Topoheight first, model::Topoheight last,
        const std::function<absl::Status(model::Topoheight, const base::Bytes&)>& visit) const;
    /// Walks every row of every column family, in whatever place it is: each must be a key of that
    /// family's group with a value that decodes.
    [[nodiscard]] absl::Status verify_rows() const;

  private:
    /// Gives every row that exists to `accept(index, value)`, which may fail.
    template <class Accept>
    [[nodiscard]] absl::Status get_runs(std::span<const model::StateKey> keys,
                                        const Accept& accept) const;
    template <class Accept>
    [[nodiscard]] absl::Status get_run(std::span<const model::StateKey> all, std::size_t first,
                                       std::size_t last, const Accept& accept) const;
    [[nodiscard]] absl::StatusOr<model::StateValue> decode(const model::StateKey& key,
                                                           ByteView bytes) const;
    [[nodiscard]] absl::Status scan_family(
        model::Family family,
        const std::function<absl::Status(const model::StateKey&, const model::StateValue&)>& visit)
        const;
    [[nodiscard]] absl::Status verify_group(std::size_t group) const;

    /// Shared with the store: see RocksDbDatabase.
    const std::shared_ptr<const RocksDbDatabase> database_;
    const rocksdb::Snapshot* const snapshot_;
};

/// A view whose every answer is `why`: of a store that must not be read.
class RefusingView final : public protocol::StateView {
  public:
    explicit RefusingView(absl::Status why);
    [[nodiscard]] absl::StatusOr<std::optional<model::StateValue>> get(
        const model::StateKey& key) const override;

  private:
    const absl::Status why_;
};

}  // namespace parallax::state
