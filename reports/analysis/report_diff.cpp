#include "reports/analysis/report_diff.hpp"

#include "reports/formats/report_formats.hpp"
#include "verifier/core/diagnosis/finding.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <iterator>
#include <set>

namespace parallax::reports {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array kStages = {LifeStage::kNew, LifeStage::kRegressed, LifeStage::kKnown,
                                LifeStage::kGone, LifeStage::kUnseen};

bool is_conclusive(const Report& report) {
    return report.inconclusive == 0 && report.gaps == 0 && report.problems.empty() &&
           !report.blocks.empty();
}

const FindingGroup* group_in(const Report& report, const model::Hash& fingerprint) {
    const auto group =
        std::find_if(report.groups.begin(), report.groups.end(), [&](const FindingGroup& one) {
            return core::group_of(one.fingerprint) == core::group_of(fingerprint);
        });
    return group == report.groups.end() ? nullptr : &*group;
}

const BlockRow* block_at(const Report& report, model::Topoheight topoheight) {
    const auto row =
        std::find_if(report.blocks.begin(), report.blocks.end(),
                     [&](const BlockRow& one) { return one.topoheight == topoheight; });
    return row == report.blocks.end() ? nullptr : &*row;
}

/// In every block, or the finding is about no lane.
bool ran_lane(const Report& report, const Report& seen_in, const std::string& lane) {
    const auto of = [&](const Report& one) {
        return std::find_if(one.lanes.begin(), one.lanes.end(),
                            [&](const LaneTotals& totals) { return totals.executor == lane; });
    };
    const auto found = of(report);
    return found == report.lanes.end() ? of(seen_in) == seen_in.lanes.end()
                                       : found->matches + found->mismatches == report.blocks.size();
}

/// Whether `report` would have the group that `seen_in` has, if its cause were still there: it ran
/// the same blocks, through the same lane, under the same rules.
bool looked_there(const Report& report, const Report& seen_in, const FindingGroup& group) {
    if (!report.run || !seen_in.run) {
        return false;
    }
    const RunRequest& here = report.run->request;
    const RunRequest& there = seen_in.run->request;
    const auto same_block = [&](model::Topoheight topoheight) {
        const BlockRow* one = block_at(report, topoheight);
        const BlockRow* other = block_at(seen_in, topoheight);
        return one != nullptr && other != nullptr && one->identity == other->identity;
    };
    return is_conclusive(report) && here.network == there.network &&
           here.profile == there.profile && here.failure_model == there.failure_model &&
           here.signatures == there.signatures && same_block(group.first) &&
           same_block(group.last) && ran_lane(report, seen_in, group.lane);
}

std::uint64_t findings_in(const Report& report, const model::Hash& fingerprint) {
    const FindingGroup* group = group_in(report, fingerprint);
    return group == nullptr ? 0 : group->findings;
}

/// For each run, oldest first, whether it looked where the run before it that has the group found
/// it.
std::vector<bool> looks_of(const std::vector<const Report*>& reports,
                           const model::Hash& fingerprint) {
    std::vector<bool> looked;
    const Report* seen_in = nullptr;
    for (const Report* report : reports) {
        looked.push_back(seen_in != nullptr &&
                         looked_there(*report, *seen_in, *group_in(*seen_in, fingerprint)));
        seen_in = group_in(*report, fingerprint) != nullptr ? report : seen_in;
    }
    return looked;
}

/// `findings` and `looked` have an entry for each run, oldest first.
LifeStage stage_of(const std::vector<std::uint64_t>& findings, const std::vector<bool>& looked) {
    const std::size_t last = findings.size() - 1;
    if (findings[last] == 0) {
        return looked[last] ? LifeStage::kGone : LifeStage::kUnseen;
    }
    // Back to the run that saw it last. Only a run that would have seen it can have been without.
    bool was_gone = false;
    for (std::size_t run = last; run-- > 0;) {
        if (findings[run] > 0) {
            return was_gone ? LifeStage::kRegressed : LifeStage::kKnown;
        }
        was_gone = was_gone || looked[run];
    }
    return LifeStage::kNew;
}

/// Every group that some run has: those of the newest run first.
std::vector<GroupLife> all_groups(const std::vector<const Report*>& reports) {
    std::vector<GroupLife> groups;
    std::set<model::Hash> seen;
    for (std::size_t run = reports.size(); run-- > 0;) {
        const std::vector<FindingView> views = view_findings(*reports[run]);
        for (const FindingGroup& group : reports[run]->groups) {
            if (seen.insert(core::group_of(group.fingerprint)).second) {
                groups.push_back({group.fingerprint,
                                  group.kept.empty() ? "" : views[group.kept.front()].title,
                                  LifeStage::kNew,
                                  {}});
            }
        }
    }
    return groups;
}

std::vector<GroupLife> lives_of(const std::vector<const Report*>& reports) {
    std::vector<GroupLife> groups = all_groups(reports);
    for (GroupLife& group : groups) {
        for (const Report* report : reports) {
            group.findings.push_back(findings_in(*report, group.fingerprint));
        }
        group.stage = stage_of(group.findings, looks_of(reports, group.fingerprint));
    }
    return groups;
}

}  // namespace

std::string_view life_stage_name(LifeStage stage) noexcept {
    switch (stage) {
        case LifeStage::kNew:
            return "new";
        case LifeStage::kKnown:
            return "known";
        case LifeStage::kRegressed:
            return "regressed";
        case LifeStage::kGone:
            return "gone";
        case LifeStage::kUnseen:
            return "unseen";
    }
    return "unknown";
}

std::uint64_t ReportDiff::count(LifeStage stage) const noexcept {
    return static_cast<std::uint64_t>(
        std::count_if(groups.begin(), groups.end(),
                      [&](const GroupLife& group) { return group.stage == stage; }));
}

ReportDiff diff_reports(const std::vector<Report>& reports) {
    ReportDiff diff;
    std::vector<const Report*> runs;
    for (const Report& report : reports) {
        runs.push_back(&report);
        diff.runs.push_back(fmt::format("{}; {}", report_headline(report), report_counts(report)));
        for (const std::string& sentence : report.left_out) {
            diff.runs.back() += ". " + sentence;
        }
        for (const auto& [law, totals] : report.unjudged) {
            diff.runs.back() += ". Not judged by a law: " + unjudged_text(law, totals);
        }
    }
    const std::vector<GroupLife> lives = lives_of(runs);
    for (const LifeStage stage : kStages) {
        std::copy_if(lives.begin(), lives.end(), std::back_inserter(diff.groups),
                     [&](const GroupLife& group) { return group.stage == stage; });
    }
    const bool worse = diff.count(LifeStage::kNew) + diff.count(LifeStage::kRegressed) > 0;
    diff.exit_code = worse                                                                  ? 2
                     : is_conclusive(reports.back()) && diff.count(LifeStage::kUnseen) == 0 ? 0
                                                                                            : 3;
    return diff;
}

void add_history(const std::vector<Report>& before, Report& report) {
    if (before.empty()) {
        return;
    }
    std::vector<const Report*> runs;
    for (const Report& one : before) {
        runs.push_back(&one);
    }
    runs.push_back(&report);
    for (const GroupLife& life : lives_of(runs)) {
        for (FindingGroup& group : report.groups) {
            if (core::group_of(group.fingerprint) == core::group_of(life.fingerprint)) {
                group.stage = life_stage_name(life.stage);
            }
        }
    }
}

std::string render_diff_text(const ReportDiff& diff) {
    std::string text = "parallax report diff:";
    for (const LifeStage stage : kStages) {
        text += fmt::format("{} {} {}", stage == kStages.front() ? "" : ",", diff.count(stage),
                            life_stage_name(stage));
    }
    text += '\n';
    for (std::size_t run = 0; run < diff.runs.size(); ++run) {
        text += fmt::format("  run {:<5} {}\n", run + 1, diff.runs[run]);
    }
    for (const GroupLife& group : diff.groups) {
        text += fmt::format("  {:<9} {}  {} findings  {}\n", life_stage_name(group.stage),
                            group.fingerprint.hex().substr(0, 8), fmt::join(group.findings, " -> "),
                            group.title);
    }
    return text + fmt::format("  exit code {}\n", diff.exit_code);
}

std::string render_diff_json(const ReportDiff& diff) {
    Json groups = Json::array();
    for (const GroupLife& group : diff.groups) {
        groups.push_back({{"stage", std::string(life_stage_name(group.stage))},
                          {"fingerprint", group.fingerprint.hex()},
                          {"title", group.title},
                          {"findings", group.findings}});
    }
    const Json json = {{"diff", 2},
                       {"runs", diff.runs},
                       {"exit_code", diff.exit_code},
                       {"groups", std::move(groups)}};
    return json.dump(1, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace parallax::reports
