#pragma once

#include "verifier/base/mutex.hpp"
#include "verifier/core/store/chain_store.hpp"
#include "verifier/core/store/ledger.hpp"
#include "verifier/service/client/feeder.hpp"
#include "verifier/service/lanes/canary_report.hpp"
#include "verifier/service/lanes/guarded_executor.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace parallax::service {

/// What the verify loop does.
enum class LoopState : std::uint8_t {
    kWaitingForState = 0,
    kRunning = 1,
    kPaused = 2,
    /// It cannot go on by itself.
    kStuck = 3,
    kStopping = 4,
};
[[nodiscard]] std::string_view loop_state_name(LoopState state) noexcept;

/// One lane on one block.
struct LaneObservation {
    std::string executor;
    /// Nothing for the control.
    std::optional<model::VerdictKind> kind;
    /// Whether it ran to the end; the rest is 0 and empty otherwise.
    bool finished = false;
    std::uint64_t nanoseconds = 0;
    /// What it counted about itself.
    std::map<std::string, std::uint64_t> counters;
};

/// What is remembered of a block after its verdict.
struct BlockObservation {
    BlockId block;
    model::VerdictKind kind = model::VerdictKind::kInconclusive;
    std::optional<model::InconclusiveReason> reason;
    std::uint32_t transactions = 0;
    std::uint32_t executed = 0;
    std::uint32_t failed = 0;
    /// The control, then the candidates.
    std::vector<LaneObservation> lanes;
    /// Failed transactions of the control by error code, and findings by class; names of the model.
    std::map<std::string, std::uint64_t> errors;
    std::map<std::string, std::uint64_t> findings;
    /// The canary that ran after it; in none of the above.
    std::optional<CanaryReport> canary;
};

/// Sums since the start.
struct ServiceTotals {
    std::uint64_t matches = 0;
    std::uint64_t mismatches = 0;
    std::uint64_t inconclusive = 0;
    std::map<std::string, std::uint64_t> inconclusive_by_reason;
    std::map<std::string, std::uint64_t> findings_by_class;
    std::uint64_t transactions = 0;
    std::uint64_t executed = 0;
    std::uint64_t failed = 0;
    std::uint64_t rewinds = 0;
    std::uint64_t rewound_blocks = 0;
    std::uint64_t gaps = 0;
    std::uint64_t resource_exhausted = 0;
    std::uint64_t refused = 0;
    std::uint64_t redelivered = 0;
    std::uint64_t canaries_detected = 0;
    std::uint64_t canaries_silent = 0;
};

/// Where the loop stands now.
struct LoopStatus {
    LoopState state = LoopState::kWaitingForState;
    /// Why it is stuck.
    std::string detail;
    std::optional<core::Cursor> cursor;
    std::optional<model::Topoheight> undo_floor;
    std::uint64_t inconclusive_in_a_row = 0;
    /// When the loop began what it is doing; nothing if it waits.
    std::optional<std::chrono::nanoseconds> busy_since;
    std::vector<CandidateState> candidates;
    std::optional<CanaryReport> last_canary;
};

/// What the service knows about itself: written by the loop and the streams, read by status calls
/// and health. Keeps the last `kRememberedBlocks`. Safe from any thread.
class Monitor {
  public:
    static constexpr std::size_t kRememberedBlocks = 10'000;

    void set_state(LoopState state, std::string detail);
    void set_position(const core::Cursor& cursor, std::optional<model::Topoheight> undo_floor);
    void set_candidates(std::vector<CandidateState> candidates);
    void begin_work(std::chrono::nanoseconds now);
    void end_work();

    /// What the runs before have left: a restart makes nothing green.
    void recall(std::uint64_t inconclusive_in_a_row, std::optional<CanaryReport> last_canary);
    void count_verdict(BlockObservation block);
    /// Of the block that was counted last.
    void count_canary(const CanaryReport& canary);
    void count_rewind(std::uint64_t blocks);
    void count_gap();
    void count_exhausted();
    void count_refused();
    void count_redelivered();

    [[nodiscard]] LoopStatus status() const;
    [[nodiscard]] ServiceTotals totals() const;
    /// At most the last `count` blocks, ascending in time.
    [[nodiscard]] std::vector<BlockObservation> last_blocks(std::size_t count) const;

  private:
    mutable base::Mutex mutex_;
    LoopStatus status_ VERIFIER_GUARDED_BY(mutex_);
    ServiceTotals totals_ VERIFIER_GUARDED_BY(mutex_);
    std::deque<BlockObservation> blocks_ VERIFIER_GUARDED_BY(mutex_);
};

/// What the health service answers, and why.
struct HealthAnswer {
    bool serving = false;
    std::string reason;
};
[[nodiscard]] HealthAnswer judge_health(const LoopStatus& status, const HealthSettings& settings,
                                        std::chrono::nanoseconds now);

}  // namespace parallax::service
