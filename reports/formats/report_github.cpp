#include "reports/formats/report_formats.hpp"

#include <fmt/format.h>

namespace parallax::reports {
namespace {

/// As workflow commands want it: a value must not end its line, a property not its list.
std::string escaped(std::string_view text, bool is_property) {
    std::string result;
    for (const char character : text) {
        const bool special = character == '%' || character == '\r' || character == '\n' ||
                             (is_property && (character == ':' || character == ','));
        result += special ? fmt::format("%{:02X}", static_cast<unsigned char>(character))
                          : std::string(1, character);
    }
    return result;
}

std::string annotation(std::string_view kind, std::string_view title, std::string_view text) {
    return fmt::format("::{} title={}::{}\n", kind, escaped(title, true), escaped(text, false));
}

struct Annotation {
    std::string title;
    std::string text;
};

/// No more than are shown; the last one stands for those that are not.
std::string limited(std::string_view kind, const std::vector<Annotation>& annotations) {
    std::string text;
    const bool all = annotations.size() <= kAnnotationsPerKind;
    const std::size_t shown = all ? annotations.size() : kAnnotationsPerKind - 1;
    for (std::size_t i = 0; i < shown; ++i) {
        text += annotation(kind, annotations[i].title, annotations[i].text);
    }
    if (!all) {
        text += annotation(kind, "Parallax",
                           fmt::format("{} more are hidden: a step shows {} of a kind. The step "
                                       "summary and the artefacts have them.",
                                       annotations.size() - shown, kAnnotationsPerKind));
    }
    return text;
}

}  // namespace

std::string render_github_annotations(const Report& report) {
    const std::vector<FindingView> views = view_findings(report);
    std::vector<Annotation> errors;
    std::vector<Annotation> warnings;
    // First: a step shows few of a kind.
    for (const std::string& sentence : report.left_out) {
        warnings.push_back({"Parallax: left out", sentence});
    }
    for (const auto& [law, totals] : report.unjudged) {
        warnings.push_back({"Parallax: not judged by a law", unjudged_text(law, totals)});
    }
    for (const FindingGroup& group : report.groups) {
        if (group.kept.empty()) {
            continue;
        }
        const FindingView& view = views[group.kept.front()];
        const bool failed_only = group.finding_class == model::FindingClass::kExecutorFailed;
        (failed_only ? warnings : errors)
            .push_back({fmt::format("Parallax: {}", view.title),
                        fmt::format("{} {} ({} in {}, repeats: {}; run again: {})", view.cause,
                                    view.sentence, counted(group.findings, "finding"),
                                    counted(group.blocks, "block"), view.repeats, view.command)});
    }
    for (const auto& [reason, count] : report.reasons) {
        warnings.push_back(
            {"Parallax: inconclusive", fmt::format("{} not compared: {}", counted(count, "block"),
                                                   model::inconclusive_reason_name(reason))});
    }
    for (const std::string& problem : report.problems) {
        warnings.push_back({"Parallax: incomplete", problem});
    }
    const std::vector<Annotation> notices = {
        {"Parallax", fmt::format("{}. {}", report_headline(report), report_counts(report))}};
    return limited("error", errors) + limited("warning", warnings) + limited("notice", notices);
}

}  // namespace parallax::reports
