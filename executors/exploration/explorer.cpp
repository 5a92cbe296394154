#include "executors/exploration/explorer.hpp"

#include "executors/runtime/lane_runner.hpp"
#include "verifier/codec/canonical.hpp"

#include "absl/status/status.h"
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>

namespace parallax {
namespace {

/// The control's outcome, as often as it is asked for.
class KnownOutcome final : public BlockExecutor {
  public:
    explicit KnownOutcome(const BlockOutcome& outcome) : outcome_(outcome) {}
    std::string_view name() const override { return "sequential"; }
    absl::StatusOr<BlockOutcome> execute(const StateView&, const AdmittedBlock&,
                                         const ExecutionContext&) override {
        return outcome_;
    }

  private:
    const BlockOutcome& outcome_;
};

bool same_outcome(const Verification& a, const Verification& b) {
    const auto& left = a.candidates.at(0);
    const auto& right = b.candidates.at(0);
    return left.has_value() == right.has_value() &&
           (!left || encode_outcome(*left) == encode_outcome(*right));
}

/// Where two runs of one schedule part.
std::string first_departure(const ScheduleReport& first, const ScheduleReport& second) {
    const std::size_t common = std::min(first.events.size(), second.events.size());
    for (std::size_t i = 0; i < common; ++i) {
        if (first.events[i] == second.events[i]) {
            continue;
        }
        const auto text = [](const ScheduleEvent& event) {
            return fmt::format("worker {} at {} of {}", event.worker, yield_point_name(event.point),
                               event.transaction);
        };
        return fmt::format("step {}: {}, then {}", i, text(first.events[i]),
                           text(second.events[i]));
    }
    return fmt::format("{} steps, then {}", first.events.size(), second.events.size());
}

}  // namespace

/// Runs the candidate under the schedule that was set, and anything else as it is.
class Explorer::Lanes final : public LaneRunner {
  public:
    Lanes(const BlockExecutor& candidate, WorkerPool& pool, ScheduleController& controller)
        : candidate_(candidate), pool_(pool), controller_(controller) {}

    void plan(const ScheduleController::Run& run) { run_ = run; }
    [[nodiscard]] const ScheduleReport& report() const noexcept { return report_; }

    absl::StatusOr<BlockOutcome> run(
        BlockExecutor& executor,
        const std::function<absl::StatusOr<BlockOutcome>(const std::atomic<bool>&)>& lane)
        override {
        if (&executor != &candidate_) {
            const std::atomic<bool> never{false};
            return lane(never);
        }
        controller_.begin(run_);
        absl::StatusOr<BlockOutcome> outcome = absl::UnknownError("the lane did not run");
        try {
            outcome = lane(controller_.cancelled());
        } catch (const std::exception& error) {
            outcome = absl::InternalError(
                fmt::format("executor {} threw: {}", executor.name(), error.what()));
        }
        report_ = controller_.end();
        return outcome;
    }
    std::vector<SignatureCheck> check_signatures(const AdmittedBlock& block) override {
        if (checked_ != &block) {
            checks_ = parallax::check_signatures(block, pool_);
            checked_ = &block;
        }
        return checks_;
    }

  private:
    const BlockExecutor& candidate_;
    WorkerPool& pool_;
    ScheduleController& controller_;
    ScheduleController::Run run_;
    ScheduleReport report_;
    const AdmittedBlock* checked_ = nullptr;
    std::vector<SignatureCheck> checks_;
};

std::string_view schedule_hazard_name(ScheduleHazard hazard) noexcept {
    switch (hazard) {
        case ScheduleHazard::kMismatch:
            return "mismatch";
        case ScheduleHazard::kDeadlock:
            return "deadlock";
        case ScheduleHazard::kLivelock:
            return "livelock";
        case ScheduleHazard::kUncontrolled:
            return "uncontrolled";
    }
    return "unknown";
}

Explorer::Explorer(BlockExecutor& candidate, WorkerPool& pool, ScheduleController& controller,
                   const Profile& profile, ExplorationOptions options)
    : candidate_(candidate),
      pool_(pool),
      controller_(controller),
      profile_(profile),
      options_(std::move(options)) {}

ScheduleController::Run Explorer::plan(std::uint32_t run,
                                       const std::vector<std::uint8_t>& decisions,
                                       std::uint64_t expected_steps) const {
    ScheduleController::Run plan;
    plan.policy = options_.policy;
    plan.seed = options_.seed + run;
    plan.depth = options_.depth;
    plan.expected_steps = expected_steps;
    plan.decisions = &decisions;
    plan.step_limit = options_.step_limit;
    return plan;
}

std::optional<ScheduleFinding> Explorer::judge(const Verification& verification,
                                               const ScheduleReport& report,
                                               const ScheduleController::Run& run) const {
    ScheduleFinding finding;
    finding.verdict = verification.verdict;
    finding.schedule = {pool_.workers(), run.policy, run.seed, report.decisions()};
    if (report.deadlock) {
        finding.hazard = ScheduleHazard::kDeadlock;
        finding.sentence = fmt::format("every worker of {} waits for another after {} steps",
                                       candidate_.name(), report.events.size());
        return finding;
    }
    if (report.livelock) {
        finding.hazard = ScheduleHazard::kLivelock;
        finding.sentence =
            fmt::format("{} was not done after {} steps", candidate_.name(), run.step_limit);
        return finding;
    }
    if (verification.verdict.kind == VerdictKind::kMismatch) {
        finding.sentence = verification.verdict.findings.front().sentence;
        return finding;
    }
    return std::nullopt;
}

Exploration Explorer::explore(const StateView& view, const AdmittedBlock& block,
                              const BlockOutcome& control, const std::function<bool()>& stop) {
    KnownOutcome known(control);
    Lanes lanes(candidate_, pool_, controller_);
    BlockExecutor* const candidates[] = {&candidate_};
    VerifyPolicy policy;
    policy.signatures = options_.signatures;
    policy.rerun_control_on_mismatch = false;
    const auto verify = [&](const ScheduleController::Run& run) {
        lanes.plan(run);
        return verify_block(view, block, profile_, known, candidates, nullptr, policy, lanes);
    };

    Exploration result;
    ExhaustiveSchedules schedules(options_.bound);
    std::vector<std::uint8_t> decisions = options_.decisions;
    std::uint64_t expected_steps = 0;
    for (std::uint32_t i = 0; i < options_.runs && !stop(); ++i) {
        if (options_.policy == SchedulePolicy::kExhaustive) {
            decisions = schedules.prefix();
        }
        auto run = plan(i, decisions, expected_steps);
        if (i == 0 && run.policy == SchedulePolicy::kPct) {
            // Its change points are drawn from as many steps as a run takes: one run tells.
            run.policy = SchedulePolicy::kReplay;
        }
        const Verification verification = verify(run);
        const ScheduleReport report = lanes.report();
        expected_steps = std::max<std::uint64_t>(report.choices.size(), 1);
        result.schedules += 1;
        result.steps += report.events.size();
        result.finding = judge(verification, report, run);
        if (result.finding) {
            return result;
        }
        if (verification.verdict.kind == VerdictKind::kInconclusive) {
            result.inconclusive += 1;
            result.inconclusive_why = verification.verdict.lanes.front().detail;
        }
        if (i == 0 && is_controlled(options_.policy)) {
            const auto chosen = report.decisions();
            auto again = run;
            again.policy = SchedulePolicy::kReplay;
            again.decisions = &chosen;
            const Verification second = verify(again);
            if (report.events != lanes.report().events || !same_outcome(verification, second)) {
                result.finding = ScheduleFinding{
                    ScheduleHazard::kUncontrolled,
                    fmt::format("{} ran one schedule in two ways: {}", candidate_.name(),
                                first_departure(report, lanes.report())),
                    second.verdict,
                    {pool_.workers(), run.policy, run.seed, chosen}};
                return result;
            }
        }
        if (options_.policy == SchedulePolicy::kExhaustive && !schedules.advance(report.choices)) {
            result.complete = true;
            return result;
        }
        if (options_.policy == SchedulePolicy::kReplay) {
            return result;
        }
    }
    return result;
}

}  // namespace parallax
