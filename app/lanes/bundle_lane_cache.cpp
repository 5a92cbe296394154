#include "app/lanes/bundle_lane_cache.hpp"

#include <utility>

namespace parallax::app {

replay::BundleLaneFactory BundleLaneCache::factory() {
    return [this](const replay::BundleConfiguration& configuration)
               -> absl::StatusOr<replay::BundleLanes> {
        if (lanes_ == nullptr || configuration_ != configuration) {
            lanes_.reset();
            auto made = OwnedBundleLanes::create(configuration);
            if (!made.ok()) {
                return made.status();
            }
            lanes_ = *std::move(made);
            configuration_ = configuration;
        }
        return lanes_->lanes();
    };
}

replay::ScheduledLaneFactory ScheduledLaneCache::factory() {
    return [this](const replay::BundleConfiguration& configuration,
                  std::uint32_t workers) -> absl::StatusOr<replay::ScheduledLanes> {
        if (lanes_ == nullptr || configuration_ != configuration || workers_ != workers) {
            lanes_.reset();
            auto made = OwnedScheduledLanes::create(configuration, workers);
            if (!made.ok()) {
                return made.status();
            }
            lanes_ = *std::move(made);
            configuration_ = configuration;
            workers_ = workers;
        }
        return lanes_->lanes();
    };
}

}  // namespace parallax::app
