#pragma once

#include "verifier/protocol/admit.hpp"
#include "verifier/protocol/state_view.hpp"

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace parallax {

/// The rows that a block's bytes name, read in one sorted batch before it runs; every other row is
/// read from the view behind it, which must outlive this one. Immutable, so safe from any thread.
class PrefetchedView final : public StateView {
  public:
    /// An error is a failed read.
    [[nodiscard]] static absl::StatusOr<PrefetchedView> load(const StateView& view,
                                                             const AdmittedBlock& block);

    [[nodiscard]] absl::StatusOr<std::optional<StateValue>> get(const StateKey& key) const override;

    [[nodiscard]] std::size_t size() const noexcept { return rows_.size(); }

  private:
    explicit PrefetchedView(const StateView& view) : view_(&view) {}

    const StateView* view_;
    absl::flat_hash_map<StateKey, std::uint32_t> index_;
    std::vector<std::optional<StateValue>> rows_;
};

}  // namespace parallax
