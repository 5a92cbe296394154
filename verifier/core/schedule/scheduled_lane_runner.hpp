#pragma once

#include "verifier/core/schedule/schedule.hpp"
#include "verifier/core/schedule/schedule_choices.hpp"
#include "verifier/core/verification/verify_block.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace parallax::core {

/// How one run of a block is to be scheduled.
struct SchedulePlan {
    SchedulePolicy policy = SchedulePolicy::kNative;
    std::uint64_t seed = 0;
    /// For PCT: bug depth, and steps that the run is expected to take.
    std::uint32_t depth = 3;
    std::uint64_t expected_steps = 200;
    /// For replay and exhaustive search: what to choose first. Outlives the run.
    const std::vector<std::uint8_t>* decisions = nullptr;
    /// Steps after which the run is a livelock and is cancelled.
    std::uint64_t step_limit = 1'000'000;
};

/// One thing that a worker did under a schedule.
struct ScheduleStep {
    std::uint8_t worker = 0;
    /// Name of the yield point, as `read`.
    std::string_view point;
    /// As in access logs; `kPreState` where it is about none.
    std::uint32_t transaction = 0;
    friend bool operator==(const ScheduleStep&, const ScheduleStep&) = default;
};

/// A lane runner that also decides in which order the threads of the candidate go on. A run in
/// which every worker waits for another ends with Aborted, one that reached its step limit with
/// ResourceExhausted, whatever the executor made of it. One thread at a time.
class ScheduledLaneRunner : public LaneRunner {
  public:
    /// For the candidate's next runs.
    virtual void plan(const SchedulePlan& plan) = 0;
    /// Workers of the candidate.
    [[nodiscard]] virtual std::uint32_t workers() const noexcept = 0;
    /// What was chosen in the last run, up to its deadlock or livelock if there was one. Valid
    /// until the next.
    [[nodiscard]] virtual std::span<const ScheduleChoice> choices() const noexcept = 0;
    /// What was done in the last run, in order.
    [[nodiscard]] virtual std::vector<ScheduleStep> steps() const = 0;
    /// Decisions of a replayed schedule that could not be followed in the last run.
    [[nodiscard]] virtual std::uint64_t departures() const noexcept = 0;
};

/// Whether a finding is one of a run that did not end: to meet it without a controlled schedule is
/// to wait forever.
[[nodiscard]] bool is_endless(const model::Finding& finding);

}  // namespace parallax::core
