#pragma once

#include "replay/bundle.hpp"
#include "verifier/core/mutex.hpp"
#include "verifier/protocol/state_view.hpp"

#include "absl/container/flat_hash_map.h"

#include <optional>
#include <span>
#include <vector>

namespace parallax {

/// The recorded rows of a bundle as a state. A row that was never recorded is unknown, which is not
/// absent: asking for it is a FailedPrecondition error, and remembered. Thread-safe; owns its rows.
class BundleView final : public StateView {
  public:
    explicit BundleView(std::span<const RecordedRow> rows);

    [[nodiscard]] absl::StatusOr<std::optional<StateValue>> get(const StateKey& key) const override;

    /// The first key that was asked for and is not in the bundle.
    [[nodiscard]] std::optional<StateKey> missing() const;
    /// As `missing`, which then begins anew.
    [[nodiscard]] std::optional<StateKey> take_missing();

  private:
    absl::flat_hash_map<StateKey, std::optional<StateValue>> rows_;
    mutable Mutex mutex_;
    mutable std::optional<StateKey> missing_ VERIFIER_GUARDED_BY(mutex_);
};

}  // namespace parallax
