#include "verifier/protocol/state_view.hpp"

namespace parallax {

absl::Status StateView::get_many(std::span<const StateKey> keys,
                                 std::vector<std::optional<StateValue>>& values) const {
    values.clear();
    values.reserve(keys.size());
    for (const StateKey& key : keys) {
        auto value = get(key);
        if (!value.ok()) {
            return value.status();
        }
        values.push_back(*std::move(value));
    }
    return absl::OkStatus();
}

}  // namespace parallax
