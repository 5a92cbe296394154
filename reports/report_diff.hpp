#pragma once

#include "reports/report.hpp"

#include <string>
#include <vector>

namespace parallax {

/// One cause in two reports; empty titles where no finding was kept.
struct GroupChange {
    Hash fingerprint;
    std::string title;
    /// Findings in the old and in the new report.
    std::uint64_t before = 0;
    std::uint64_t now = 0;
};

/// What became of the groups of findings between two reports.
struct ReportDiff {
    std::vector<GroupChange> fresh;
    std::vector<GroupChange> known;
    std::vector<GroupChange> gone;
    /// Verdict, counts and exit code of each side.
    std::string before;
    std::string now;
    /// 2 a new group; 3 no new one, but the new report is not about a whole, conclusive run; else
    /// 0, known groups or not.
    int exit_code = 3;
};

/// By group; each list in the order of the report that has it.
[[nodiscard]] ReportDiff diff_reports(const Report& before, const Report& now);

[[nodiscard]] std::string render_diff_text(const ReportDiff& diff);
[[nodiscard]] std::string render_diff_json(const ReportDiff& diff);

}  // namespace parallax
