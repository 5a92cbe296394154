#pragma once

#include "reports/analysis/report.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parallax::reports {

/// Where a cause stands in the last of several runs.
enum class LifeStage : std::uint8_t {
    /// No run before has it.
    kNew = 0,
    /// It is there as before.
    kKnown = 1,
    /// It was there, was gone in a whole and conclusive run, and is back.
    kRegressed = 2,
    /// A run before has it; the last one is whole and conclusive, looked there, and has not.
    kGone = 3,
    /// The last run has not seen it, but is not whole and conclusive, or did not look there (other
    /// blocks, another lane, network, failure model or check of signatures): that says nothing.
    kUnseen = 4,
};
[[nodiscard]] std::string_view life_stage_name(LifeStage stage) noexcept;

/// One cause over all runs; an empty title where no finding was kept.
struct GroupLife {
    model::Hash fingerprint;
    std::string title;
    LifeStage stage = LifeStage::kNew;
    /// Findings in each run, oldest first.
    std::vector<std::uint64_t> findings;
};

/// What became of the causes of findings over several runs.
struct ReportDiff {
    /// By stage, then in the order of the newest run that has the group.
    std::vector<GroupLife> groups;
    /// Verdict and counts of each run, oldest first.
    std::vector<std::string> runs;
    /// 2 a cause is new or back; 3 none is, but the last run is not whole and conclusive, or a
    /// cause is unseen; else 0, known causes or not.
    int exit_code = 3;

    [[nodiscard]] std::uint64_t count(LifeStage stage) const noexcept;
};

/// By group; `reports` are runs, oldest first, and at least one.
[[nodiscard]] ReportDiff diff_reports(const std::vector<Report>& reports);

/// Says of each group of `report` where it stands after `before`, oldest first.
void add_history(const std::vector<Report>& before, Report& report);

[[nodiscard]] std::string render_diff_text(const ReportDiff& diff);
[[nodiscard]] std::string render_diff_json(const ReportDiff& diff);

}  // namespace parallax::reports
