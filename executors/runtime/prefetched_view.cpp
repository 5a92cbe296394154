#include "executors/runtime/prefetched_view.hpp"

#include <utility>
#include <vector>

namespace parallax::executors::runtime {

absl::StatusOr<PrefetchedView> PrefetchedView::load(const protocol::StateView& view,
                                                    const protocol::Protocol& protocol,
                                                    const protocol::AdmittedBlock& block) {
    const std::vector<model::StateKey> keys = protocol::transaction_rows(protocol, block);
    PrefetchedView loaded(view);
    if (const auto read = view.get_many(keys, loaded.rows_); !read.ok()) {
        return read;
    }
    loaded.index_.reserve(keys.size());
    for (std::uint32_t i = 0; i < keys.size(); ++i) {
        loaded.index_.emplace(keys[i], i);
    }
    return loaded;
}

absl::StatusOr<std::optional<model::StateValue>> PrefetchedView::get(
    const model::StateKey& key) const {
    const auto it = index_.find(key);
    if (it == index_.end()) {
        counts_->misses.fetch_add(1, std::memory_order_relaxed);
        return view_->get(key);
    }
    counts_->hits.fetch_add(1, std::memory_order_relaxed);
    return rows_[it->second];
}

}  // namespace parallax::executors::runtime
