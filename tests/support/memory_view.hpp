#pragma once

#include <map>
#include <utility>
#include <vector>

#include "verifier/model/delta.hpp"
#include "verifier/protocol/state_view.hpp"

namespace parallax::test {

/// A state view over a map: the plain model that everything else is held against.
class MemoryView final : public StateView {
  public:
    MemoryView() = default;
    explicit MemoryView(const std::vector<std::pair<StateKey, StateValue>>& rows)
        : rows_(rows.begin(), rows.end()) {}

    [[nodiscard]] absl::StatusOr<std::optional<StateValue>> get(
        const StateKey& key) const override {
        const auto it = rows_.find(key);
        if (it == rows_.end()) {
            return std::nullopt;
        }
        return it->second;
    }

    void set(const StateKey& key, StateValue value) {
        rows_.insert_or_assign(key, std::move(value));
    }
    void apply(const Delta& delta) {
        for (const DeltaEntry& entry : delta.entries) {
            if (entry.after) {
                rows_.insert_or_assign(entry.key, *entry.after);
            } else {
                rows_.erase(entry.key);
            }
        }
    }
    [[nodiscard]] const std::map<StateKey, StateValue>& rows() const { return rows_; }
    [[nodiscard]] std::uint64_t amount(const StateKey& key) const {
        const auto it = rows_.find(key);
        return it == rows_.end() ? 0 : std::get<AmountRecord>(it->second).amount.value();
    }
    [[nodiscard]] std::uint64_t nonce(const PublicKey& account) const {
        const auto it = rows_.find(account_key(account));
        return it == rows_.end() ? 0 : std::get<AccountRecord>(it->second).nonce.value();
    }

  private:
    std::map<StateKey, StateValue> rows_;
};

}  // namespace parallax::test
