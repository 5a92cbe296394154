#include "replay/bundle_view.hpp"

#include "verifier/model/families.hpp"

#include <fmt/format.h>

#include <utility>

namespace parallax {

BundleView::BundleView(std::span<const RecordedRow> rows) {
    rows_.reserve(rows.size());
    for (const RecordedRow& row : rows) {
        rows_.emplace(row.key, row.value);
    }
}

absl::StatusOr<std::optional<StateValue>> BundleView::get(const StateKey& key) const {
    if (const auto found = rows_.find(key); found != rows_.end()) {
        return found->second;
    }
    if (!can_be_in_state(key)) {
        return std::nullopt;
    }
    const MutexLock lock(mutex_);
    if (!missing_) {
        missing_ = key;
    }
    return absl::FailedPreconditionError(
        fmt::format("pre-state missing: the bundle has no row {}", to_string(key)));
}

std::optional<StateKey> BundleView::missing() const {
    const MutexLock lock(mutex_);
    return missing_;
}

std::optional<StateKey> BundleView::take_missing() {
    const MutexLock lock(mutex_);
    return std::exchange(missing_, std::nullopt);
}

}  // namespace parallax
