#include "verifier/service/telemetry/monitor.hpp"

#include "verifier/base/clock.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace parallax::service {

std::string_view loop_state_name(LoopState state) noexcept {
    switch (state) {
        case LoopState::kWaitingForState:
            return "waiting_for_state";
        case LoopState::kRunning:
            return "running";
        case LoopState::kPaused:
            return "paused";
        case LoopState::kStuck:
            return "stuck";
        case LoopState::kStopping:
            return "stopping";
    }
    return "unknown";
}

void Monitor::set_state(LoopState state, std::string detail) {
    base::MutexLock lock(mutex_);
    status_.state = state;
    status_.detail = std::move(detail);
}

void Monitor::set_position(const core::Cursor& cursor,
                           std::optional<model::Topoheight> undo_floor) {
    base::MutexLock lock(mutex_);
    status_.cursor = cursor;
    status_.undo_floor = undo_floor;
}

void Monitor::set_candidates(std::vector<CandidateState> candidates) {
    base::MutexLock lock(mutex_);
    status_.candidates = std::move(candidates);
}

void Monitor::begin_work(std::chrono::nanoseconds now) {
    base::MutexLock lock(mutex_);
    status_.busy_since = now;
}

void Monitor::end_work() {
    base::MutexLock lock(mutex_);
    status_.busy_since = std::nullopt;
}

void Monitor::recall(std::uint64_t inconclusive_in_a_row, std::optional<CanaryReport> last_canary) {
    base::MutexLock lock(mutex_);
    status_.inconclusive_in_a_row = inconclusive_in_a_row;
    status_.last_canary = std::move(last_canary);
}

void Monitor::count_verdict(BlockObservation block) {
    base::MutexLock lock(mutex_);
    switch (block.kind) {
        case model::VerdictKind::kMatch:
            ++totals_.matches;
            break;
        case model::VerdictKind::kMismatch:
            ++totals_.mismatches;
            break;
        case model::VerdictKind::kInconclusive:
            ++totals_.inconclusive;
            break;
    }
    if (block.reason) {
        ++totals_
              .inconclusive_by_reason[std::string(model::inconclusive_reason_name(*block.reason))];
    }
    for (const auto& [name, count] : block.findings) {
        totals_.findings_by_class[name] += count;
    }
    totals_.transactions += block.transactions;
    totals_.executed += block.executed;
    totals_.failed += block.failed;
    status_.inconclusive_in_a_row =
        block.kind == model::VerdictKind::kInconclusive ? status_.inconclusive_in_a_row + 1 : 0;
    blocks_.push_back(std::move(block));
    if (blocks_.size() > kRememberedBlocks) {
        blocks_.pop_front();
    }
}

void Monitor::count_canary(const CanaryReport& canary) {
    base::MutexLock lock(mutex_);
    ++(canary.result == CanaryResult::kDetected ? totals_.canaries_detected
                                                : totals_.canaries_silent);
    status_.last_canary = canary;
    if (!blocks_.empty()) {
        blocks_.back().canary = canary;
    }
}

void Monitor::count_rewind(std::uint64_t blocks) {
    base::MutexLock lock(mutex_);
    ++totals_.rewinds;
    totals_.rewound_blocks += blocks;
}

void Monitor::count_gap() {
    base::MutexLock lock(mutex_);
    ++totals_.gaps;
}

void Monitor::count_exhausted() {
    base::MutexLock lock(mutex_);
    ++totals_.resource_exhausted;
}

void Monitor::count_refused() {
    base::MutexLock lock(mutex_);
    ++totals_.refused;
}

void Monitor::count_redelivered() {
    base::MutexLock lock(mutex_);
    ++totals_.redelivered;
}

LoopStatus Monitor::status() const {
    base::MutexLock lock(mutex_);
    return status_;
}

ServiceTotals Monitor::totals() const {
    base::MutexLock lock(mutex_);
    return totals_;
}

std::vector<BlockObservation> Monitor::last_blocks(std::size_t count) const {
    base::MutexLock lock(mutex_);
    const auto wanted = static_cast<std::ptrdiff_t>(std::min(count, blocks_.size()));
    return {blocks_.end() - wanted, blocks_.end()};
}

HealthAnswer judge_health(const LoopStatus& status, const HealthSettings& settings,
                          std::chrono::nanoseconds now) {
    if (status.state != LoopState::kRunning) {
        std::string reason = fmt::format("the loop is {}", loop_state_name(status.state));
        if (!status.detail.empty()) {
            reason += ": " + status.detail;
        }
        return {false, std::move(reason)};
    }
    if (status.busy_since &&
        now - *status.busy_since > base::limit_of_seconds(settings.stuck_seconds)) {
        return {false,
                fmt::format("a block has been at work for more than {} s", settings.stuck_seconds)};
    }
    if (settings.inconclusive_blocks > 0 &&
        status.inconclusive_in_a_row >= settings.inconclusive_blocks) {
        return {false,
                fmt::format("the last {} blocks were not compared", status.inconclusive_in_a_row)};
    }
    if (status.last_canary && status.last_canary->result == CanaryResult::kSilent) {
        return {
            false,
            fmt::format("the canary {} on block {} was silent: {}", status.last_canary->fault,
                        status.last_canary->block.topoheight.value(), status.last_canary->detail)};
    }
    return {true, ""};
}

}  // namespace parallax::service
