#pragma once

#include "replay/shrink.hpp"
#include "verifier/cli/bundle_lanes.hpp"

#include <memory>

namespace parallax {

/// Lanes for one configuration at a time: those of the last one are kept.
class BundleLaneCache {
  public:
    /// Refers to this object.
    [[nodiscard]] BundleLaneFactory factory();

  private:
    BundleConfiguration configuration_;
    std::unique_ptr<OwnedBundleLanes> lanes_;
};

/// The same under schedules.
class ScheduledLaneCache {
  public:
    /// Refers to this object.
    [[nodiscard]] ScheduledLaneFactory factory();

  private:
    BundleConfiguration configuration_;
    std::uint32_t workers_ = 0;
    std::unique_ptr<OwnedScheduledLanes> lanes_;
};

}  // namespace parallax
