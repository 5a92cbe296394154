#include "app/explore/explore_search.hpp"

#include "app/commands/command.hpp"
#include "app/lanes/executor_registry.hpp"
#include "executors/exploration/conflict_cones.hpp"
#include "testbed/faults/catalogue.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace parallax::app {

std::vector<std::string> explored_candidates() {
    return {"batch", "speculative", "staged"};
}

int ExploreTotals::exit_code() const {
    if (findings > 0) {
        return kExitMismatch;
    }
    return inconclusive > 0 || blocks == 0 || !incomplete.empty() ? kExitInconclusive : kExitEqual;
}

ExploreSearch::ExploreSearch(const ExploreCommandOptions& command,
                             const protocol::Protocol& protocol,
                             executors::runtime::WorkerPool& pool,
                             executors::runtime::ScheduleController& controller,
                             const std::atomic<bool>& stop, ExploreFindings& findings,
                             std::optional<std::uint64_t> blocks)
    : command_(command),
      protocol_(protocol),
      pool_(pool),
      controller_(controller),
      stop_(stop),
      findings_(findings),
      control_(create_executor(kControlName, pool)),
      progress_(command.quiet ? nullptr : stderr, clock_, "blocks", blocks) {
    if (const testbed::Fault* fault = testbed::find_fault(command.fault)) {
        candidates_.push_back(testbed::create_faulty_executor(*fault, pool));
    } else {
        for (const std::string& name : command.candidates) {
            candidates_.push_back(create_executor(name, pool));
        }
    }
    deadline_ = clock_.now() + base::limit_of_seconds(command.budget_s);
}

bool ExploreSearch::out_of_time() const {
    return stop_.load(std::memory_order_relaxed) ||
           (command_.budget_s > 0 && clock_.now() >= deadline_);
}

absl::StatusOr<model::BlockOutcome> ExploreSearch::run_control(
    const protocol::StateView& view, const protocol::AdmittedBlock& block) {
    const protocol::SignatureSource signatures = command_.signatures
                                                     ? protocol::SignatureSource::per_lane(block)
                                                     : protocol::SignatureSource::off(block);
    const std::atomic<bool> never{false};
    return control_->execute(view, block,
                             core::ExecutionContext{protocol_, signatures, never, true});
}

void ExploreSearch::explore_block(const core::RecordingView& view,
                                  const protocol::AdmittedBlock& block,
                                  const model::BlockOutcome& control) {
    for (const auto& candidate : candidates_) {
        if (command_.amplify) {
            amplify(*candidate, view, block, control);
        } else {
            explore(*candidate, view, block, control, "");
        }
    }
    if (out_of_time()) {
        totals_.incomplete =
            fmt::format("{} at block {}", stop_ ? "stopped on request" : "the time was up",
                        block.placement().topoheight.value());
    } else {
        totals_.blocks += 1;
    }
    reports::ProgressFrame frame;
    frame.done = totals_.blocks;
    frame.mismatches = totals_.findings;
    progress_.show(frame);
}

void ExploreSearch::amplify(core::BlockExecutor& candidate, const core::RecordingView& view,
                            const protocol::AdmittedBlock& block,
                            const model::BlockOutcome& control) {
    if (!control.access_log) {
        return;
    }
    for (const executors::exploration::ConflictCone& cone : executors::exploration::conflict_cones(
             block, *control.access_log, {.meeting = command_.cone})) {
        if (out_of_time()) {
            return;
        }
        const core::RecordingView rows(
            static_cast<const protocol::StateView&>(view));  // of this pair alone
        const auto cut = executors::exploration::cut_block(block, cone, protocol_);
        const auto outcome =
            cut.ok() ? run_control(rows, *cut) : absl::StatusOr<model::BlockOutcome>(cut.status());
        if (!outcome.ok()) {
            note_inconclusive(std::string(outcome.status().message()));
            continue;
        }
        totals_.pairs += 1;
        explore(candidate, rows, *cut, *outcome,
                fmt::format(", transactions {}", fmt::join(cone, ", ")));
    }
}

void ExploreSearch::explore(core::BlockExecutor& candidate, const core::RecordingView& view,
                            const protocol::AdmittedBlock& block,
                            const model::BlockOutcome& control, const std::string& part) {
    executors::exploration::ExplorationOptions options = command_.exploration;
    options.signatures =
        command_.signatures ? model::SignaturePolicy::kOnce : model::SignaturePolicy::kOff;
    executors::exploration::Explorer explorer(candidate, pool_, controller_, protocol_, options);
    const executors::exploration::Exploration found =
        explorer.explore(view, block, control, [this] { return out_of_time(); });
    totals_.schedules += found.schedules;
    totals_.steps += found.steps;
    totals_.complete_pairs += found.complete && !part.empty() ? 1U : 0U;
    if (found.inconclusive > 0) {
        note_inconclusive(found.inconclusive_why);
    }
    if (found.finding) {
        totals_.findings += 1;
        progress_.finish();
        findings_.keep(*found.finding, {view, block, protocol_, candidate.name(), part});
    }
}

void ExploreSearch::note_incomplete(const std::string& why) {
    if (totals_.incomplete.empty()) {
        totals_.incomplete = why;
    }
}

void ExploreSearch::note_inconclusive(const std::string& why) {
    totals_.inconclusive += 1;
    if (totals_.inconclusive_why.empty()) {
        totals_.inconclusive_why = why;
    }
}

}  // namespace parallax::app
