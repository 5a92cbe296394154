#include "reports/formats/report_formats.hpp"

#include <fmt/format.h>

namespace parallax::reports {
namespace {

constexpr std::string_view kGreen = "\x1b[32m";
constexpr std::string_view kRed = "\x1b[31m";
constexpr std::string_view kYellow = "\x1b[33m";
constexpr std::string_view kBold = "\x1b[1m";
constexpr std::string_view kReset = "\x1b[0m";
/// Groups that the text shows; the other formats have all.
constexpr std::size_t kMaxGroups = 10;
constexpr std::size_t kMaxRows = 12;
constexpr std::size_t kNarrowest = 40;

/// Control characters would let a report write over the terminal.
std::string printable(std::string_view text) {
    std::string result;
    for (const char character : text) {
        const auto byte = static_cast<unsigned char>(character);
        result += byte < 0x20 || byte == 0x7F ? '?' : character;
    }
    return result;
}

/// Lines of text, wrapped at the style's width.
class Page {
  public:
    explicit Page(const TerminalStyle& style) : style_(style) {}

    /// `name` in a column of its own, the text wrapped beside it.
    void row(std::string_view name, std::string_view text, std::size_t indent = 2) {
        constexpr std::size_t kNameWidth = 14;
        const std::size_t column = indent + kNameWidth;
        const std::size_t room = std::max(kNarrowest, style_.width) - column;
        std::string rest = printable(text);
        std::string head(name);
        do {
            const std::size_t cut = cut_at(rest, room);
            out_ +=
                fmt::format("{:{}}{:<{}}{}\n", "", indent, head, kNameWidth, rest.substr(0, cut));
            rest.erase(0, cut);
            rest.erase(0, rest.find_first_not_of(' '));
            head.clear();
        } while (!rest.empty());
    }
    /// A heading of its own, wrapped.
    void heading(std::string_view text) {
        line("");
        std::string rest = printable(text);
        while (!rest.empty()) {
            const std::size_t cut = cut_at(rest, std::max(kNarrowest, style_.width));
            line(rest.substr(0, cut), kBold);
            rest.erase(0, cut);
            rest.erase(0, rest.find_first_not_of(' '));
        }
    }
    void line(std::string_view text, std::string_view colour = "") {
        out_ += style_.colour && !colour.empty() ? fmt::format("{}{}{}\n", colour, text, kReset)
                                                 : fmt::format("{}\n", text);
    }
    [[nodiscard]] std::string take() { return std::move(out_); }

  private:
    /// Where to break: behind the last space that fits, or at the width.
    static std::size_t cut_at(const std::string& text, std::size_t room) {
        if (text.size() <= room) {
            return text.size();
        }
        const std::size_t space = text.rfind(' ', room);
        return space == std::string::npos || space == 0 ? room : space;
    }

    const TerminalStyle style_;
    std::string out_;
};

std::string_view colour_of(const Report& report) {
    const int code = report.exit_code();
    return code == 0 ? kGreen : code == 2 ? kRed : kYellow;
}

std::string sides_of(const ViewRow& row) {
    std::string text =
        fmt::format("{}{}{}: control {}, candidate {}", row.subject, row.field.empty() ? "" : ", ",
                    row.field, row.control, row.candidate);
    if (!row.delta.empty()) {
        text += fmt::format(" ({})", row.delta);
    }
    if (!row.pre_state.empty()) {
        text += fmt::format("; before the block {}", row.pre_state);
    }
    if (!row.recorded.empty()) {
        text += fmt::format("; recorded {}", row.recorded);
    }
    if (row.control_writers != row.candidate_writers) {
        const auto who = [](const std::string& writers) {
            return writers.empty() ? "nobody" : writers;
        };
        text += fmt::format("; written by {} in control, {} in the candidate",
                            who(row.control_writers), who(row.candidate_writers));
    }
    return text;
}

void add_steps(const FindingView& view, Page& page) {
    if (view.steps.empty()) {
        return;
    }
    page.row("timeline", "of " + view.steps_row);
    for (const ViewStep& step : view.steps) {
        page.row(step.deciding ? "> " + step.transaction : "  " + step.transaction, "", 4);
        page.row("control", fmt::format("{}", fmt::join(step.control, "; ")), 8);
        page.row("candidate", fmt::format("{}", fmt::join(step.candidate, "; ")), 8);
    }
    if (!view.deciding_order.empty()) {
        page.row("order", view.deciding_order);
    }
}

void add_finding(const FindingView& view, const FindingGroup& group, Page& page) {
    page.heading(view.title);
    page.row("observed", view.observed);
    if (!view.likely.empty()) {
        page.row("likely cause", view.likely);
    }
    if (!view.put_down_to.empty()) {
        page.row("put down to", view.put_down_to);
    }
    if (!view.impact.empty()) {
        page.row("impact", view.impact);
    }
    if (!view.shared.empty()) {
        page.row("in common", view.shared);
    }
    page.row("first", view.sentence);
    if (!view.stage.empty()) {
        page.row("stage", view.stage + ", against the runs before");
    }
    page.row("seen",
             fmt::format("{} in {}, {}..{}; fingerprint {}", counted(group.findings, "finding"),
                         counted(group.blocks, "block"), group.first.value(), group.last.value(),
                         view.fingerprint.substr(0, 8)));
    page.row("repeats", view.reproducibility);
    page.row("blame", fmt::format("{}. {}", view.blame, fmt::join(view.evidence, " ")));
    page.row("difference", sides_of(view.first));
    std::size_t rows = 0;
    for (const ViewFold& fold : view.folds) {
        page.row("follows", fold.title);
        for (const ViewRow& row : fold.rows) {
            if (rows++ < kMaxRows) {
                page.row("", sides_of(row), 4);
            }
        }
    }
    if (rows > kMaxRows || view.not_kept > 0) {
        page.row("", fmt::format("and {} more",
                                 view.not_kept + (rows > kMaxRows ? rows - kMaxRows : 0)));
    }
    add_steps(view, page);
    page.row("not compared", fmt::format("{}", fmt::join(view.not_compared, "; ")));
    page.row("run again", view.command);
    page.row("expect", view.expected);
    if (!view.bundle.empty()) {
        page.row("bundle", view.bundle + " in the run's folder, for reproduce and shrink. " +
                               view.bundle_note);
    }
    if (!view.how_to_meet.empty()) {
        page.row("to meet it", view.how_to_meet);
    }
}

}  // namespace

std::string_view report_headline(const Report& report) noexcept {
    switch (report_verdict(report)) {
        case model::VerdictKind::kMatch:
            return "MATCH";
        case model::VerdictKind::kMismatch:
            return "MISMATCH";
        case model::VerdictKind::kInconclusive:
            return "INCONCLUSIVE";
    }
    return "INCONCLUSIVE";
}

std::string report_counts(const Report& report) {
    const std::string range =
        report.blocks.empty()
            ? "no blocks"
            : fmt::format("blocks {}..{}", report.blocks.front().topoheight.value(),
                          report.blocks.back().topoheight.value());
    return fmt::format("{}: {} match, {} mismatch, {} inconclusive, {} gaps", range, report.matches,
                       report.mismatches, report.inconclusive, report.gaps);
}

std::string bundle_text(const BundleSource& bundle) {
    std::string text = fmt::format("{} ({}, written by {}{}): ", bundle.file, bundle.network,
                                   bundle.build, bundle.shrunk ? ", shrunk" : "");
    text += bundle.candidate.empty() ? "no candidate"
                                     : fmt::format("candidate {}, {}", bundle.candidate,
                                                   counted(bundle.threads, "thread"));
    return text + (bundle.fault.empty() ? "" : ", seeded fault " + bundle.fault);
}

std::string render_report_text(const Report& report, const TerminalStyle& style) {
    Page page(style);
    page.line(fmt::format("parallax report: {}", report_headline(report)), colour_of(report));
    page.row("verdicts", report_counts(report));
    if (report.bundle) {
        page.row("bundle", bundle_text(*report.bundle));
    }
    for (const std::string& sentence : report.left_out) {
        page.row("left out", sentence);
    }
    for (const LaneTotals& lane : report.lanes) {
        page.row("lane", fmt::format("{}: {} match, {} mismatch, {} inconclusive", lane.executor,
                                     lane.matches, lane.mismatches, lane.inconclusive));
    }
    for (const auto& [reason, count] : report.reasons) {
        page.row("inconclusive", fmt::format("{}: {}", counted(count, "block"),
                                             model::inconclusive_reason_name(reason)));
    }
    for (const auto& [law, totals] : report.unjudged) {
        page.row("not judged", unjudged_text(law, totals));
    }
    for (const auto& [source, sum] : report.observed) {
        page.row("observed", observed_text(source, sum));
    }
    for (const std::string& problem : report.problems) {
        page.row("problem", problem);
    }
    page.row("transactions", fmt::format("{}: {} executed, {} failed", report.transactions,
                                         report.executed, report.failed));
    page.row("ledger", fmt::format("{} records, head {}", report.blocks.size(), report.head.hex()));
    const std::vector<FindingView> views = view_findings(report);
    std::size_t shown = 0;
    for (const FindingGroup& group : report.groups) {
        if (!group.kept.empty() && shown < kMaxGroups) {
            ++shown;
            add_finding(views[group.kept.front()], group, page);
        }
    }
    if (report.groups.size() > shown) {
        page.line("");
        page.row("hidden", fmt::format("{} more groups of findings: see the other formats",
                                       report.groups.size() - shown));
    }
    for (const LaneSpeed& speed : lane_speeds(report)) {
        page.row("speed", fmt::format("{}: {}", speed.executor, speed_text(speed)));
    }
    page.row("exit code", fmt::format("{}", report.exit_code()));
    return page.take();
}

}  // namespace parallax::reports
