#pragma once

#include "verifier/model/state_key.hpp"
#include "verifier/model/state_value.hpp"

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include <optional>
#include <span>
#include <vector>

namespace parallax {

/// The state at one instant, read-only by construction. Implementations own or pin what they read
/// from; every method may be called from any thread at once, and the answers never change.
class StateView {
  public:
    virtual ~StateView() = default;

    /// The row at `key`, or nothing if there is none. An error means that the answer is unknown
    /// (I/O, corruption): never to be taken for an absent row.
    [[nodiscard]] virtual absl::StatusOr<std::optional<StateValue>> get(
        const StateKey& key) const = 0;

    /// As `get`, for many keys at once; `keys` ascending and distinct, `values` resized to match.
    [[nodiscard]] virtual absl::Status get_many(
        std::span<const StateKey> keys, std::vector<std::optional<StateValue>>& values) const;
};

}  // namespace parallax
