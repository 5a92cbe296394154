#include "verifier/core/verification/recording_view.hpp"

#include "verifier/codec/canonical.hpp"

#include <algorithm>

namespace parallax::core {

absl::StatusOr<std::optional<model::StateValue>> RecordingView::get(
    const model::StateKey& key) const {
    auto value = view_.get(key);
    if (value.ok()) {
        record(key, *value);
    }
    return value;
}

absl::Status RecordingView::get_many(std::span<const model::StateKey> keys,
                                     std::vector<std::optional<model::StateValue>>& values) const {
    if (auto status = view_.get_many(keys, values); !status.ok()) {
        return status;
    }
    for (std::size_t i = 0; i < keys.size(); ++i) {
        record(keys[i], values[i]);
    }
    return absl::OkStatus();
}

void RecordingView::record(const model::StateKey& key,
                           const std::optional<model::StateValue>& value) const {
    Shard& shard = shards_[key.owner[0] % kShards];
    const base::MutexLock lock(shard.mutex);
    const auto [found, is_new] = shard.rows.try_emplace(key, value);
    if (!is_new && found->second != value && !shard.unstable) {
        shard.unstable = key;
    }
}

std::vector<RecordedRow> RecordingView::rows() const {
    std::vector<RecordedRow> rows;
    for (const Shard& shard : shards_) {
        const base::MutexLock lock(shard.mutex);
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

std::optional<model::StateKey> RecordingView::unstable() const {
    for (const Shard& shard : shards_) {
        const base::MutexLock lock(shard.mutex);
        if (shard.unstable) {
            return shard.unstable;
        }
    }
    return std::nullopt;
}

bool can_be_in_state(const model::StateKey& key) {
    return codec::decode_key(codec::encode_key(key)).ok();
}

}  // namespace parallax::core
