#include "replay/vector_store.hpp"

namespace parallax {

absl::Status VectorStore::create() {
    store_.reset();
    auto store = make_store_();
    if (!store.ok()) {
        return store.status();
    }
    store_ = *std::move(store);
    topoheight_ = Topoheight{0};
    return store_->load(Cursor{}, []() -> absl::StatusOr<std::optional<DeltaEntry>> {
        return std::optional<DeltaEntry>();
    });
}

absl::Status VectorStore::begin(const std::vector<std::pair<StateKey, StateValue>>& rows) {
    if (store_ && topoheight_ > Topoheight{0}) {
        if (store_->rewind(Topoheight{0}, Hash{}).ok()) {
            topoheight_ = Topoheight{0};
        } else {
            store_.reset();  // longer than the undo window: start with a new one
        }
    }
    if (!store_) {
        if (auto status = create(); !status.ok()) {
            return status;
        }
    }
    Delta delta;
    for (const auto& [key, value] : rows) {
        delta.entries.push_back({key, std::nullopt, value});
    }
    return commit(Hash{}, std::move(delta));
}

absl::Status VectorStore::commit(const Hash& block, Delta delta) {
    BlockCommit commit;
    commit.cursor = Cursor{next(topoheight_), block, Hash{}};
    commit.delta = std::move(delta);
    if (auto status = store_->commit(commit); !status.ok()) {
        return status;
    }
    topoheight_ = commit.cursor.topoheight;
    return absl::OkStatus();
}

}  // namespace parallax
