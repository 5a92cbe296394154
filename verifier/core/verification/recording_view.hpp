#pragma once

#include "verifier/base/mutex.hpp"
#include "verifier/protocol/state_view.hpp"

#include "absl/container/flat_hash_map.h"

#include <array>
#include <optional>
#include <span>
#include <vector>

namespace parallax::core {

/// A row as it was read: absent is an answer too.
struct RecordedRow {
    model::StateKey key;
    std::optional<model::StateValue> value;
    friend bool operator==(const RecordedRow&, const RecordedRow&) = default;
};

/// Stands before a view and remembers every row that was read through it, by whichever lane: the
/// state that a block needs, and no more. Reads may come from any thread at once; `rows` is for
/// after them. Refers to the view, which must outlive it.
class RecordingView final : public protocol::StateView {
  public:
    explicit RecordingView(const protocol::StateView& view) : view_(view) {}

    [[nodiscard]] absl::StatusOr<std::optional<model::StateValue>> get(
        const model::StateKey& key) const override;
    [[nodiscard]] absl::Status get_many(
        std::span<const model::StateKey> keys,
        std::vector<std::optional<model::StateValue>>& values) const override;
    [[nodiscard]] protocol::ReadCost read_cost() const noexcept override {
        return view_.read_cost();
    }

    /// Everything that was read, keys ascending. Keys that no state can hold are left out: they are
    /// absent everywhere.
    [[nodiscard]] std::vector<RecordedRow> rows() const;
    /// A key that gave two answers, if one did: the snapshot is none.
    [[nodiscard]] std::optional<model::StateKey> unstable() const;

  private:
    /// Lanes have many threads, and most of them read other keys.
    struct Shard {
        mutable base::Mutex mutex;
        absl::flat_hash_map<model::StateKey, std::optional<model::StateValue>> rows
            VERIFIER_GUARDED_BY(mutex);
        std::optional<model::StateKey> unstable VERIFIER_GUARDED_BY(mutex);
    };
    static constexpr std::size_t kShards = 16;

    void record(const model::StateKey& key, const std::optional<model::StateValue>& value) const;

    const protocol::StateView& view_;
    mutable std::array<Shard, kShards> shards_;
};

/// Whether a state can hold a row at `key`. The rules keep rows inside a block, as the nonce
/// checker's (protocol notes, 6.3), which none can.
[[nodiscard]] bool can_be_in_state(const model::StateKey& key);

}  // namespace parallax::core
