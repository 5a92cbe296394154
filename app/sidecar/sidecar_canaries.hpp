#pragma once

#include "verifier/service/lanes/canary.hpp"

#include <memory>
#include <string>
#include <vector>

namespace parallax::app {

/// The seeded faults of this program as canaries of a sidecar. Nothing of a fault exists before
/// `create`, nor after what it gave is gone.
class SidecarCanaries final : public service::CanaryFactory {
  public:
    /// Those of the catalogue that need no schedule of their own.
    [[nodiscard]] std::vector<std::string> faults() const override;
    [[nodiscard]] absl::StatusOr<std::unique_ptr<service::CanaryLane>> create(
        const std::string& fault, std::uint64_t time_limit_ms) override;
};

}  // namespace parallax::app
