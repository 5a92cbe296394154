#include "verifier/core/recording_view.hpp"

#include "verifier/codec/canonical.hpp"

#include <algorithm>

namespace parallax {

absl::StatusOr<std::optional<StateValue>> RecordingView::get(const StateKey& key) const {
    auto value = view_.get(key);
    if (value.ok()) {
        record(key, *value);
    }
    return value;
}

absl::Status RecordingView::get_many(std::span<const StateKey> keys,
                                     std::vector<std::optional<StateValue>>& values) const {
    if (auto status = view_.get_many(keys, values); !status.ok()) {
        return status;
    }
    for (std::size_t i = 0; i < keys.size(); ++i) {
        record(keys[i], values[i]);
    }
    return absl::OkStatus();
}

void RecordingView::record(const StateKey& key, const std::optional<StateValue>& value) const {
    Shard& shard = shards_[key.owner[0] % kShards];
    const MutexLock lock(shard.mutex);
    const auto [found, is_new] = shard.rows.try_emplace(key, value);
    if (!is_new && found->second != value && !shard.unstable) {
        shard.unstable = key;
    }
}

std::vector<RecordedRow> RecordingView::rows() const {
    std::vector<RecordedRow> rows;
    for (const Shard& shard : shards_) {
        const MutexLock lock(shard.mutex);
        for (const auto& [key, value] : shard.rows) {
            if (value || can_be_in_state(key)) {
                rows.push_back({key, value});
            }
        }
    }
    std::sort(rows.begin(), rows.end(),
              [](const RecordedRow& a, const RecordedRow& b) { return a.key < b.key; });
    return rows;
}

std::optional<StateKey> RecordingView::unstable() const {
    for (const Shard& shard : shards_) {
        const MutexLock lock(shard.mutex);
        if (shard.unstable) {
            return shard.unstable;
        }
    }
    return std::nullopt;
}

bool can_be_in_state(const StateKey& key) {
    return decode_key(encode_key(key)).ok();
}

}  // namespace parallax
