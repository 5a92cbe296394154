#include "replay/shrink/reproduce_schedule.hpp"

#include <algorithm>
#include <utility>

namespace parallax::replay {

absl::StatusOr<ScheduleReproduction> reproduce_schedule(const Bundle& bundle,
                                                        const ScheduledLanes& lanes,
                                                        std::uint32_t runs) {
    core::SchedulePlan plan;
    plan.policy = core::SchedulePolicy::kReplay;
    plan.decisions = &bundle.schedule->decisions;
    lanes.runner.plan(plan);
    auto result = reproduce(bundle, lanes.lanes(), runs);
    if (!result.ok()) {
        return result.status();
    }
    ScheduleReproduction reproduction;
    reproduction.runs = *std::move(result);
    reproduction.workers = lanes.runner.workers();
    reproduction.preemptions = core::count_preemptions(lanes.runner.choices());
    reproduction.departures = lanes.runner.departures();
    return reproduction;
}

int exit_code_of(const Reproduction& scheduled, const Reproduction& native) noexcept {
    if (scheduled.kind == Reproducibility::kEnvironmental ||
        native.kind == Reproducibility::kEnvironmental) {
        return 3;
    }
    const int one = scheduled.exit_code();
    const int other = native.exit_code();
    return one == 2 || other == 2 ? 2 : std::max(one, other);
}

}  // namespace parallax::replay
