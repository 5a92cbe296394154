#pragma once

#include "executors/runtime/controlled_lanes.hpp"
#include "executors/runtime/lane_runner.hpp"
#include "replay/shrink/reproduce_schedule.hpp"

#include "absl/status/statusor.h"

#include <memory>

namespace parallax::app {

/// The executors that a bundle's configuration asks for, set up as `replay` sets them up.
class OwnedBundleLanes {
  public:
    /// InvalidArgument if this program does not have the candidate or the seeded fault.
    [[nodiscard]] static absl::StatusOr<std::unique_ptr<OwnedBundleLanes>> create(
        const replay::BundleConfiguration& configuration);

    /// Refers to this object.
    [[nodiscard]] replay::BundleLanes lanes() const;

  private:
    OwnedBundleLanes() = default;
    std::unique_ptr<executors::runtime::WorkerPool> pool_;
    std::unique_ptr<core::BlockExecutor> control_;
    std::unique_ptr<core::BlockExecutor> candidate_;
    std::unique_ptr<core::LaneRunner> runner_;
};

/// The same under schedules, with `workers` workers. In this process always: nobody decides the
/// schedule of another one.
class OwnedScheduledLanes {
  public:
    /// As `OwnedBundleLanes::create`; InvalidArgument also if there is no candidate.
    [[nodiscard]] static absl::StatusOr<std::unique_ptr<OwnedScheduledLanes>> create(
        const replay::BundleConfiguration& configuration, std::uint32_t workers);

    /// Refers to this object.
    [[nodiscard]] replay::ScheduledLanes lanes();

  private:
    OwnedScheduledLanes() = default;
    executors::runtime::ScheduleController controller_;
    std::unique_ptr<executors::runtime::WorkerPool> pool_;
    std::unique_ptr<core::BlockExecutor> control_;
    std::unique_ptr<core::BlockExecutor> candidate_;
    std::unique_ptr<executors::runtime::ControlledLaneRunner> runner_;
};

}  // namespace parallax::app
