#include "replay/shrink/shrink_schedule.hpp"

#include "replay/shrink/shrink_list.hpp"
#include "verifier/model/outcome.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace parallax::replay {
namespace {

/// Schedules with one preemption that are tried for one question.
constexpr std::uint32_t kMaxSearched = 200;
/// Preemptions up to which all schedules are run: few bugs need more.
constexpr std::uint32_t kMaxBound = 3;
/// Runs of the smallest schedule that must all show the finding.
constexpr int kConfirmations = 2;

/// A run that showed the finding, and how it was scheduled.
struct Shown {
    BundleRun run;
    std::uint32_t workers = 1;
    std::vector<core::ScheduleChoice> choices;
};

class ScheduleShrinker {
  public:
    ScheduleShrinker(const Bundle& bundle, ScheduledShrinkOracle& oracle,
                     std::uint32_t max_schedules)
        : bundle_(bundle), oracle_(oracle), max_schedules_(max_schedules) {}

    std::optional<std::pair<Bundle, ScheduleNeed>> run() {
        if (bundle_.schedule) {
            (void)try_decisions(bundle_.configuration.threads, bundle_.schedule->decisions);
        }
        const bool all_run = search();
        if (!best_) {
            return std::nullopt;
        }
        drop_switches();
        if (!confirm()) {
            return std::nullopt;
        }
        ScheduleNeed need;
        need.workers = best_->workers;
        need.preemptions = core::count_preemptions(best_->choices);
        need.is_least = all_run;
        need.steps = oracle_.last_steps();
        return std::pair(result(), std::move(need));
    }

  private:
    bool try_plan(std::uint32_t workers, const core::SchedulePlan& plan,
                  std::vector<core::ScheduleChoice>& choices) {
        auto run = oracle_.run(bundle_, workers, plan, choices);
        if (!oracle_.meets(run)) {
            return false;
        }
        best_ = Shown{*std::move(run), workers, choices};
        return true;
    }
    bool try_decisions(std::uint32_t workers, const std::vector<std::uint8_t>& decisions) {
        core::SchedulePlan plan;
        plan.policy = core::SchedulePolicy::kReplay;
        plan.decisions = &decisions;
        std::vector<core::ScheduleChoice> choices;
        return try_plan(workers, plan, choices);
    }

    [[nodiscard]] bool is_smaller_than_best(std::uint32_t workers, std::uint32_t bound) const {
        return !best_ || std::pair(workers, bound) <
                             std::pair(best_->workers, core::count_preemptions(best_->choices));
    }

    /// True if every schedule smaller than the best was run.
    bool search() {
        bool all_run = true;
        for (std::uint32_t workers = 1; workers <= bundle_.configuration.threads; ++workers) {
            bool complete = true;
            for (std::uint32_t bound = 0; bound <= kMaxBound && complete; ++bound) {
                if (!is_smaller_than_best(workers, bound)) {
                    return all_run;
                }
                if (exhaust(workers, bound, complete)) {
                    return all_run;
                }
                if (workers == 1) {
                    break;  // there is but one
                }
            }
            all_run = all_run && complete &&
                      (workers == 1 || !is_smaller_than_best(workers, kMaxBound + 1));
        }
        return all_run;
    }

    bool exhaust(std::uint32_t workers, std::uint32_t bound, bool& complete) {
        core::ExhaustiveSchedules schedules(bound);
        for (std::uint32_t i = 0; i < max_schedules_ && !oracle_.exhausted(); ++i) {
            core::SchedulePlan plan;
            plan.policy = core::SchedulePolicy::kExhaustive;
            plan.decisions = &schedules.prefix();
            std::vector<core::ScheduleChoice> choices;
            if (try_plan(workers, plan, choices)) {
                return true;
            }
            if (!schedules.advance(choices)) {
                return false;
            }
        }
        complete = false;
        return false;
    }

    /// Fewer switches: each that goes leaves who ran before running.
    void drop_switches() {
        const std::uint32_t workers = best_->workers;
        if (best_->choices.empty() || try_decisions(workers, {})) {
            return;
        }
        const std::vector<std::uint8_t> whole = core::decisions_of(best_->choices);
        std::vector<std::size_t> switches;
        for (std::size_t i = 0; i < whole.size(); ++i) {
            if (whole[i] != (i == 0 ? 0 : whole[i - 1])) {
                switches.push_back(i);
            }
        }
        const auto with_only = [&](const std::vector<std::size_t>& kept) {
            std::vector<std::uint8_t> decisions(kept.empty() ? 0 : kept.back() + 1, 0);
            for (std::size_t i = 0; i < kept.size(); ++i) {
                const auto end = i + 1 < kept.size() ? kept[i + 1] : decisions.size();
                std::fill(decisions.begin() + static_cast<std::ptrdiff_t>(kept[i]),
                          decisions.begin() + static_cast<std::ptrdiff_t>(end), whole[kept[i]]);
            }
            return decisions;
        };
        const std::uint32_t least = core::count_preemptions(best_->choices);
        const Shown before = *best_;
        (void)shrink_list(
            switches,
            [&](const std::vector<std::size_t>& kept) {
                return try_decisions(workers, with_only(kept));
            },
            [&] { return oracle_.exhausted(); });
        if (core::count_preemptions(best_->choices) > least) {
            best_ = before;  // fewer switches, of a worse kind
        }
    }

    bool confirm() {
        const std::vector<std::uint8_t> decisions = core::decisions_of(best_->choices);
        const std::uint32_t workers = best_->workers;
        for (int i = 0; i < kConfirmations; ++i) {
            if (!try_decisions(workers, decisions)) {
                return false;
            }
        }
        return true;
    }

    [[nodiscard]] Bundle result() {
        Bundle smaller = bundle_;
        smaller.configuration.threads = best_->workers;
        smaller.schedule = core::Schedule{best_->workers, core::SchedulePolicy::kReplay, 0,
                                          core::decisions_of(best_->choices)};
        smaller.control = *std::move(best_->run.verification.control);
        smaller.candidate = std::move(best_->run.verification.candidates.front());
        smaller.finding = *std::move(best_->run.finding);
        return smaller;
    }

    const Bundle& bundle_;
    ScheduledShrinkOracle& oracle_;
    const std::uint32_t max_schedules_;
    std::optional<Shown> best_;
};

std::string count_text(std::uint32_t count, const char* what) {
    return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string step_text(const core::ScheduleStep& step) {
    if (step.transaction == model::kPreState) {
        return std::string(step.point);
    }
    return step.transaction == model::kEpilogueTransaction
               ? fmt::format("{} of the block", step.point)
               : fmt::format("{} {}", step.point, step.transaction);
}

}  // namespace

ScheduledShrinkOracle::ScheduledShrinkOracle(const model::Finding& finding,
                                             ScheduledLaneFactory lanes, Options options)
    : ShrinkOracle(finding.fingerprint, {}, options),
      lanes_(std::move(lanes)),
      // One that does not end is run again and again, and smaller blocks take fewer steps.
      step_limit_(core::is_endless(finding) ? 100'000 : core::SchedulePlan{}.step_limit) {}

std::optional<BundleRun> ScheduledShrinkOracle::run(const Bundle& bundle, std::uint32_t workers,
                                                    core::SchedulePlan plan,
                                                    std::vector<core::ScheduleChoice>& choices) {
    count_run();
    const auto lanes = lanes_(bundle.configuration, workers);
    if (!lanes.ok()) {
        fail(lanes.status());
        return std::nullopt;
    }
    plan.step_limit = step_limit_;
    runner_ = &lanes->runner;
    runner_->plan(plan);
    auto result = run_bundle(bundle, lanes->lanes());
    if (!result.ok()) {
        return std::nullopt;
    }
    choices.assign(runner_->choices().begin(), runner_->choices().end());
    expected_steps_ = std::max<std::uint64_t>(choices.size(), 1);
    result->schedule = core::Schedule{workers, plan.policy, plan.seed, core::decisions_of(choices)};
    transactions_ = result->verification.verdict.transactions;
    if (result->meets(fingerprint())) {
        size_ = {workers, transactions_};
        decisions_ = result->schedule->decisions;
    }
    return *std::move(result);
}

std::vector<core::ScheduleStep> ScheduledShrinkOracle::last_steps() const {
    return runner_ != nullptr ? runner_->steps() : std::vector<core::ScheduleStep>{};
}

std::optional<BundleRun> ScheduledShrinkOracle::try_plan(
    const Bundle& bundle, const core::SchedulePlan& plan,
    std::vector<core::ScheduleChoice>& choices) {
    auto found = run(bundle, bundle.configuration.threads, plan, choices);
    return meets(found) ? std::move(found) : std::nullopt;
}

std::optional<BundleRun> ScheduledShrinkOracle::replay(const Bundle& bundle,
                                                       const std::vector<std::uint8_t>& decisions) {
    core::SchedulePlan plan;
    plan.policy = core::SchedulePolicy::kReplay;
    plan.decisions = &decisions;
    std::vector<core::ScheduleChoice> choices;
    return try_plan(bundle, plan, choices);
}

/// Breadth and depth in turns.
std::optional<BundleRun> ScheduledShrinkOracle::draw(const Bundle& bundle) {
    core::SchedulePlan plan;
    plan.policy = ++seed_ % 2 == 0 ? core::SchedulePolicy::kRandom : core::SchedulePolicy::kPct;
    plan.seed = seed_;
    plan.expected_steps = expected_steps_;
    std::vector<core::ScheduleChoice> choices;
    return try_plan(bundle, plan, choices);
}

std::optional<BundleRun> ScheduledShrinkOracle::search(const Bundle& bundle) {
    core::ExhaustiveSchedules schedules(1);
    std::optional<BundleRun> found;
    bool more = true;
    for (std::uint32_t i = 0; i < kMaxSearched && more && !found && !exhausted(); ++i) {
        core::SchedulePlan plan;
        plan.policy = core::SchedulePolicy::kExhaustive;
        plan.decisions = &schedules.prefix();
        std::vector<core::ScheduleChoice> choices;
        found = try_plan(bundle, plan, choices);
        more = schedules.advance(choices);
    }
    return found;
}

absl::Status ScheduledShrinkOracle::measure(const Bundle& bundle) {
    static const std::vector<std::uint8_t> kNone;
    // Also tells how many steps a run takes.
    const bool replayed =
        replay(bundle, bundle.schedule ? bundle.schedule->decisions : kNone).has_value();
    return measure_by([&] { return draw(bundle).has_value(); }, replayed);
}

std::optional<BundleRun> ScheduledShrinkOracle::find_failure(const Bundle& bundle) {
    const std::vector<std::uint8_t> last = decisions_;
    auto found = exhausted() ? std::nullopt : replay(bundle, last);
    for (std::uint32_t i = 0; i < attempts() && !found && !exhausted(); ++i) {
        found = draw(bundle);
    }
    const bool is_new_size = std::pair(bundle.configuration.threads, transactions_) != size_;
    return found || rate() >= 1 || !is_new_size ? std::move(found) : search(bundle);
}

std::string describe_need(const ScheduleNeed& need) {
    if (need.workers == 1) {
        return "needs no schedule: one worker shows it";
    }
    return fmt::format("needs {}, {}{}", count_text(need.preemptions, "preemption"),
                       count_text(need.workers, "worker"),
                       need.is_least ? "; no schedule with fewer shows it" : "");
}

std::string render_need(const ScheduleNeed& need) {
    std::string text = "schedule: " + describe_need(need) + "\n";
    const auto& steps = need.steps;
    for (std::size_t i = 0; i < steps.size() && need.workers > 1;) {
        const std::uint8_t worker = steps[i].worker;
        text += fmt::format("  worker {}  ", worker);
        for (std::string_view comma; i < steps.size() && steps[i].worker == worker; comma = ", ") {
            const std::size_t first = i;
            while (i < steps.size() && steps[i] == steps[first]) {
                ++i;
            }
            text += fmt::format("{}{}{}", comma, step_text(steps[first]),
                                i - first == 1 ? "" : fmt::format(" x{}", i - first));
        }
        text += "\n";
    }
    return text;
}

std::optional<std::pair<Bundle, ScheduleNeed>> shrink_schedule(const Bundle& bundle,
                                                               ScheduledShrinkOracle& oracle,
                                                               std::uint32_t max_schedules) {
    return ScheduleShrinker(bundle, oracle, max_schedules).run();
}

}  // namespace parallax::replay
