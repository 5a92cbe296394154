#include "app/terminal/stop_signals.hpp"

#include "replay/archive/unfinished_files.hpp"

#include <csignal>

namespace parallax::app {
namespace {

// A signal handler can reach nothing but globals.
std::atomic<bool> stop_requested{false};
/// Which signal asked first.
std::atomic<int> first_signal{0};
std::atomic<bool> first_one_ends{false};
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<int>::is_always_lock_free);

/// Whoever started the program may have held them back.
void unblock(int signal) {
    sigset_t these;
    sigemptyset(&these);
    sigaddset(&these, signal);
    pthread_sigmask(SIG_UNBLOCK, &these, nullptr);
}

/// As the system's default does, so that whoever waits for the program sees which signal it was.
void end_by(int signal) {
    replay::remove_unfinished_files();
    struct sigaction fall_back {};
    fall_back.sa_handler = SIG_DFL;
    sigaction(signal, &fall_back, nullptr);
    unblock(signal);
    raise(signal);
}

extern "C" void on_stop_signal(int signal) {
    if (stop_requested.exchange(true) || first_one_ends) {
        end_by(signal);
        return;
    }
    first_signal = signal;
}

}  // namespace

void keep_stop_signals() {
    first_one_ends = false;
    struct sigaction handler {};
    handler.sa_handler = on_stop_signal;
    sigemptyset(&handler.sa_mask);
    handler.sa_flags = SA_RESTART;
    sigaction(SIGINT, &handler, nullptr);
    sigaction(SIGTERM, &handler, nullptr);
    unblock(SIGINT);
    unblock(SIGTERM);
}

void end_at_stop_signals() {
    first_one_ends = true;
    if (stop_requested) {
        end_by(first_signal == 0 ? SIGTERM : first_signal.load());
    }
}

StopSignals::StopSignals() {
    keep_stop_signals();
}

StopSignals::~StopSignals() {
    // What comes after, as the writing of a report, is not asked to stop but ended.
    first_one_ends = true;
}

const std::atomic<bool>& StopSignals::requested() const noexcept {
    return stop_requested;
}

}  // namespace parallax::app
