#include "reports/formats/report_formats.hpp"

#include <fmt/format.h>

namespace parallax::reports {
namespace {

/// Escaped for Markdown with HTML in it, and for a cell of a table.
std::string escaped(std::string_view text) {
    std::string result;
    for (const char character : text) {
        const auto byte = static_cast<unsigned char>(character);
        switch (character) {
            case '&':
                result += "&amp;";
                break;
            case '<':
                result += "&lt;";
                break;
            case '>':
                result += "&gt;";
                break;
            case '@':
                result += "&#64;";  // mentions nobody
                break;
            case '|':
            case '\\':
            case '`':
            case '*':
            case '_':
            case '[':
            case ']':
            case '#':
            case '~':
                result += '\\';
                result += character;
                break;
            default:
                result += byte < 0x20 || byte == 0x7F ? ' ' : character;
        }
    }
    return result;
}

/// In backticks; a backtick inside would end them.
std::string code(std::string_view text) {
    std::string inside;
    for (const char character : text) {
        const auto byte = static_cast<unsigned char>(character);
        inside += character == '`' || byte < 0x20 ? ' ' : character;
    }
    return "`" + inside + "`";
}

std::string badge(const Report& report) {
    switch (report_verdict(report)) {
        case model::VerdictKind::kMatch:
            return ":white_check_mark:";
        case model::VerdictKind::kMismatch:
            return ":x:";
        case model::VerdictKind::kInconclusive:
            return ":warning:";
    }
    return ":warning:";
}

std::string summary_of(const Report& report) {
    std::string text = fmt::format("## {} Parallax: {}\n\n{}.\n\n", badge(report),
                                   report_headline(report), escaped(report_counts(report)));
    if (report.bundle) {
        text += fmt::format("From the bundle {}.\n\n", escaped(bundle_text(*report.bundle)));
    }
    for (const std::string& sentence : report.left_out) {
        text += fmt::format("- **Left out:** {}\n", escaped(sentence));
    }
    for (const std::string& problem : report.problems) {
        text += fmt::format("- **Incomplete:** {}\n", escaped(problem));
    }
    for (const auto& [reason, count] : report.reasons) {
        text += fmt::format("- {} inconclusive: {}\n", counted(count, "block"),
                            code(model::inconclusive_reason_name(reason)));
    }
    for (const auto& [law, totals] : report.unjudged) {
        text += fmt::format("- **Not judged by a law:** {}\n", escaped(unjudged_text(law, totals)));
    }
    for (const auto& [source, sum] : report.observed) {
        text += fmt::format("- **Observed:** {}\n", escaped(observed_text(source, sum)));
    }
    if (!report.left_out.empty() || !report.problems.empty() || !report.reasons.empty() ||
        !report.unjudged.empty() || !report.observed.empty()) {
        text += '\n';
    }
    text += "| lane | match | mismatch | inconclusive |\n|---|---:|---:|---:|\n";
    for (const LaneTotals& lane : report.lanes) {
        text += fmt::format("| {} | {} | {} | {} |\n", escaped(lane.executor), lane.matches,
                            lane.mismatches, lane.inconclusive);
    }
    return text;
}

std::string row_of(std::string_view mark, const ViewRow& row) {
    const auto cell = [](const std::string& text) { return text.empty() ? "" : escaped(text); };
    return fmt::format("| {}{}{}{} | {} | {} | {} | {} | {} | {} |\n", mark, cell(row.subject),
                       row.field.empty() ? "" : ", ", cell(row.field), cell(row.pre_state),
                       cell(row.control), cell(row.candidate), cell(row.recorded), cell(row.delta),
                       cell(row.control_writers == row.candidate_writers
                                ? row.control_writers
                                : row.control_writers + " / " + row.candidate_writers));
}

std::string table_of(const FindingView& view) {
    std::string text =
        "| what | before | control | candidate | recorded | delta | writers |\n"
        "|---|---|---|---|---|---:|---|\n";
    text += row_of("**first** ", view.first);
    for (const ViewFold& fold : view.folds) {
        for (const ViewRow& row : fold.rows) {
            text += row_of("", row);
        }
    }
    if (view.not_kept > 0) {
        text += fmt::format("\n{} more differences are not kept.\n", view.not_kept);
    }
    return text;
}

std::string steps_of(const FindingView& view) {
    if (view.steps.empty()) {
        return "";
    }
    std::string text = fmt::format("\nTimeline of {}:\n\n| | control | {} |\n|---|---|---|\n",
                                   escaped(view.steps_row), escaped(view.lane));
    for (const ViewStep& step : view.steps) {
        text +=
            fmt::format("| {}{} | {} | {} |\n", step.deciding ? "**&rarr;** " : "",
                        step.transaction, escaped(fmt::format("{}", fmt::join(step.control, "; "))),
                        escaped(fmt::format("{}", fmt::join(step.candidate, "; "))));
    }
    return text + (view.deciding_order.empty() ? "" : "\n" + escaped(view.deciding_order) + "\n");
}

/// The likely cause, the impact and what the group shares, each in a paragraph of its own.
std::string after_observed(const FindingView& view) {
    std::string text;
    if (!view.likely.empty()) {
        text += "\n\nLikely cause: " + escaped(view.likely);
    }
    for (const std::string* part : {&view.impact, &view.shared}) {
        text += part->empty() ? "" : "\n\n" + escaped(*part);
    }
    return text;
}

std::string group_of(const FindingGroup& group, const FindingView& view) {
    std::string text =
        fmt::format("\n### {}{}\n\n**{}**{}\n\n{}\n\n", escaped(view.title),
                    view.stage.empty() ? "" : fmt::format(" ({})", view.stage),
                    escaped(view.observed), after_observed(view), escaped(view.sentence));
    text +=
        fmt::format("{} in {}, {}..{}; fingerprint {}; to blame: **{}**. {}\n\n",
                    counted(group.findings, "finding"), counted(group.blocks, "block"),
                    group.first.value(), group.last.value(), code(view.fingerprint.substr(0, 8)),
                    view.blame, escaped(fmt::format("{}", fmt::join(view.evidence, " "))));
    text += escaped(view.reproducibility) + "\n\n";
    text += "<details><summary>Differences, timeline, how to run it again</summary>\n\n";
    text += table_of(view);
    text += steps_of(view);
    text += fmt::format("\nRun again (ends with {}):\n\n```sh\n{}\n```\n", escaped(view.expected),
                        view.command);
    text += view.how_to_meet.empty() ? "" : "\n" + escaped(view.how_to_meet) + "\n";
    text += fmt::format("\nCompared: {}. Not compared: {}.\n",
                        escaped(fmt::format("{}", fmt::join(view.compared, ", "))),
                        escaped(fmt::format("{}", fmt::join(view.not_compared, "; "))));
    return text + "\n</details>\n";
}

std::string environment_of(const Report& report) {
    if (!report.run) {
        return "";
    }
    const RunEnvironment& environment = report.run->environment;
    std::string speeds;
    for (const LaneSpeed& speed : lane_speeds(report)) {
        speeds += fmt::format("{}: {}. ", escaped(speed.executor), speed_text(speed));
    }
    return fmt::format("\n<sub>{}{}, {}, {} s on {} cores, {}</sub>\n", speeds,
                       escaped(environment.program), escaped(environment.compiler),
                       environment.elapsed_ms / 1000, environment.cores,
                       escaped(environment.started));
}

}  // namespace

std::string render_report_markdown(const Report& report, std::size_t limit) {
    constexpr std::size_t kRoomForEnd = 400;
    std::string text = summary_of(report);
    const std::vector<FindingView> views = view_findings(report);
    std::size_t hidden = 0;
    for (const FindingGroup& group : report.groups) {
        const std::string part =
            group.kept.empty() ? "" : group_of(group, views[group.kept.front()]);
        if (part.empty() || text.size() + part.size() + kRoomForEnd > limit) {
            ++hidden;
        } else {
            text += part;
        }
    }
    if (hidden > 0) {
        text += fmt::format("\n{} more groups of findings are not shown here: see the artefacts.\n",
                            hidden);
    }
    return text + environment_of(report);
}

}  // namespace parallax::reports
