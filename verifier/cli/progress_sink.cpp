#include "verifier/cli/progress_sink.hpp"

#include "verifier/cli/terminal_output.hpp"

#include <fmt/format.h>

namespace parallax {
namespace {

constexpr std::chrono::milliseconds kBarInterval{100};
constexpr std::chrono::seconds kLineInterval{2};
constexpr std::uint64_t kLineShare = 10;

}  // namespace

std::chrono::nanoseconds SteadyClock::now() const {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::chrono::steady_clock::now().time_since_epoch());
}

ProgressSink::ProgressSink(std::FILE* stream, const Clock& clock,
                           std::optional<std::uint64_t> total)
    : stream_(stream),
      clock_(clock),
      is_terminal_(is_terminal(stream)),
      style_(terminal_style(stream)),
      started_(clock.now()),
      shown_at_(started_) {
    frame_.total = total;
}

bool ProgressSink::due(std::chrono::nanoseconds now) const {
    if (is_terminal_) {
        return now - shown_at_ >= kBarInterval;
    }
    // A tenth of the way at least, so that a long run does not fill a log.
    const std::uint64_t step = frame_.total ? *frame_.total / kLineShare : 0;
    return now - shown_at_ >= kLineInterval && frame_.done - shown_done_ >= step;
}

absl::Status ProgressSink::accept(const LedgerRecord& record) {
    ++frame_.done;
    frame_.transactions += record.verdict.transactions;
    frame_.mismatches += record.verdict.kind == VerdictKind::kMismatch ? 1U : 0U;
    frame_.inconclusive += record.verdict.kind == VerdictKind::kInconclusive ? 1U : 0U;
    const std::chrono::nanoseconds now = clock_.now();
    if (!due(now)) {
        return absl::OkStatus();
    }
    shown_at_ = now;
    shown_done_ = frame_.done;
    frame_.elapsed_s = std::chrono::duration<double>(now - started_).count();
    if (is_terminal_) {
        fmt::print(stream_, "\r\x1b[K{}", render_progress_bar(frame_, style_));
        bar_shown_ = true;
    } else {
        fmt::print(stream_, "{}\n", render_progress_line(frame_));
    }
    std::fflush(stream_);
    return absl::OkStatus();
}

void ProgressSink::finish() {
    if (bar_shown_) {
        fmt::print(stream_, "\r\x1b[K");
        std::fflush(stream_);
        bar_shown_ = false;
    }
}

void SinkList::add(VerdictSink* sink) {
    if (sink != nullptr) {
        sinks_.push_back(sink);
    }
}

absl::Status SinkList::accept(const LedgerRecord& record) {
    for (VerdictSink* sink : sinks_) {
        if (auto status = sink->accept(record); !status.ok()) {
            return status;
        }
    }
    return absl::OkStatus();
}

}  // namespace parallax
