#pragma once

#include "verifier/model/delta.hpp"
#include "verifier/protocol/state_view.hpp"

#include "absl/container/flat_hash_map.h"

#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace parallax::core {

/// The rows that one executed block leaves behind, before it is committed: key to value, or to
/// nothing where the block removed the row. Immutable; shared by the views of the blocks after it.
class PendingRows {
  public:
    explicit PendingRows(const model::Delta& delta);

    /// Null if the block did not write `key`.
    [[nodiscard]] const std::optional<model::StateValue>* find(
        const model::StateKey& key) const noexcept;

  private:
    absl::flat_hash_map<model::StateKey, std::optional<model::StateValue>> rows_;
};

/// A committed state with executed but not yet committed blocks on top: what the next block runs
/// on. Owns its part of everything, so it outlives commits.
class PendingView final : public protocol::StateView {
  public:
    /// `pending` oldest first, each block following the one before, the first following `base`.
    PendingView(std::unique_ptr<protocol::StateView> base,
                std::vector<std::shared_ptr<const PendingRows>> pending);

    [[nodiscard]] absl::StatusOr<std::optional<model::StateValue>> get(
        const model::StateKey& key) const override;
    [[nodiscard]] absl::Status get_many(
        std::span<const model::StateKey> keys,
        std::vector<std::optional<model::StateValue>>& values) const override;
    [[nodiscard]] protocol::ReadCost read_cost() const noexcept override {
        return base_->read_cost();
    }

  private:
    [[nodiscard]] const std::optional<model::StateValue>* find_pending(
        const model::StateKey& key) const noexcept;

    const std::unique_ptr<protocol::StateView> base_;
    const std::vector<std::shared_ptr<const PendingRows>> pending_;
};

}  // namespace parallax::core
