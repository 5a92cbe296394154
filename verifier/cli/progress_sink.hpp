#pragma once

#include "reports/terminal.hpp"
#include "verifier/core/clock.hpp"
#include "verifier/core/verdict_sink.hpp"

#include <chrono>
#include <cstdio>
#include <optional>
#include <vector>

namespace parallax {

/// The system's monotonic clock.
class SteadyClock final : public Clock {
  public:
    [[nodiscard]] std::chrono::nanoseconds now() const override;
};

/// Shows how far a run is: a bar that overwrites itself on a terminal, else a plain line every two
/// seconds or ten percent, whichever comes later. The stream and the clock outlive it.
class ProgressSink final : public VerdictSink {
  public:
    ProgressSink(std::FILE* stream, const Clock& clock, std::optional<std::uint64_t> total);

    [[nodiscard]] absl::Status accept(const LedgerRecord& record) override;
    /// Takes the bar away, so that the next text starts on a clean line.
    void finish();

  private:
    [[nodiscard]] bool due(std::chrono::nanoseconds now) const;

    std::FILE* stream_;
    const Clock& clock_;
    bool is_terminal_;
    TerminalStyle style_;
    std::chrono::nanoseconds started_;
    std::chrono::nanoseconds shown_at_;
    std::uint64_t shown_done_ = 0;
    bool bar_shown_ = false;
    ProgressFrame frame_;
};

/// Hands each record to several sinks, in order; the first error stops it.
class SinkList final : public VerdictSink {
  public:
    /// `sink` may be null: it is left out. It outlives the list.
    void add(VerdictSink* sink);
    [[nodiscard]] absl::Status accept(const LedgerRecord& record) override;

  private:
    std::vector<VerdictSink*> sinks_;
};

}  // namespace parallax
