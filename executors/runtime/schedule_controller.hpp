#pragma once

#include "executors/runtime/schedule_picker.hpp"
#include "executors/runtime/yield_point.hpp"
#include "verifier/base/mutex.hpp"
#include "verifier/core/schedule/scheduled_lane_runner.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace parallax::executors::runtime {

/// What one run was: who reached which yield point, in order.
struct ScheduleEvent {
    YieldPoint point = YieldPoint::kClaim;
    std::uint8_t worker = 0;
    std::uint32_t transaction = 0;
    friend bool operator==(const ScheduleEvent&, const ScheduleEvent&) = default;
};

/// What came of one run under a controller.
struct ScheduleReport {
    std::vector<ScheduleEvent> events;
    std::vector<core::ScheduleChoice> choices;
    /// Every worker waited for another.
    bool deadlock = false;
    /// The step limit was reached: the run was cancelled.
    bool livelock = false;
    /// Decisions of a replayed schedule that could not be followed.
    std::uint64_t departures = 0;
    /// Choices before the deadlock or the livelock.
    std::size_t choices_to_hazard = 0;

    /// All choices; of a run that did not end, those up to then.
    [[nodiscard]] std::span<const core::ScheduleChoice> deciding_choices() const noexcept;
    /// They, as a schedule that gives the same run.
    [[nodiscard]] std::vector<std::uint8_t> decisions() const;
};

/// Decides who runs, on real threads: a baton goes from worker to worker at the yield points and
/// at waits, and only its holder runs. In the native modes it records or delays and decides
/// nothing. One block at a time: `begin`, then one `execute` of an executor whose pool has this
/// observer, then `end`. Outlives pool and executor.
class ScheduleController final : public ScheduleObserver {
  public:
    using Run = core::SchedulePlan;
    ScheduleController();
    ~ScheduleController() override;

    void begin(const Run& run);
    [[nodiscard]] ScheduleReport end();
    /// Set when a run is cancelled; for the executor's context.
    [[nodiscard]] std::atomic<bool>& cancelled() noexcept { return cancelled_; }

    void reached(YieldPoint point, std::uint32_t worker,
                 std::uint32_t transaction) noexcept override;
    [[nodiscard]] bool controls() const noexcept override { return controlled_; }
    void run_begins(std::uint32_t workers) noexcept override;
    void worker_begins(std::uint32_t worker) noexcept override;
    void worker_ends(std::uint32_t worker) noexcept override;
    [[nodiscard]] bool wait(const void* channel) noexcept override;
    void notify(const void* channel, bool all) noexcept override;

  private:
    enum class State : std::uint8_t { kRunnable, kWaiting, kEnded };
    struct Worker {
        State state = State::kEnded;
        const void* channel = nullptr;
        std::uint64_t waits_since = 0;
        base::ConditionVariable turn;
    };

    void perturb(std::uint64_t number) const noexcept;
    [[nodiscard]] std::uint64_t runnable() const VERIFIER_REQUIRES(mutex_);
    /// Hands the baton on; `current` is who had it.
    void choose(std::uint8_t current) VERIFIER_REQUIRES(mutex_);
    /// Nobody can run, and somebody waits.
    void break_deadlock() VERIFIER_REQUIRES(mutex_);
    void note_hazard() VERIFIER_REQUIRES(mutex_);
    void count_step() VERIFIER_REQUIRES(mutex_);
    void await_turn(std::uint8_t worker) VERIFIER_REQUIRES(mutex_);

    // Constant during a run.
    Run run_;
    bool controlled_ = false;

    std::atomic<bool> cancelled_{false};
    std::atomic<std::uint64_t> perturbations_{0};

    base::Mutex mutex_;
    std::vector<std::unique_ptr<Worker>> workers_ VERIFIER_GUARDED_BY(mutex_);
    std::unique_ptr<SchedulePicker> picker_ VERIFIER_GUARDED_BY(mutex_);
    ScheduleReport report_ VERIFIER_GUARDED_BY(mutex_);
    std::uint64_t steps_ VERIFIER_GUARDED_BY(mutex_) = 0;
    std::uint64_t waits_ VERIFIER_GUARDED_BY(mutex_) = 0;
    std::uint8_t running_ VERIFIER_GUARDED_BY(mutex_) = core::kNobody;
    /// A parallel run is under way; before and after it the caller runs alone.
    bool active_ VERIFIER_GUARDED_BY(mutex_) = false;
    /// Even a cancelled run does not end: everybody runs unscheduled.
    bool released_ VERIFIER_GUARDED_BY(mutex_) = false;
};

}  // namespace parallax::executors::runtime
