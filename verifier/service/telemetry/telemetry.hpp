#pragma once

#include "verifier/core/verification/verification_listener.hpp"
#include "verifier/service/telemetry/metrics.hpp"
#include "verifier/service/telemetry/monitor.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parallax::service {

/// What the service tells of itself: each event is said once, here, and health, status calls,
/// statistics and metrics are all read from it. Outlives whoever tells it something. Safe from any
/// thread; nothing here waits for more than an addition.
class Telemetry {
  public:
    using Refusal = ServiceMetrics::Refusal;
    using CallRefusal = ServiceMetrics::CallRefusal;

    /// Series of these candidates exist from the start, at zero.
    explicit Telemetry(const std::vector<std::string>& candidates) : metrics_(candidates) {}

    // What the loop does.
    void set_state(LoopState state, std::string detail, bool paused);
    void set_stopping(std::string why);
    void set_position(const core::Cursor& cursor, std::optional<model::Topoheight> undo_floor);
    void set_candidates(std::vector<CandidateState> candidates);
    void set_canary_interval(std::uint64_t blocks) { metrics_.set_canary_interval(blocks); }
    void begin_work(std::chrono::nanoseconds now) { monitor_.begin_work(now); }
    void end_work() { monitor_.end_work(); }
    /// What the runs before have left: a restart makes nothing green.
    void recall(std::uint64_t inconclusive_in_a_row, std::optional<CanaryReport> last_canary);

    // What has become of blocks.
    /// `block` was compared and committed.
    void count_block(const core::FinishedBlock& block, std::string_view control);
    /// Of the block that was counted last; nothing else counts it.
    void count_canary(const CanaryReport& canary);
    void count_rewind(std::uint64_t blocks);
    /// Back to where it cannot: nothing was taken back.
    void count_refused_rewind(bool below_undo_window);
    /// A block does not follow: blocks between are missing, or it lies on another one.
    void count_gap();
    /// A block was not taken; of a gap `count_gap` says it.
    void count_refused(Refusal reason);
    /// The control failed on a block: it was executed, and has no verdict.
    void count_stuck() { monitor_.count_refused(); }
    void count_redelivered() { monitor_.count_redelivered(); }

    // What comes and goes at the door, and what waits.
    void set_lag(std::uint64_t blocks, std::chrono::milliseconds behind) {
        metrics_.set_lag(blocks, behind);
    }
    void set_queue(std::uint64_t blocks, std::uint64_t bytes) { metrics_.set_queue(blocks, bytes); }
    void set_connections(std::size_t open) { metrics_.set_connections(open); }
    void count_refused_call(CallRefusal reason) { metrics_.call_refused(reason); }
    void count_ended_connection(ConnectionEnd why) { metrics_.connection_ended(why); }

    // Read by health, status calls and statistics.
    [[nodiscard]] LoopStatus status() const { return monitor_.status(); }
    [[nodiscard]] ServiceTotals totals() const { return monitor_.totals(); }
    /// At most the last `count` blocks, ascending in time.
    [[nodiscard]] std::vector<BlockObservation> last_blocks(std::size_t count) const {
        return monitor_.last_blocks(count);
    }
    /// Read by Prometheus.
    [[nodiscard]] const ServiceMetrics& metrics() const noexcept { return metrics_; }

  private:
    Monitor monitor_;
    ServiceMetrics metrics_;
};

}  // namespace parallax::service
