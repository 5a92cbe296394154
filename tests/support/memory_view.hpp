#pragma once

#include "verifier/model/delta.hpp"
#include "verifier/protocol/state_view.hpp"

#include <initializer_list>
#include <map>
#include <optional>
#include <utility>

namespace parallax::test {

/// A StateView over rows that a test lists: `MemoryView view{{balance_key(a, kTosAsset), amount}}`.
/// The plain model that everything else is held against.
class MemoryView final : public protocol::StateView {
  public:
    using Rows = std::map<model::StateKey, model::StateValue>;

    MemoryView() = default;
    MemoryView(std::initializer_list<Rows::value_type> rows) : rows_(rows) {}
    explicit MemoryView(Rows rows) : rows_(std::move(rows)) {}

    [[nodiscard]] absl::StatusOr<std::optional<model::StateValue>> get(
        const model::StateKey& key) const override {
        const auto found = rows_.find(key);
        return found == rows_.end() ? std::nullopt
                                    : std::optional<model::StateValue>(found->second);
    }

    /// For building the rows before the view is used.
    [[nodiscard]] Rows& rows() noexcept { return rows_; }
    [[nodiscard]] const Rows& rows() const noexcept { return rows_; }

    void set(const model::StateKey& key, model::StateValue value) {
        rows_.insert_or_assign(key, std::move(value));
    }
    void apply(const model::Delta& delta) {
        for (const model::DeltaEntry& entry : delta.entries) {
            if (entry.after) {
                rows_.insert_or_assign(entry.key, *entry.after);
            } else {
                rows_.erase(entry.key);
            }
        }
    }
    /// 0 for an absent row.
    [[nodiscard]] std::uint64_t amount(const model::StateKey& key) const {
        const auto found = rows_.find(key);
        return found == rows_.end() ? 0
                                    : std::get<model::AmountRecord>(found->second).amount.value();
    }
    [[nodiscard]] std::uint64_t nonce(const model::PublicKey& account) const {
        const auto found = rows_.find(model::account_key(account));
        return found == rows_.end() ? 0
                                    : std::get<model::AccountRecord>(found->second).nonce.value();
    }

  private:
    Rows rows_;
};

}  // namespace parallax::test
