#include "verifier/core/store/pending_state.hpp"

#include <utility>

namespace parallax::core {

PendingRows::PendingRows(const model::Delta& delta) {
    rows_.reserve(delta.entries.size());
    for (const model::DeltaEntry& entry : delta.entries) {
        rows_.emplace(entry.key, entry.after);
    }
}

const std::optional<model::StateValue>* PendingRows::find(
    const model::StateKey& key) const noexcept {
    const auto row = rows_.find(key);
    return row == rows_.end() ? nullptr : &row->second;
}

PendingView::PendingView(std::unique_ptr<protocol::StateView> base,
                         std::vector<std::shared_ptr<const PendingRows>> pending)
    : base_(std::move(base)), pending_(std::move(pending)) {}

const std::optional<model::StateValue>* PendingView::find_pending(
    const model::StateKey& key) const noexcept {
    for (auto rows = pending_.rbegin(); rows != pending_.rend(); ++rows) {
        if (const auto* value = (*rows)->find(key); value != nullptr) {
            return value;
        }
    }
    return nullptr;
}

absl::StatusOr<std::optional<model::StateValue>> PendingView::get(
    const model::StateKey& key) const {
    const auto* value = find_pending(key);
    return value != nullptr ? absl::StatusOr<std::optional<model::StateValue>>(*value)
                            : base_->get(key);
}

absl::Status PendingView::get_many(std::span<const model::StateKey> keys,
                                   std::vector<std::optional<model::StateValue>>& values) const {
    std::vector<model::StateKey> unknown;
    std::vector<std::size_t> places;
    values.assign(keys.size(), std::nullopt);
    for (std::size_t i = 0; i < keys.size(); ++i) {
        if (const auto* value = find_pending(keys[i]); value != nullptr) {
            values[i] = *value;
        } else {
            unknown.push_back(keys[i]);
            places.push_back(i);
        }
    }
    std::vector<std::optional<model::StateValue>> read;
    if (auto status = base_->get_many(unknown, read); !status.ok()) {
        return status;
    }
    for (std::size_t i = 0; i < places.size(); ++i) {
        values[places[i]] = std::move(read[i]);
    }
    return absl::OkStatus();
}

}  // namespace parallax::core
