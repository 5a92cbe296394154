#pragma once

#include "verifier/model/delta.hpp"
#include "verifier/protocol/state_view.hpp"

#include <map>
#include <optional>
#include <utility>

namespace parallax::testbed {

/// Rows in memory, which a block's delta moves on.
class RowsView final : public protocol::StateView {
  public:
    using Rows = std::map<model::StateKey, model::StateValue>;
    RowsView() = default;
    explicit RowsView(Rows rows) : rows_(std::move(rows)) {}

    [[nodiscard]] absl::StatusOr<std::optional<model::StateValue>> get(
        const model::StateKey& key) const override;
    void apply(const model::Delta& delta);
    [[nodiscard]] const Rows& rows() const noexcept { return rows_; }

  private:
    Rows rows_;
};

}  // namespace parallax::testbed
