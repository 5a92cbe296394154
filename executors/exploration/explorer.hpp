#pragma once

#include "executors/runtime/schedule_controller.hpp"
#include "executors/runtime/worker_pool.hpp"
#include "verifier/core/verification/verify_block.hpp"

#include "absl/status/statusor.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parallax::executors::exploration {

/// What the search for a bad schedule of one block may do.
struct ExplorationOptions {
    core::SchedulePolicy policy = core::SchedulePolicy::kPct;
    std::uint64_t seed = 1;
    /// Schedules of one block at most; an exhaustive search may end earlier.
    std::uint32_t runs = 20;
    /// Of PCT: the bug depth.
    std::uint32_t depth = 3;
    /// Of the exhaustive search: preemptions in one schedule.
    std::uint32_t bound = 2;
    /// Steps after which a run is a livelock.
    std::uint64_t step_limit = 1'000'000;
    /// For the policy `replay`: what to choose.
    std::vector<std::uint8_t> decisions = {};
    model::SignaturePolicy signatures = model::SignaturePolicy::kOnce;
    core::VerifierFault verifier_fault = core::VerifierFault::kNone;
    /// Asked after each run, if set: why nothing that it says is to be believed, and forget it.
    std::function<std::optional<std::string>()> invalid = {};
};

/// What a schedule can show.
enum class ScheduleHazard : std::uint8_t {
    /// The outcome differs, breaks an invariant or is not serializable: the verdict says which.
    kMismatch,
    /// Every worker waits for another.
    kDeadlock,
    /// The step limit was reached.
    kLivelock,
    /// The same schedule twice gave two runs: something decides that the schedule does not.
    kUncontrolled,
};
[[nodiscard]] std::string_view schedule_hazard_name(ScheduleHazard hazard) noexcept;

/// A schedule that shows something, and what.
struct ScheduleFinding {
    ScheduleHazard hazard = ScheduleHazard::kMismatch;
    /// For people.
    std::string sentence;
    /// Of the run that showed it. One that did not end has a finding that says so.
    core::Verification verification;
    /// Empty where the machine decided.
    core::Schedule schedule;
};

/// What came of one block.
struct Exploration {
    std::uint64_t schedules = 0;
    /// Yield points passed, over all schedules.
    std::uint64_t steps = 0;
    /// Runs that gave no outcome to compare.
    std::uint64_t inconclusive = 0;
    std::string inconclusive_why;
    /// The first of them in which the candidate failed.
    std::optional<ScheduleFinding> failure;
    /// Every schedule of the exhaustive search was run.
    bool complete = false;
    /// The first finding; the search ends with it.
    std::optional<ScheduleFinding> finding;
};

/// Runs one candidate on one block under many schedules and compares each outcome with the
/// control's, which was computed before. In the controlled modes the first schedule of each block
/// is run twice and must give the same events and the same outcome. One thread; references outlive
/// it, and the candidate works on `pool`, whose observer is `controller`.
class Explorer {
  public:
    Explorer(core::BlockExecutor& candidate, runtime::WorkerPool& pool,
             runtime::ScheduleController& controller, const protocol::Protocol& protocol,
             ExplorationOptions options);

    /// `stop` is asked between schedules.
    [[nodiscard]] Exploration explore(const protocol::StateView& view,
                                      const protocol::AdmittedBlock& block,
                                      const model::BlockOutcome& control,
                                      const std::function<bool()>& stop);

  private:
    class Runs;
    [[nodiscard]] core::SchedulePlan plan(std::uint32_t run,
                                          const std::vector<std::uint8_t>& decisions,
                                          std::uint64_t expected_steps) const;
    [[nodiscard]] std::optional<ScheduleFinding> judge(const core::Verification& verification,
                                                       const runtime::ScheduleReport& report,
                                                       const core::SchedulePlan& run) const;
    /// Counts a run that gave no outcome to compare.
    void note_inconclusive(const core::Verification& verification,
                           const runtime::ScheduleReport& report, const core::SchedulePlan& run,
                           Exploration& result) const;

    core::BlockExecutor& candidate_;
    runtime::WorkerPool& pool_;
    runtime::ScheduleController& controller_;
    const protocol::Protocol& protocol_;
    const ExplorationOptions options_;
};

}  // namespace parallax::executors::exploration
