#pragma once

#include "replay/shrink/reproduce.hpp"
#include "verifier/core/schedule/scheduled_lane_runner.hpp"

#include "absl/status/statusor.h"

#include <cstdint>

namespace parallax::replay {

/// Who runs a bundle under schedules. References outlive every call; one thread at a time.
struct ScheduledLanes {
    core::BlockExecutor& control;
    core::BlockExecutor& candidate;
    core::ScheduledLaneRunner& runner;

    [[nodiscard]] BundleLanes lanes() const { return {control, &candidate, runner}; }
};

/// What came of running a bundle under its schedule.
struct ScheduleReproduction {
    /// `kDeterministic`: the schedule decides it. `kScheduleDependent`: something else has a say.
    Reproduction runs;
    /// Of the last run.
    std::uint32_t workers = 0;
    std::uint32_t preemptions = 0;
    /// Decisions that could not be followed: another executor, or another build of it.
    std::uint64_t departures = 0;
};

/// Runs the bundle `runs` times (at least 1) under its schedule, which it must have.
[[nodiscard]] absl::StatusOr<ScheduleReproduction> reproduce_schedule(const Bundle& bundle,
                                                                      const ScheduledLanes& lanes,
                                                                      std::uint32_t runs);

/// Of runs under the schedule and unscheduled runs, together: 3 if the control is
/// unsteady, 2 if either met a finding, else 3 if either is inconclusive, else 0.
[[nodiscard]] int exit_code_of(const Reproduction& scheduled, const Reproduction& native) noexcept;

}  // namespace parallax::replay
