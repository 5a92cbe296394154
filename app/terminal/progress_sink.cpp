#include "app/terminal/progress_sink.hpp"

#include "app/terminal/terminal_output.hpp"

namespace parallax::app {
namespace {

constexpr std::chrono::milliseconds kBarInterval{100};
constexpr std::chrono::seconds kLineInterval{2};
constexpr std::uint64_t kLineShare = 10;

}  // namespace

std::chrono::nanoseconds SteadyClock::now() const {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::chrono::steady_clock::now().time_since_epoch());
}

ProgressBar::ProgressBar(std::FILE* stream, const base::Clock& clock, std::string_view unit,
                         std::optional<std::uint64_t> total)
    : stream_(stream),
      clock_(clock),
      unit_(unit),
      total_(total),
      is_terminal_(stream != nullptr && is_terminal(stream)),
      style_(stream != nullptr ? terminal_style(stream) : reports::TerminalStyle{}),
      started_(clock.now()),
      shown_at_(started_) {}

bool ProgressBar::due(std::chrono::nanoseconds now, std::uint64_t done) const {
    if (is_terminal_) {
        return now - shown_at_ >= kBarInterval;
    }
    // A tenth of the way at least, so that a long run does not fill a log.
    const std::uint64_t step = total_ ? *total_ / kLineShare : 0;
    return now - shown_at_ >= kLineInterval && done - shown_done_ >= step;
}

void ProgressBar::show(std::uint64_t done) {
    reports::ProgressFrame frame;
    frame.done = done;
    show(frame);
}

void ProgressBar::show(reports::ProgressFrame frame) {
    base::MutexLock lock(mutex_);
    const std::chrono::nanoseconds now = clock_.now();
    if (stream_ == nullptr || frame.done < shown_done_ || !due(now, frame.done)) {
        return;
    }
    shown_at_ = now;
    shown_done_ = frame.done;
    frame.unit = unit_;
    frame.total = total_;
    frame.elapsed_s = std::chrono::duration<double>(now - started_).count();
    if (is_terminal_) {
        print("\r\x1b[K" + reports::render_progress_bar(frame, style_));
        bar_shown_ = true;
    } else {
        print(reports::render_progress_line(frame) + '\n');
    }
}

void ProgressBar::print(const std::string& text) {
    // A run does not end because nobody looks any more; the program's end sees that it failed.
    std::fwrite(text.data(), 1, text.size(), stream_);
    std::fflush(stream_);
}

void ProgressBar::finish() {
    base::MutexLock lock(mutex_);
    if (bar_shown_) {
        print("\r\x1b[K");
        bar_shown_ = false;
    }
}

absl::Status ProgressSink::recorded(const core::LedgerRecord& record) {
    ++frame_.done;
    frame_.transactions = frame_.transactions.value_or(0) + record.verdict.transactions;
    frame_.mismatches += record.verdict.kind == model::VerdictKind::kMismatch ? 1U : 0U;
    frame_.inconclusive += record.verdict.kind == model::VerdictKind::kInconclusive ? 1U : 0U;
    bar_.show(frame_);
    return absl::OkStatus();
}

}  // namespace parallax::app
