#pragma once

#include "app/lanes/bundle_lanes.hpp"
#include "replay/shrink/shrink.hpp"

#include <memory>

namespace parallax::app {

/// Lanes for one configuration at a time: those of the last one are kept.
class BundleLaneCache {
  public:
    /// Refers to this object.
    [[nodiscard]] replay::BundleLaneFactory factory();

  private:
    replay::BundleConfiguration configuration_;
    std::unique_ptr<OwnedBundleLanes> lanes_;
};

/// The same under schedules.
class ScheduledLaneCache {
  public:
    /// Refers to this object.
    [[nodiscard]] replay::ScheduledLaneFactory factory();

  private:
    replay::BundleConfiguration configuration_;
    std::uint32_t workers_ = 0;
    std::unique_ptr<OwnedScheduledLanes> lanes_;
};

}  // namespace parallax::app
