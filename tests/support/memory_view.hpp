#pragma once

#include "verifier/protocol/state_view.hpp"

#include <initializer_list>
#include <map>
#include <optional>
#include <utility>

namespace parallax::test {

/// A StateView over rows that a test lists: `MemoryView view{{balance_key(a, kTosAsset), amount}}`.
class MemoryView final : public StateView {
  public:
    using Rows = std::map<StateKey, StateValue>;

    MemoryView() = default;
    MemoryView(std::initializer_list<Rows::value_type> rows) : rows_(rows) {}
    explicit MemoryView(Rows rows) : rows_(std::move(rows)) {}

    [[nodiscard]] absl::StatusOr<std::optional<StateValue>> get(
        const StateKey& key) const override {
        const auto found = rows_.find(key);
        return found == rows_.end() ? std::nullopt : std::optional<StateValue>(found->second);
    }

    /// For building the rows before the view is used.
    [[nodiscard]] Rows& rows() noexcept { return rows_; }
    [[nodiscard]] const Rows& rows() const noexcept { return rows_; }

  private:
    Rows rows_;
};

}  // namespace parallax::test
