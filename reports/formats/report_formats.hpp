#pragma once

#include "reports/analysis/finding_view.hpp"
#include "reports/analysis/report.hpp"
#include "reports/formats/terminal.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace parallax::reports {

/// Each renders one report, and is a pure function: equal reports give equal bytes. What depends on
/// the machine is in the part `environment` of the formats that have one, and nowhere else.

/// `MISMATCH`, and the counts of blocks in one line.
[[nodiscard]] std::string_view report_headline(const Report& report) noexcept;
[[nodiscard]] std::string report_counts(const Report& report);

/// `5-0123.pxb (devnet, written by 0.1.0): candidate batch, 4 threads`.
[[nodiscard]] std::string bundle_text(const BundleSource& bundle);

/// For a terminal and for pasting into an issue.
[[nodiscard]] std::string render_report_text(const Report& report, const TerminalStyle& style);

/// Everything, indented: docs/schema/report.schema.json describes it.
[[nodiscard]] std::string render_report_json(const Report& report);

/// One suite per lane, one test for each chunk of blocks and oracle: a failure is a mismatch, an
/// error something that was not compared, skipped an oracle that had nothing to go by.
[[nodiscard]] std::string render_report_junit(const Report& report);

/// SARIF 2.1.0: one rule per class of finding, one result per group, the two lanes as thread flows.
[[nodiscard]] std::string render_report_sarif(const Report& report);

/// For a comment; at most `limit` bytes, the rest is said to be missing.
inline constexpr std::size_t kCommentLimit = 60'000;
inline constexpr std::size_t kStepSummaryLimit = std::size_t{1} << 20;
[[nodiscard]] std::string render_report_markdown(const Report& report, std::size_t limit);

/// Workflow commands that GitHub shows as annotations: at most ten of a kind are shown for a step,
/// so no more are written, and the last one says how many are hidden.
inline constexpr std::size_t kAnnotationsPerKind = 10;
[[nodiscard]] std::string render_github_annotations(const Report& report);

/// One page that needs nothing else, and no network.
[[nodiscard]] std::string render_report_html(const Report& report);

}  // namespace parallax::reports
