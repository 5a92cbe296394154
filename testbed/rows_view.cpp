#include "testbed/rows_view.hpp"

namespace parallax::testbed {

absl::StatusOr<std::optional<model::StateValue>> RowsView::get(const model::StateKey& key) const {
    const auto found = rows_.find(key);
    return found == rows_.end() ? std::nullopt : std::optional<model::StateValue>(found->second);
}

void RowsView::apply(const model::Delta& delta) {
    for (const model::DeltaEntry& entry : delta.entries) {
        if (entry.after) {
            rows_.insert_or_assign(entry.key, *entry.after);
        } else {
            rows_.erase(entry.key);
        }
    }
}

}  // namespace parallax::testbed
