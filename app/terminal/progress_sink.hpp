#pragma once

#include "reports/formats/terminal.hpp"
#include "verifier/base/clock.hpp"
#include "verifier/base/mutex.hpp"
#include "verifier/core/verification/verification_listener.hpp"

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parallax::app {

/// The system's monotonic clock.
class SteadyClock final : public base::Clock {
  public:
    [[nodiscard]] std::chrono::nanoseconds now() const override;
};

/// Shows how far a long command is: a bar that overwrites itself on a terminal, else a plain line
/// every two seconds or ten percent, whichever comes later. The stream and the clock outlive it;
/// calls may come from any thread.
class ProgressBar {
  public:
    /// Nothing is shown on a null stream.
    ProgressBar(std::FILE* stream, const base::Clock& clock, std::string_view unit,
                std::optional<std::uint64_t> total);

    /// Takes the frame's counts; unit, total and time are the bar's own.
    void show(reports::ProgressFrame frame);
    /// The same for what has nothing to count but itself.
    void show(std::uint64_t done);
    /// Takes the bar away, so that the next text starts on a clean line.
    void finish();

  private:
    void print(const std::string& text) VERIFIER_REQUIRES(mutex_);
    [[nodiscard]] bool due(std::chrono::nanoseconds now, std::uint64_t done) const
        VERIFIER_REQUIRES(mutex_);

    std::FILE* const stream_;
    const base::Clock& clock_;
    const std::string_view unit_;
    const std::optional<std::uint64_t> total_;
    const bool is_terminal_;
    const reports::TerminalStyle style_;
    const std::chrono::nanoseconds started_;

    base::Mutex mutex_;
    std::chrono::nanoseconds shown_at_ VERIFIER_GUARDED_BY(mutex_);
    std::uint64_t shown_done_ VERIFIER_GUARDED_BY(mutex_) = 0;
    bool bar_shown_ VERIFIER_GUARDED_BY(mutex_) = false;
};

/// A `ProgressBar` of the blocks that got a verdict.
class ProgressSink final : public core::VerificationListener {
  public:
    ProgressSink(std::FILE* stream, const base::Clock& clock, std::optional<std::uint64_t> total)
        : bar_(stream, clock, "blocks", total) {}

    [[nodiscard]] absl::Status recorded(const core::LedgerRecord& record) override;
    void finish() { bar_.finish(); }

  private:
    ProgressBar bar_;
    reports::ProgressFrame frame_;
};

}  // namespace parallax::app
