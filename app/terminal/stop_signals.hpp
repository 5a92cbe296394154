#pragma once

#include <atomic>

namespace parallax::app {

/// From now on the first SIGINT or SIGTERM is kept for who asks for it, and a second one ends the
/// program. `main` calls it first, so that no signal is lost however early it comes.
void keep_stop_signals();

/// From now on the first one ends the program too, as the system's default does, after unfinished
/// files are removed. So it does at once if one was kept. For a command that nobody can ask to
/// stop.
void end_at_stop_signals();

/// While it lives, the first SIGINT or SIGTERM only asks for a stop, one from before included; a
/// second one ends the program, after unfinished files are removed. One at a time in a process.
class StopSignals {
  public:
    StopSignals();
    ~StopSignals();
    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;

    /// Set once a stop was asked for; handed down to the loops.
    [[nodiscard]] const std::atomic<bool>& requested() const noexcept;
};

}  // namespace parallax::app
