#include "reports/formats/terminal.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace parallax::reports {
namespace {

constexpr std::string_view kGreen = "\x1b[32m";
constexpr std::string_view kRed = "\x1b[31m";
constexpr std::string_view kYellow = "\x1b[33m";
constexpr std::string_view kReset = "\x1b[0m";
constexpr std::size_t kSmallestBar = 10;
constexpr std::size_t kWidestBar = 40;

std::string painted(std::string_view text, std::string_view colour, bool use_colour) {
    return use_colour ? fmt::format("{}{}{}", colour, text, kReset) : std::string(text);
}

double per_second(std::uint64_t count, double seconds) {
    return seconds > 0 ? static_cast<double>(count) / seconds : 0.0;
}

std::string duration(double seconds) {
    const auto whole = static_cast<std::uint64_t>(std::max(0.0, seconds) + 0.5);
    if (whole >= 3600) {
        return fmt::format("{}h{:02}m", whole / 3600, whole / 60 % 60);
    }
    return whole >= 60 ? fmt::format("{}m{:02}s", whole / 60, whole % 60)
                       : fmt::format("{}s", whole);
}

std::string time_left(const ProgressFrame& frame) {
    if (!frame.total || frame.done == 0 || frame.elapsed_s <= 0) {
        return "";
    }
    const std::uint64_t missing = *frame.total - std::min(frame.done, *frame.total);
    return fmt::format(", {} left", duration(static_cast<double>(missing) /
                                             per_second(frame.done, frame.elapsed_s)));
}

std::uint64_t percent(const ProgressFrame& frame) {
    if (!frame.total || *frame.total == 0) {
        return 0;
    }
    const double share =
        static_cast<double>(std::min(frame.done, *frame.total)) / static_cast<double>(*frame.total);
    return static_cast<std::uint64_t>(share * 100.0);
}

std::string counts(const ProgressFrame& frame) {
    const std::string of = frame.total ? fmt::format("/{}", *frame.total) : "";
    std::string text =
        fmt::format("{}{} {}, {:.0f}{}/s", frame.done, of, frame.unit,
                    per_second(frame.transactions.value_or(frame.done), frame.elapsed_s),
                    frame.transactions ? " tx" : "");
    if (frame.mismatches > 0) {
        text += fmt::format(", {} mismatch", frame.mismatches);
    }
    if (frame.inconclusive > 0) {
        text += fmt::format(", {} inconclusive", frame.inconclusive);
    }
    return text;
}

}  // namespace

std::string render_progress_bar(const ProgressFrame& frame, const TerminalStyle& style) {
    const std::string tail = counts(frame) + time_left(frame);
    const std::string head = frame.total ? fmt::format(" {:3}% ", percent(frame)) : " ";
    const std::size_t text_width = head.size() + tail.size() + 2;
    if (frame.total && text_width + kSmallestBar <= style.width) {
        const std::size_t width = std::min(kWidestBar, style.width - text_width);
        const auto filled = static_cast<std::size_t>(percent(frame)) * width / 100;
        const std::string_view colour = frame.mismatches > 0     ? kRed
                                        : frame.inconclusive > 0 ? kYellow
                                                                 : kGreen;
        return fmt::format("[{}{}]{}{}", painted(std::string(filled, '#'), colour, style.colour),
                           std::string(width - filled, '.'), head, tail);
    }
    return (head.substr(1) + tail).substr(0, style.width);
}

std::string render_progress_line(const ProgressFrame& frame) {
    const std::string share = frame.total ? fmt::format("{}% ", percent(frame)) : "";
    return fmt::format("progress {}{}{}", share, counts(frame), time_left(frame));
}

namespace {

std::string headline(const ReplaySummary& summary, const TerminalStyle& style) {
    switch (summary.exit_code) {
        case 0:
            return painted("MATCH", kGreen, style.colour);
        case 2:
            return painted("MISMATCH", kRed, style.colour);
        case 3:
            return painted("INCONCLUSIVE", kYellow, style.colour);
        default:
            return painted("FAILED", kRed, style.colour);
    }
}

std::string joined(const std::vector<std::string>& names) {
    return names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "));
}

std::string range_text(const ReplaySummary& summary) {
    if (!summary.first || !summary.last) {
        return "none";
    }
    return fmt::format("{}..{}", summary.first->value(), summary.last->value());
}

std::string transactions_text(const ReplaySummary& summary) {
    std::string text = fmt::format("{}: {} executed, {} failed", summary.transactions,
                                   summary.executed, summary.failed);
    const std::uint64_t ended = summary.executed + summary.failed;
    if (summary.transactions > ended) {
        text += fmt::format(", {} skipped or not run", summary.transactions - ended);
    }
    return text;
}

void append_row(std::string& text, std::string_view name, const std::string& value) {
    text += fmt::format("  {:<13} {}\n", name, value);
}

void append_finding(std::string& text, const model::Finding& finding) {
    append_row(text, "divergence", finding.sentence);
    append_row(text, "  where",
               fmt::format("lane {}, {}: {}", finding.lane,
                           model::section_name(finding.first.section), finding.first.path));
    append_row(text, "  control", finding.first.control);
    append_row(text, "  candidate", finding.first.candidate);
    if (finding.first.delta) {
        append_row(text, "  delta", *finding.first.delta);
    }
    append_row(text, "  derived", fmt::format("{} further differences", finding.derived_count));
}

/// What a reader should do now: the summary ends with it.
std::string next_step(const ReplaySummary& summary) {
    if (summary.exit_code == 0) {
        return "nothing: every block of the range was compared and is equal";
    }
    if (summary.exit_code == 2 && !summary.bundles.empty()) {
        return "parallax reproduce " + summary.bundles.front();
    }
    if (summary.exit_code == 2 && summary.finding_topoheight) {
        const auto at = summary.finding_topoheight->value();
        return fmt::format(
            "parallax replay {} --from {} --to {} --out DIR, then parallax report DIR: it has "
            "every "
            "difference of that block",
            summary.archive, at, at);
    }
    if (!summary.incomplete.empty()) {
        return "mend the cause above and run again; with the same --db the run continues where it "
               "stopped";
    }
    if (summary.inconclusive > 0) {
        return "see the reason of each inconclusive block in the ledger (--out DIR)";
    }
    return "choose a range that holds blocks";
}

}  // namespace

std::string render_summary(const ReplaySummary& summary, const TerminalStyle& style) {
    std::string text = fmt::format("parallax replay: {}\n", headline(summary, style));
    append_row(text, "archive",
               fmt::format("{} ({}, profile {}, failure model {})", summary.archive,
                           summary.network, summary.profile, summary.failure_model));
    append_row(
        text, "lanes",
        fmt::format("control {}; candidates {}", summary.control, joined(summary.candidates)));
    append_row(text, "signatures",
               summary.signatures == model::SignaturePolicy::kOff
                   ? "NOT CHECKED, as asked: a forged transaction passes in every lane"
                   : std::string(model::signature_policy_name(summary.signatures)));
    append_row(
        text, "blocks",
        fmt::format("{}: {} match, {} mismatch, {} inconclusive, {} gaps", range_text(summary),
                    summary.matches, summary.mismatches, summary.inconclusive, summary.gaps));
    if (summary.advanced > 0) {
        append_row(text, "advanced",
                   fmt::format("{} earlier blocks by the control alone, not "
                               "compared",
                               summary.advanced));
    }
    if (summary.resumed > 0) {
        append_row(
            text, "resumed",
            fmt::format("{} of these verdicts were in the database already", summary.resumed));
    }
    append_row(text, "transactions", transactions_text(summary));
    if (summary.state_digest && summary.state_topoheight) {
        append_row(text, "state",
                   fmt::format("{} at topoheight {}", summary.state_digest->hex(),
                               summary.state_topoheight->value()));
    }
    if (summary.finding) {
        append_finding(text, *summary.finding);
    }
    if (!summary.inconclusive_why.empty()) {
        append_row(text, "inconclusive", summary.inconclusive_why);
    }
    if (summary.unjudged_blocks > 0) {
        append_row(text, "not judged",
                   fmt::format("by the laws, not wholly, in {} of these blocks: {}",
                               summary.unjudged_blocks, summary.unjudged_example));
    }
    for (const std::string& observed : summary.observed) {
        append_row(text, "observed", observed);
    }
    if (!summary.incomplete.empty()) {
        append_row(text, "incomplete", summary.incomplete);
    }
    for (std::size_t i = 0; i < summary.bundles.size(); ++i) {
        append_row(text, "reproduce", "parallax reproduce " + summary.bundles[i]);
        if (i < summary.reruns.size()) {
            append_row(text, "  again", summary.reruns[i]);
        }
    }
    if (summary.bundles_beyond_limit > 0) {
        append_row(text, "no bundle",
                   fmt::format("for {} further groups of findings: see --max-bundles",
                               summary.bundles_beyond_limit));
    }
    append_row(text, "speed",
               fmt::format("{:.1f} blocks/s, {:.0f} tx/s over {:.2f} s ({} threads, {} cores)",
                           per_second(summary.blocks_run, summary.elapsed_s),
                           per_second(summary.transactions_run, summary.elapsed_s),
                           summary.elapsed_s, summary.threads, summary.cores));
    append_row(text, "next", next_step(summary));
    append_row(text, "exit code", fmt::format("{}", summary.exit_code));
    return text;
}

}  // namespace parallax::reports
