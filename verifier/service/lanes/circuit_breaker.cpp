#include "verifier/service/lanes/circuit_breaker.hpp"

#include <algorithm>

namespace parallax::service {

std::string_view circuit_state_name(CircuitState state) noexcept {
    switch (state) {
        case CircuitState::kClosed:
            return "closed";
        case CircuitState::kOpen:
            return "open";
        case CircuitState::kHalfOpen:
            return "half_open";
    }
    return "unknown";
}

bool CircuitBreaker::allows_block() {
    if (state_ != CircuitState::kOpen) {
        return true;
    }
    if (blocks_left_ > 0) {
        --blocks_left_;
        return false;
    }
    state_ = CircuitState::kHalfOpen;
    blocks_left_ = settings_.trial_blocks;
    return true;
}

void CircuitBreaker::record(const model::LaneReport& lane) {
    if (settings_.failures == 0) {
        return;
    }
    const bool failed = is_failure(lane);
    switch (state_) {
        case CircuitState::kClosed:
            failures_ = failed ? failures_ + 1 : 0;
            if (failures_ >= settings_.failures) {
                open();
            }
            return;
        case CircuitState::kHalfOpen:
            if (failed) {
                open();
            } else if (blocks_left_ <= 1) {
                state_ = CircuitState::kClosed;
                blocks_left_ = 0;
            } else {
                --blocks_left_;
            }
            return;
        case CircuitState::kOpen:
            return;  // a block that was started before the circuit opened
    }
}

void CircuitBreaker::configure(CircuitBreakerSettings settings) {
    settings_ = settings;
    if (settings_.failures == 0) {
        state_ = CircuitState::kClosed;
        failures_ = 0;
        blocks_left_ = 0;
    } else if (state_ == CircuitState::kOpen) {
        blocks_left_ = std::min(blocks_left_, settings_.open_blocks);
    } else if (state_ == CircuitState::kHalfOpen) {
        blocks_left_ = std::min(blocks_left_, settings_.trial_blocks);
    }
}

bool CircuitBreaker::is_failure(const model::LaneReport& lane) const noexcept {
    if (lane.kind == model::VerdictKind::kMismatch) {
        return settings_.count_mismatches;
    }
    if (lane.reason == model::InconclusiveReason::kTimedOut) {
        return settings_.count_timeouts;
    }
    // A lane that cannot be compared is no use to go on with, either.
    return lane.reason == model::InconclusiveReason::kExecutorFailed ||
           lane.reason == model::InconclusiveReason::kNotCompared;
}

void CircuitBreaker::open() {
    state_ = CircuitState::kOpen;
    failures_ = 0;
    ++opened_;
    blocks_left_ = settings_.open_blocks;
}

}  // namespace parallax::service
