#include "executors/exploration/explorer.hpp"

#include "executors/runtime/controlled_lanes.hpp"
#include "verifier/codec/canonical.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace parallax::executors::exploration {
namespace {

/// The control's outcome, as often as it is asked for.
class KnownOutcome final : public core::BlockExecutor {
  public:
    explicit KnownOutcome(const model::BlockOutcome& outcome) : outcome_(outcome) {}
    std::string_view name() const override { return "sequential"; }
    absl::StatusOr<model::BlockOutcome> execute(const protocol::StateView&,
                                                const protocol::AdmittedBlock&,
                                                const core::ExecutionContext&) override {
        return outcome_;
    }

  private:
    const model::BlockOutcome& outcome_;
};

bool same_outcome(const core::Verification& a, const core::Verification& b) {
    const auto& left = a.candidates.at(0);
    const auto& right = b.candidates.at(0);
    return left.has_value() == right.has_value() &&
           (!left || codec::encode_outcome(*left) == codec::encode_outcome(*right));
}

/// Where two runs of one schedule part.
std::string first_departure(const runtime::ScheduleReport& first,
                            const runtime::ScheduleReport& second) {
    const std::size_t common = std::min(first.events.size(), second.events.size());
    for (std::size_t i = 0; i < common; ++i) {
        if (first.events[i] == second.events[i]) {
            continue;
        }
        const auto text = [](const runtime::ScheduleEvent& event) {
            return fmt::format("worker {} at {} of {}", event.worker,
                               runtime::yield_point_name(event.point), event.transaction);
        };
        return fmt::format("step {}: {}, then {}", i, text(first.events[i]),
                           text(second.events[i]));
    }
    return first.events.size() == second.events.size()
               ? "the same steps, another outcome"
               : fmt::format("{} steps, then {}", first.events.size(), second.events.size());
}

}  // namespace

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

Explorer::Explorer(core::BlockExecutor& candidate, runtime::WorkerPool& pool,
                   runtime::ScheduleController& controller, const protocol::Protocol& protocol,
                   ExplorationOptions options)
    : candidate_(candidate),
      pool_(pool),
      controller_(controller),
      protocol_(protocol),
      options_(std::move(options)) {}

core::SchedulePlan Explorer::plan(std::uint32_t run, const std::vector<std::uint8_t>& decisions,
                                  std::uint64_t expected_steps) const {
    core::SchedulePlan plan;
    plan.policy = options_.policy;
    plan.seed = options_.seed + run;
    plan.depth = options_.depth;
    plan.expected_steps = expected_steps;
    plan.decisions = &decisions;
    plan.step_limit = options_.step_limit;
    return plan;
}

std::optional<ScheduleFinding> Explorer::judge(const core::Verification& verification,
                                               const runtime::ScheduleReport& report,
                                               const core::SchedulePlan& run) const {
    if (!report.deadlock && !report.livelock &&
        verification.verdict.kind != model::VerdictKind::kMismatch) {
        return std::nullopt;
    }
    ScheduleFinding finding;
    finding.verification = verification;
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
    finding.sentence = verification.verdict.findings.front().sentence;
    return finding;
}

/// Verifies one block with one candidate under one schedule after the other.
class Explorer::Runs {
  public:
    Runs(const Explorer& owner, const protocol::StateView& view,
         const protocol::AdmittedBlock& block, const model::BlockOutcome& control)
        : owner_(owner),
          view_(view),
          block_(block),
          known_(control),
          lanes_(owner.candidate_, owner.pool_, owner.controller_) {
        policy_.signatures = owner.options_.signatures;
        policy_.rerun_control_on_mismatch = false;
        policy_.verifier_fault = owner.options_.verifier_fault;
        (void)invalid();  // what was asked for before is nothing to these runs
    }
    core::Verification verify(const core::SchedulePlan& run) {
        core::BlockExecutor* const candidates[] = {&owner_.candidate_};
        lanes_.plan(run);
        return core::verify_block(view_, block_, owner_.protocol_, known_, candidates, {}, policy_,
                                  lanes_);
    }
    [[nodiscard]] const runtime::ScheduleReport& report() const noexcept { return lanes_.report(); }
    [[nodiscard]] std::optional<std::string> invalid() const {
        return owner_.options_.invalid ? owner_.options_.invalid() : std::nullopt;
    }

    /// Runs the schedule of a run again: a finding if it is not the same run.
    std::optional<ScheduleFinding> repeat(const core::Verification& first,
                                          const runtime::ScheduleReport& report,
                                          const core::SchedulePlan& run) {
        const auto chosen = report.decisions();
        auto again = run;
        again.policy = core::SchedulePolicy::kReplay;
        again.decisions = &chosen;
        const core::Verification second = verify(again);
        if ((report.events == lanes_.report().events && same_outcome(first, second)) || invalid()) {
            return std::nullopt;
        }
        return ScheduleFinding{
            ScheduleHazard::kUncontrolled,
            fmt::format("{} ran one schedule in two ways: {}", owner_.candidate_.name(),
                        first_departure(report, lanes_.report())),
            second,
            {owner_.pool_.workers(), run.policy, run.seed, chosen}};
    }

  private:
    const Explorer& owner_;
    const protocol::StateView& view_;
    const protocol::AdmittedBlock& block_;
    KnownOutcome known_;
    runtime::ControlledLaneRunner lanes_;
    core::VerifyPolicy policy_;
};

Exploration Explorer::explore(const protocol::StateView& view, const protocol::AdmittedBlock& block,
                              const model::BlockOutcome& control,
                              const std::function<bool()>& stop) {
    Runs runs(*this, view, block, control);
    Exploration result;
    core::ExhaustiveSchedules schedules(options_.bound);
    std::vector<std::uint8_t> decisions = options_.decisions;
    std::uint64_t expected_steps = 0;
    for (std::uint32_t i = 0; i < options_.runs && !stop(); ++i) {
        if (options_.policy == core::SchedulePolicy::kExhaustive) {
            decisions = schedules.prefix();
        }
        auto run = plan(i, decisions, expected_steps);
        if (i == 0 && run.policy == core::SchedulePolicy::kPct) {
            // Its change points are drawn from as many steps as a run takes: one run tells.
            run.policy = core::SchedulePolicy::kReplay;
        }
        const core::Verification verification = runs.verify(run);
        const runtime::ScheduleReport report = runs.report();
        expected_steps = std::max<std::uint64_t>(report.choices.size(), 1);
        result.schedules += 1;
        result.steps += report.events.size();
        if (auto why = runs.invalid()) {
            result.inconclusive += 1;
            result.inconclusive_why = *std::move(why);
        } else {
            result.finding = judge(verification, report, run);
            if (!result.finding) {
                note_inconclusive(verification, report, run, result);
            }
            if (!result.finding && i == 0 && core::is_controlled(options_.policy)) {
                result.finding = runs.repeat(verification, report, run);
            }
            if (result.finding) {
                return result;
            }
        }
        if (options_.policy == core::SchedulePolicy::kExhaustive &&
            !schedules.advance(report.choices)) {
            result.complete = true;
            return result;
        }
        if (options_.policy == core::SchedulePolicy::kReplay) {
            return result;
        }
    }
    return result;
}

void Explorer::note_inconclusive(const core::Verification& verification,
                                 const runtime::ScheduleReport& report,
                                 const core::SchedulePlan& run, Exploration& result) const {
    if (verification.verdict.kind != model::VerdictKind::kInconclusive) {
        return;
    }
    result.inconclusive += 1;
    result.inconclusive_why = verification.verdict.lanes.front().detail;
    if (!result.failure && !verification.verdict.findings.empty()) {
        result.failure =
            ScheduleFinding{ScheduleHazard::kMismatch,
                            verification.verdict.findings.front().sentence,
                            verification,
                            {pool_.workers(), run.policy, run.seed, report.decisions()}};
    }
}

}  // namespace parallax::executors::exploration
