#include "reports/formats/live.hpp"

#include "reports/analysis/report.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace parallax::reports {
namespace {

constexpr std::string_view kGreen = "\x1b[32m";
constexpr std::string_view kRed = "\x1b[31m";
constexpr std::string_view kYellow = "\x1b[33m";
constexpr std::string_view kReset = "\x1b[0m";
/// Digits of a hash that tell blocks apart for people.
constexpr std::size_t kShownDigits = 8;

std::string_view colour_of(model::VerdictKind kind) {
    switch (kind) {
        case model::VerdictKind::kMatch:
            return kGreen;
        case model::VerdictKind::kMismatch:
            return kRed;
        case model::VerdictKind::kInconclusive:
            return kYellow;
    }
    return kYellow;
}

class Page {
  public:
    explicit Page(const TerminalStyle& style) : style_(style) {}

    void row(std::string_view name, std::string_view value,
             std::optional<model::VerdictKind> kind = std::nullopt) {
        const std::string line = fmt::format("  {:<13} {}", name, value).substr(0, style_.width);
        text_ += style_.colour && kind ? fmt::format("{}{}{}\n", colour_of(*kind), line, kReset)
                                       : line + '\n';
    }
    void title(const std::string& line) { text_ += line.substr(0, style_.width) + '\n'; }
    std::string take() { return std::move(text_); }

  private:
    const TerminalStyle& style_;
    std::string text_;
};

std::string counts(std::uint64_t count, std::string_view one) {
    return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
}

std::string verified_text(const LiveFrame& frame) {
    if (!frame.verified) {
        return "nothing yet";
    }
    std::string text =
        fmt::format("up to block {}: {} match, {} mismatch, {} inconclusive",
                    frame.verified->value(), frame.matches, frame.mismatches, frame.inconclusive);
    if (frame.top) {
        const std::uint64_t behind =
            frame.top->value() - std::min(frame.top->value(), frame.verified->value());
        text += behind == 0 ? std::string("; at the top")
                            : fmt::format("; {} behind", counts(behind, "block"));
    }
    return frame.lag_s ? text + fmt::format(", {:.1f} s", *frame.lag_s) : text;
}

model::VerdictKind worst(const LiveFrame& frame) {
    return frame.mismatches > 0     ? model::VerdictKind::kMismatch
           : frame.inconclusive > 0 ? model::VerdictKind::kInconclusive
                                    : model::VerdictKind::kMatch;
}

}  // namespace

std::string render_live(const LiveFrame& frame, const TerminalStyle& style) {
    Page page(style);
    page.title(fmt::format("parallax attach: {} ({}, profile {}; {} against the control)",
                           frame.node, frame.network, frame.profile,
                           frame.candidates.empty()
                               ? std::string("no candidate")
                               : fmt::format("{}", fmt::join(frame.candidates, ", "))));
    if (frame.top) {
        page.row("node",
                 fmt::format("at topoheight {}{}", frame.top->value(),
                             frame.stable ? fmt::format(", stable up to {}", frame.stable->value())
                                          : std::string()));
    }
    page.row("verified", verified_text(frame),
             frame.verified ? std::optional(worst(frame)) : std::nullopt);
    page.row("rate", fmt::format("{:.1f} blocks/s, {:.0f} transactions/s", frame.blocks_per_s,
                                 frame.transactions_per_s));
    for (const auto& [source, sum] : frame.observed) {
        page.row("observed", observed_text(source, sum));
    }
    if (frame.reorganisations > 0) {
        page.row("reorganised", counts(frame.reorganisations, "time"));
    }
    for (const LiveBlock& block : frame.blocks) {
        page.row("", render_live_block(block), block.kind);
    }
    if (!frame.finding.empty()) {
        page.row("found", frame.finding, model::VerdictKind::kMismatch);
    }
    if (!frame.notice.empty()) {
        page.row("notice", frame.notice);
    }
    return page.take();
}

std::string render_live_block(const LiveBlock& block) {
    std::string text =
        fmt::format("block {} {} {}", block.topoheight.value(),
                    block.hash.hex().substr(0, kShownDigits), model::verdict_kind_name(block.kind));
    if (block.reason) {
        text += fmt::format(" ({})", model::inconclusive_reason_name(*block.reason));
    }
    text += ", " + counts(block.transactions, "transaction");
    for (const model::ObservedPart& part : block.observed) {
        text += fmt::format(", {} {} of {} touched accounts, {} of {} results",
                            part.source.empty() ? "observed" : part.source + ":", part.accounts,
                            part.touched, part.results, part.transactions);
    }
    return text;
}

}  // namespace parallax::reports
