#pragma once

#include "verifier/core/mutex.hpp"
#include "verifier/protocol/state_view.hpp"

#include "absl/container/flat_hash_map.h"

#include <array>
#include <optional>
#include <span>
#include <vector>

namespace parallax {

/// A row as it was read: absent is an answer too.
struct RecordedRow {
    StateKey key;
    std::optional<StateValue> value;
    friend bool operator==(const RecordedRow&, const RecordedRow&) = default;
};

/// Stands before a view and remembers every row that was read through it, by whichever lane: the
/// state that a block needs, and no more. Reads may come from any thread at once; `rows` is for
/// after them. Refers to the view, which must outlive it.
class RecordingView final : public StateView {
  public:
    explicit RecordingView(const StateView& view) : view_(view) {}

    [[nodiscard]] absl::StatusOr<std::optional<StateValue>> get(const StateKey& key) const override;
    [[nodiscard]] absl::Status get_many(
        std::span<const StateKey> keys,
        std::vector<std::optional<StateValue>>& values) const override;
    [[nodiscard]] ReadCost read_cost() const noexcept override { return view_.read_cost(); }

    /// Everything that was read, keys ascending. Keys that no state can hold are left out: they are
    /// absent everywhere.
    [[nodiscard]] std::vector<RecordedRow> rows() const;
    /// A key that gave two answers, if one did: the snapshot is none.
    [[nodiscard]] std::optional<StateKey> unstable() const;

  private:
    /// Lanes have many threads, and most of them read other keys.
    struct Shard {
        mutable Mutex mutex;
        absl::flat_hash_map<StateKey, std::optional<StateValue>> rows VERIFIER_GUARDED_BY(mutex);
        std::optional<StateKey> unstable VERIFIER_GUARDED_BY(mutex);
    };
    static constexpr std::size_t kShards = 16;

    void record(const StateKey& key, const std::optional<StateValue>& value) const;

    const StateView& view_;
    mutable std::array<Shard, kShards> shards_;
};

/// Whether a state can hold a row at `key`. The rules keep rows inside a block, as the nonce
/// checker's (semantics reference, 6.3), which none can.
[[nodiscard]] bool can_be_in_state(const StateKey& key);

}  // namespace parallax
