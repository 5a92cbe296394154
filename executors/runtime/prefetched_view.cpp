#include "executors/runtime/prefetched_view.hpp"

#include "verifier/protocol/block_rules.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace parallax {

absl::StatusOr<PrefetchedView> PrefetchedView::load(const StateView& view,
                                                    const AdmittedBlock& block) {
    std::vector<StateKey> keys;
    for (const AdmittedTransaction& transaction : block.transactions()) {
        const std::vector<StateKey> own = static_keys(transaction);
        keys.insert(keys.end(), own.begin(), own.end());
    }
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
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

absl::StatusOr<std::optional<StateValue>> PrefetchedView::get(const StateKey& key) const {
    const auto it = index_.find(key);
    if (it == index_.end()) {
        counts_->misses.fetch_add(1, std::memory_order_relaxed);
        return view_->get(key);
    }
    counts_->hits.fetch_add(1, std::memory_order_relaxed);
    return rows_[it->second];
}

}  // namespace parallax
