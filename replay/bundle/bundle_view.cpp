#include "replay/bundle/bundle_view.hpp"

#include "verifier/model/families.hpp"

#include <fmt/format.h>

#include <utility>

namespace parallax::replay {

BundleView::BundleView(std::span<const core::RecordedRow> rows) {
    rows_.reserve(rows.size());
    for (const core::RecordedRow& row : rows) {
        rows_.emplace(row.key, row.value);
    }
}

absl::StatusOr<std::optional<model::StateValue>> BundleView::get(const model::StateKey& key) const {
    if (const auto found = rows_.find(key); found != rows_.end()) {
        return found->second;
    }
    if (!core::can_be_in_state(key)) {
        return std::nullopt;
    }
    const base::MutexLock lock(mutex_);
    if (!missing_) {
        missing_ = key;
    }
    return absl::FailedPreconditionError(
        fmt::format("pre-state missing: the bundle has no row {}", model::to_string(key)));
}

std::optional<model::StateKey> BundleView::missing() const {
    const base::MutexLock lock(mutex_);
    return missing_;
}

std::optional<model::StateKey> BundleView::take_missing() {
    const base::MutexLock lock(mutex_);
    return std::exchange(missing_, std::nullopt);
}

}  // namespace parallax::replay
