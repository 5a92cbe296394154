#include "replay/shrink/shrink_step.hpp"

#include "replay/bundle/bundle_draft.hpp"

#include <algorithm>

namespace parallax::replay {

absl::StatusOr<BundleSize> size_of(const Bundle& bundle) {
    const auto draft = BundleDraft::open(bundle);
    if (!draft.ok()) {
        return draft.status();
    }
    BundleSize size;
    size.transactions = draft->parts.size();
    size.rows = bundle.pre_state.size();
    size.present_rows = static_cast<std::size_t>(
        std::count_if(bundle.pre_state.begin(), bundle.pre_state.end(),
                      [](const core::RecordedRow& row) { return row.value.has_value(); }));
    size.threads = bundle.configuration.threads;
    size.decisions = bundle.schedule ? bundle.schedule->decisions.size() : 0;
    return size;
}

}  // namespace parallax::replay
