#include "app/terminal/live_view.hpp"

#include "app/terminal/terminal_output.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace parallax::app {
namespace {

constexpr std::chrono::milliseconds kFrameInterval{200};
/// Plain lines: at most so many blocks a second get one of their own.
constexpr double kReadableRate = 3;
constexpr std::chrono::seconds kSummaryInterval{2};
constexpr std::chrono::seconds kRateWindow{10};
constexpr std::size_t kShownBlocks = 6;
/// Blocks on their way that are remembered: more than a feeder sends ahead.
constexpr std::size_t kRemembered = 10'000;

}  // namespace

LiveView::LiveView(std::FILE* stream, const base::Clock& clock, reports::LiveFrame frame,
                   bool each_block)
    : stream_(stream),
      clock_(clock),
      is_terminal_(stream != nullptr && is_terminal(stream)),
      each_block_(each_block),
      style_(stream != nullptr ? terminal_style(stream) : reports::TerminalStyle{}),
      frame_(std::move(frame)) {}

void LiveView::node_is_at(model::Topoheight top, std::optional<model::Topoheight> stable) {
    base::MutexLock lock(mutex_);
    frame_.top = top;
    frame_.stable = stable;
    summarise(clock_.now());
    redraw(false);
}

void LiveView::block_seen(model::Topoheight topoheight) {
    base::MutexLock lock(mutex_);
    if (seen_.size() < kRemembered) {
        seen_.insert_or_assign(topoheight, clock_.now());
    }
}

void LiveView::order_changed(model::Topoheight above) {
    base::MutexLock lock(mutex_);
    ++frame_.reorganisations;
    seen_.erase(seen_.upper_bound(above), seen_.end());
    line(fmt::format("the order changed above block {}: what was verified there is taken back",
                     above.value()));
    redraw(true);
}

void LiveView::verdict(const service::FeedVerdict& verdict) {
    base::MutexLock lock(mutex_);
    const Time now = clock_.now();
    count(verdict);
    recent_.emplace_back(now, verdict.transactions);
    const auto seen = seen_.find(verdict.block.topoheight);
    frame_.lag_s = seen == seen_.end()
                       ? std::nullopt
                       : std::optional(std::chrono::duration<double>(now - seen->second).count());
    seen_.erase(seen_.begin(), seen_.upper_bound(verdict.block.topoheight));
    measure(now);
    if (verdict.kind == model::VerdictKind::kMismatch) {
        line("found: " + frame_.finding);
    }
    if (each_block_ || frame_.blocks_per_s <= kReadableRate) {
        line(reports::render_live_block(frame_.blocks.back()));
        unshown_ = 0;
    } else {
        ++unshown_;
        summarise(now);
    }
    redraw(verdict.kind == model::VerdictKind::kMismatch);
}

void LiveView::count(const service::FeedVerdict& verdict) {
    frame_.verified = verdict.block.topoheight;
    frame_.matches += verdict.kind == model::VerdictKind::kMatch ? 1U : 0U;
    frame_.mismatches += verdict.kind == model::VerdictKind::kMismatch ? 1U : 0U;
    frame_.inconclusive += verdict.kind == model::VerdictKind::kInconclusive ? 1U : 0U;
    if (verdict.kind == model::VerdictKind::kMismatch) {
        frame_.finding =
            verdict.sentence.starts_with("block ")
                ? verdict.sentence
                : fmt::format("block {}: {}", verdict.block.topoheight.value(), verdict.sentence);
    }
    core::add_observed(verdict.observed, frame_.observed);
    frame_.blocks.push_back({verdict.block.topoheight, verdict.block.hash, verdict.kind,
                             verdict.reason, verdict.transactions, verdict.observed});
    if (frame_.blocks.size() > kShownBlocks) {
        frame_.blocks.pop_front();
    }
}

/// One line for the blocks that came too fast for lines of their own.
void LiveView::summarise(Time now) {
    if (is_terminal_ || unshown_ == 0 || now - shown_at_ < kSummaryInterval) {
        return;
    }
    shown_at_ = now;
    line(fmt::format(
        "{} blocks up to block {}: {:.0f} blocks/s, {:.0f} transactions/s, in all {} "
        "match, {} mismatch, {} inconclusive",
        std::exchange(unshown_, 0), frame_.verified->value(), frame_.blocks_per_s,
        frame_.transactions_per_s, frame_.matches, frame_.mismatches, frame_.inconclusive));
}

void LiveView::measure(Time now) {
    while (recent_.front().first + kRateWindow < now) {
        recent_.pop_front();
    }
    std::uint64_t transactions = 0;
    for (const auto& [when, count] : recent_) {
        transactions += count;
    }
    const double seconds =
        std::max(1.0, std::chrono::duration<double>(now - recent_.front().first).count());
    frame_.blocks_per_s = static_cast<double>(recent_.size()) / seconds;
    frame_.transactions_per_s = static_cast<double>(transactions) / seconds;
}

void LiveView::notice(const std::string& sentence) {
    base::MutexLock lock(mutex_);
    frame_.notice = sentence;
    line(sentence);
    redraw(true);
}

void LiveView::redraw(bool at_once) {
    const Time now = clock_.now();
    if (!is_terminal_ || (!at_once && now - shown_at_ < kFrameInterval)) {
        return;
    }
    shown_at_ = now;
    const std::string text = reports::render_live(frame_, style_);
    // Up to where the frame before began, and all below it is cleared.
    print((lines_ > 0 ? fmt::format("\x1b[{}A\r\x1b[J", lines_) : std::string()) + text);
    lines_ = static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

void LiveView::line(const std::string& text) {
    if (stream_ != nullptr && !is_terminal_) {
        print(text + '\n');
    }
}

void LiveView::print(const std::string& text) {
    // A run does not end because nobody looks any more.
    std::fwrite(text.data(), 1, text.size(), stream_);
    std::fflush(stream_);
}

void LiveView::finish() {
    base::MutexLock lock(mutex_);
    if (unshown_ > 0 && !frame_.blocks.empty()) {
        line(reports::render_live_block(frame_.blocks.back()));
    }
    redraw(true);
    lines_ = 0;
}

}  // namespace parallax::app
