#include "testbed/vectors/vector_store.hpp"

namespace parallax::testbed {

absl::Status VectorStore::create() {
    store_.reset();
    auto store = make_store_();
    if (!store.ok()) {
        return store.status();
    }
    store_ = *std::move(store);
    topoheight_ = model::Topoheight{0};
    return store_->load(core::Cursor{}, []() -> absl::StatusOr<std::optional<model::DeltaEntry>> {
        return std::optional<model::DeltaEntry>();
    });
}

absl::Status VectorStore::begin(
    const std::vector<std::pair<model::StateKey, model::StateValue>>& rows) {
    if (store_ && topoheight_ > model::Topoheight{0}) {
        if (store_->rewind(model::Topoheight{0}, model::Hash{}).ok()) {
            topoheight_ = model::Topoheight{0};
        } else {
            store_.reset();  // longer than the undo window: start with a new one
        }
    }
    if (!store_) {
        if (auto status = create(); !status.ok()) {
            return status;
        }
    }
    model::Delta delta;
    for (const auto& [key, value] : rows) {
        delta.entries.push_back({key, std::nullopt, value});
    }
    return commit(model::Hash{}, std::move(delta));
}

absl::Status VectorStore::commit(const model::Hash& block, model::Delta delta) {
    core::BlockCommit commit;
    commit.cursor = core::Cursor{model::next(topoheight_), block, model::Hash{}};
    commit.delta = std::move(delta);
    if (auto status = store_->commit(commit); !status.ok()) {
        return status;
    }
    topoheight_ = commit.cursor.topoheight;
    return absl::OkStatus();
}

}  // namespace parallax::testbed
