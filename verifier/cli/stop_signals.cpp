#include "verifier/cli/stop_signals.hpp"

namespace parallax {
namespace {

// A signal handler can reach nothing but a global; this is the process's only one.
std::atomic<bool> stop_requested{false};
static_assert(std::atomic<bool>::is_always_lock_free);

extern "C" void request_stop(int signal) {
    stop_requested.store(true, std::memory_order_relaxed);
    struct sigaction fall_back {};
    fall_back.sa_handler = SIG_DFL;
    sigaction(signal, &fall_back, nullptr);
}

}  // namespace

StopSignals::StopSignals() {
    stop_requested.store(false, std::memory_order_relaxed);
    struct sigaction handler {};
    handler.sa_handler = request_stop;
    sigemptyset(&handler.sa_mask);
    handler.sa_flags = SA_RESTART;
    sigaction(SIGINT, &handler, &previous_interrupt_);
    sigaction(SIGTERM, &handler, &previous_terminate_);
}

StopSignals::~StopSignals() {
    sigaction(SIGINT, &previous_interrupt_, nullptr);
    sigaction(SIGTERM, &previous_terminate_, nullptr);
}

const std::atomic<bool>& StopSignals::requested() const noexcept {
    return stop_requested;
}

}  // namespace parallax
