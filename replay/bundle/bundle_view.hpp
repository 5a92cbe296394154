#pragma once

#include "replay/bundle/bundle.hpp"
#include "verifier/base/mutex.hpp"
#include "verifier/protocol/state_view.hpp"

#include "absl/container/flat_hash_map.h"

#include <optional>
#include <span>
#include <vector>

namespace parallax::replay {

/// The recorded rows of a bundle as a state. A row that was never recorded is unknown, which is not
/// absent: asking for it is a FailedPrecondition error, and remembered. Thread-safe; owns its rows.
class BundleView final : public protocol::StateView {
  public:
    explicit BundleView(std::span<const core::RecordedRow> rows);

    [[nodiscard]] absl::StatusOr<std::optional<model::StateValue>> get(
        const model::StateKey& key) const override;

    /// The first key that was asked for and is not in the bundle.
    [[nodiscard]] std::optional<model::StateKey> missing() const;
    /// As `missing`, which then begins anew.
    [[nodiscard]] std::optional<model::StateKey> take_missing();

  private:
    absl::flat_hash_map<model::StateKey, std::optional<model::StateValue>> rows_;
    mutable base::Mutex mutex_;
    mutable std::optional<model::StateKey> missing_ VERIFIER_GUARDED_BY(mutex_);
};

}  // namespace parallax::replay
