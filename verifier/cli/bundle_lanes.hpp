#pragma once

#include "executors/runtime/controlled_lanes.hpp"
#include "executors/runtime/lane_runner.hpp"
#include "replay/reproduce_schedule.hpp"

#include "absl/status/statusor.h"

#include <memory>

namespace parallax {

/// The executors that a bundle's configuration asks for, set up as `replay` sets them up.
class OwnedBundleLanes {
  public:
    /// InvalidArgument if this program does not have the candidate or the seeded fault.
    [[nodiscard]] static absl::StatusOr<std::unique_ptr<OwnedBundleLanes>> create(
        const BundleConfiguration& configuration);

    /// Refers to this object.
    [[nodiscard]] BundleLanes lanes() const;

  private:
    OwnedBundleLanes() = default;
    std::unique_ptr<WorkerPool> pool_;
    std::unique_ptr<BlockExecutor> control_;
    std::unique_ptr<BlockExecutor> candidate_;
    std::unique_ptr<LaneRunner> runner_;
};

/// The same under schedules, with `workers` workers. In this process always: nobody decides the
/// schedule of another one.
class OwnedScheduledLanes {
  public:
    /// As `OwnedBundleLanes::create`; InvalidArgument also if there is no candidate.
    [[nodiscard]] static absl::StatusOr<std::unique_ptr<OwnedScheduledLanes>> create(
        const BundleConfiguration& configuration, std::uint32_t workers);

    /// Refers to this object.
    [[nodiscard]] ScheduledLanes lanes();

  private:
    OwnedScheduledLanes() = default;
    ScheduleController controller_;
    std::unique_ptr<WorkerPool> pool_;
    std::unique_ptr<BlockExecutor> control_;
    std::unique_ptr<BlockExecutor> candidate_;
    std::unique_ptr<ControlledLaneRunner> runner_;
};

}  // namespace parallax
