#pragma once

#include "replay/shrink/shrink_schedule.hpp"
#include "replay/shrink/shrink_step.hpp"

#include "absl/status/statusor.h"

#include <cstdint>
#include <string>
#include <vector>

namespace parallax::replay {

struct ShrinkResult {
    Bundle bundle;
    BundleSize before;
    BundleSize after;
    std::vector<ShrinkStep> steps;
    std::uint64_t runs = 0;
    double rate = 1;
    std::uint32_t attempts = 1;
    /// The rate is one of drawn schedules, not of unscheduled runs.
    bool by_schedules = false;
    /// A schedule was looked for, as the finding has one or does not always come.
    bool sought_schedule = false;
    /// What the finding needs of a schedule, which the bundle then has; nothing where none was
    /// looked for, or none was found that decides it.
    std::optional<ScheduleNeed> schedule;
    /// The budget of runs was spent before the last step was done.
    bool exhausted = false;
};

/// The smallest bundle that it can find with the same finding, by fingerprint: the cone of
/// transactions around the first difference, delta debugging over the rest (a sender's later
/// nonces follow), transfers, threads, rows, amounts, and canonical names. The result's outcomes
/// are those of a run of it; it names the original by digest. FailedPrecondition if the original
/// does not show its finding. `lanes` is asked for each configuration that is tried.
///
/// With `scheduled`, a finding that has a schedule, or does not come every time, is searched for
/// under schedules instead of waited for, and its schedule is made as small as the block.
[[nodiscard]] absl::StatusOr<ShrinkResult> shrink(const Bundle& original,
                                                  const BundleLaneFactory& lanes,
                                                  const ShrinkOracle::Options& options,
                                                  const ScheduledLaneFactory& scheduled = {});

/// Whether shrinking did anything: FailedPrecondition if no measure of size went down. A reducer
/// that does nothing must never look like one that found nothing.
[[nodiscard]] absl::Status check_shrunk(const ShrinkResult& result);

}  // namespace parallax::replay
