#pragma once

#include <atomic>
#include <csignal>

namespace parallax {

/// While it lives, the first SIGINT or SIGTERM only asks for a stop; a second one kills, as the
/// system's default does. One at a time in a process.
class StopSignals {
  public:
    StopSignals();
    ~StopSignals();
    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;

    /// Set once a stop was asked for; handed down to the loops.
    [[nodiscard]] const std::atomic<bool>& requested() const noexcept;

  private:
    struct sigaction previous_interrupt_ {};
    struct sigaction previous_terminate_ {};
};

}  // namespace parallax
