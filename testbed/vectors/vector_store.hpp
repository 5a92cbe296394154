#pragma once

#include "verifier/core/store/chain_store.hpp"

#include "absl/status/statusor.h"

#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace parallax::testbed {

/// A store that is used for one small chain after another: each begins with a pre-state, which is
/// committed as a block on the empty state, and ends with a rewind to that. One thread.
class VectorStore {
  public:
    using Factory = std::function<absl::StatusOr<std::unique_ptr<core::ChainStore>>()>;

    explicit VectorStore(Factory make_store) : make_store_(std::move(make_store)) {}

    /// Empties the store and puts `rows` (ascending keys) in it.
    [[nodiscard]] absl::Status begin(
        const std::vector<std::pair<model::StateKey, model::StateValue>>& rows);
    [[nodiscard]] std::unique_ptr<protocol::StateView> snapshot() const {
        return store_->snapshot();
    }
    /// Adds a block's changes after what is there.
    [[nodiscard]] absl::Status commit(const model::Hash& block, model::Delta delta);

  private:
    [[nodiscard]] absl::Status create();

    Factory make_store_;
    std::unique_ptr<core::ChainStore> store_;
    model::Topoheight topoheight_;
};

}  // namespace parallax::testbed
