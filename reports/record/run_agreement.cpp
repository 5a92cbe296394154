#include "reports/record/run_agreement.hpp"

#include "verifier/core/diagnosis/finding.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace parallax::reports {
namespace {

std::string shown(const std::optional<model::Topoheight>& topoheight) {
    return topoheight ? fmt::format("{}", topoheight->value()) : "none";
}

/// Collects what does not agree.
class Agreement {
  public:
    Agreement(const RunRecord& run, const Report& report) : run_(run), report_(report) {}

    std::vector<std::string> take() {
        hold_records();
        hold_range();
        hold_request();
        hold_state();
        hold_candidates();
        hold_fault();
        hold_signatures();
        hold_bundles();
        hold_parallel_blocks();
        hold_exit_code();
        return std::move(sentences_);
    }

  private:
    void disagree(std::string_view what, std::string_view run, std::string_view ledger) {
        sentences_.push_back(
            fmt::format("run.json says {} {}, the ledger {}: it was changed, or belongs to another "
                        "run.",
                        what, run, ledger));
    }

    void hold_records() {
        if (run_.result->records != report_.blocks.size() || run_.result->head != report_.head) {
            sentences_.push_back(fmt::format(
                "The run wrote {} records ending in {}, the ledger has {} ending in {}: it was "
                "cut, or belongs to another run.",
                run_.result->records, run_.result->head.hex(), report_.blocks.size(),
                report_.head.hex()));
        }
    }

    void hold_range() {
        std::optional<model::Topoheight> first;
        std::optional<model::Topoheight> last;
        if (!report_.blocks.empty()) {
            first = report_.blocks.front().topoheight;
            last = report_.blocks.back().topoheight;
        }
        if (run_.result->first != first) {
            disagree("the first block is", shown(run_.result->first), shown(first));
        }
        if (run_.result->last != last) {
            disagree("the last block is", shown(run_.result->last), shown(last));
        }
    }

    /// A whole run begins and ends where it was asked to; any other lies within.
    void hold_request() {
        if (report_.blocks.empty()) {
            return;
        }
        const bool whole = run_.result->incomplete.empty();
        const model::Topoheight first = report_.blocks.front().topoheight;
        const model::Topoheight last = report_.blocks.back().topoheight;
        const model::Topoheight from =
            run_.request.from.value_or(model::next(run_.request.base_topoheight));
        if (first < from || first <= run_.request.base_topoheight || (whole && first != from)) {
            disagree("the range begins at", shown(from), "at " + shown(first));
        }
        const auto to = run_.request.to;
        if (to && (last > *to || (whole && last != *to))) {
            disagree("the range ends at", shown(to), "at " + shown(last));
        }
    }

    /// Blocks that were compared were applied: whole runs have a state, and it is not behind them.
    void hold_state() {
        const auto state = run_.result->state_topoheight;
        const bool compared = report_.matches + report_.mismatches > 0;
        const bool must_be = compared && run_.result->incomplete.empty();
        const bool is_there = state.has_value() && run_.result->state_digest.has_value();
        if (state.has_value() != run_.result->state_digest.has_value() || (must_be && !is_there)) {
            disagree("the state is that after block",
                     is_there ? shown(state) : shown(state) + ", without a digest or a place,",
                     "has blocks that were compared");
            return;
        }
        if (state && !report_.blocks.empty() && *state < report_.blocks.back().topoheight) {
            disagree("the state is that after block", shown(state),
                     "goes on to " + shown(report_.blocks.back().topoheight));
        }
    }

    /// A lane with a seeded fault has it in its name. The control is none of the candidates, but
    /// for the sequential one, which may be held against itself.
    void hold_fault() {
        if (report_.lanes.empty()) {
            return;
        }
        const bool has_fault = std::any_of(
            report_.lanes.begin(), report_.lanes.end(),
            [](const LaneTotals& lane) { return lane.executor.find('+') != std::string::npos; });
        if (has_fault == run_.request.fault.empty()) {
            disagree("the seeded fault is",
                     run_.request.fault.empty() ? "none" : run_.request.fault,
                     has_fault ? "has lanes with one" : "has no lane with one");
        }
        for (const LaneTotals& lane : report_.lanes) {
            if (lane.executor == run_.request.control && lane.executor != "sequential") {
                disagree("the control is", run_.request.control, "has it as a candidate");
            }
        }
    }

    void hold_candidates() {
        std::set<std::string> lanes;
        for (const LaneTotals& lane : report_.lanes) {
            lanes.insert(lane.executor);
        }
        const std::set<std::string> asked(run_.request.candidates.begin(),
                                          run_.request.candidates.end());
        // A block that cannot be admitted has no lanes.
        const bool none_ran = lanes.empty() && report_.matches + report_.mismatches == 0;
        if (lanes != asked && !none_ran) {
            disagree("the candidates are",
                     asked.empty() ? "none" : fmt::format("{}", fmt::join(asked, ", ")),
                     lanes.empty() ? "none" : fmt::format("{}", fmt::join(lanes, ", ")));
        }
    }

    void hold_signatures() {
        for (const auto& [policy, blocks] : report_.signatures) {
            if (model::signature_policy_name(policy) != run_.request.signatures) {
                disagree(
                    "signatures are", run_.request.signatures,
                    fmt::format("{} in {} blocks", model::signature_policy_name(policy), blocks));
            }
        }
    }

    void hold_bundles() {
        std::set<model::Hash> groups;
        for (const FindingGroup& group : report_.groups) {
            groups.insert(core::group_of(group.fingerprint));
        }
        for (const KeptBundle& bundle : run_.bundles) {
            if (!groups.contains(core::group_of(bundle.fingerprint))) {
                disagree(fmt::format("{} holds a finding of", bundle.file),
                         fmt::format("block {}", bundle.topoheight.value()), "has no such finding");
            }
        }
    }

    void hold_parallel_blocks() {
        if (run_.result->parallel_blocks.size() != run_.request.candidates.size()) {
            disagree("parallel blocks are of",
                     fmt::format("{} candidates", run_.result->parallel_blocks.size()),
                     fmt::format("is of {}", run_.request.candidates.size()));
        }
        for (const std::uint64_t blocks : run_.result->parallel_blocks) {
            if (blocks > report_.blocks.size()) {
                disagree("a candidate ran in parallel in", fmt::format("{} blocks", blocks),
                         fmt::format("has {}", report_.blocks.size()));
            }
        }
    }

    void hold_exit_code() {
        const bool unequal = report_.inconclusive > 0 || report_.gaps > 0 ||
                             report_.blocks.empty() || !run_.result->incomplete.empty();
        const int expected = report_.mismatches > 0 ? 2 : unequal ? 3 : 0;
        if (run_.result->exit_code != expected) {
            disagree("the exit code is", fmt::format("{}", run_.result->exit_code),
                     fmt::format("comes to {}", expected));
        }
    }

    const RunRecord& run_;
    const Report& report_;
    std::vector<std::string> sentences_;
};

}  // namespace

std::vector<std::string> disagreements(const RunRecord& run, const Report& report) {
    return run.result ? Agreement(run, report).take() : std::vector<std::string>();
}

}  // namespace parallax::reports
