#pragma once

#include "executors/runtime/scheduled_condition.hpp"
#include "verifier/base/mutex.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace parallax::executors::speculative {

/// Tells the workers what to do next with the transactions of one block: execute, validate or
/// commit. Collaborative: any worker may get any task, and each comes back for the next.
///
///   execute   the lowest transaction that is ready
///   validate  executed transactions from the validation index on; the index falls back when a
///             lower transaction has changed a row that higher ones have read
///   commit    the frontier: the lowest transaction not committed, one at a time, in block order
///
/// A transaction has at most one owner, the worker that holds a task for it, so what belongs to it
/// needs no lock of its own. The block is done when the frontier reaches its end, and at no other
/// time: no count of tasks in flight can end it early. A worker that finds nothing to do sleeps,
/// except the last one awake, which runs the frontier's transaction: the schedule cannot stall.
///
/// Validation here is a hint that starts re-executions early; the committer validates each
/// transaction once more when all lower ones are final. Thread-safe.
class SpeculationScheduler {
  public:
    struct Options {
        /// Attempts at one transaction that may be given up; then it waits for the frontier.
        std::uint32_t max_incarnations = 16;
        /// Attempts at all transactions; after that many the rest runs at the frontier.
        std::uint64_t max_attempts = 0;
        /// Decides over waits where it controls the schedule; may be null.
        runtime::ScheduleObserver* observer = nullptr;
        /// A seeded fault: nobody is told that the block is done.
        bool forgets_last_wakeup = false;
    };
    enum class Work : std::uint8_t { kExecute, kValidate, kCommit, kNone };
    struct Task {
        Work work = Work::kNone;
        std::uint32_t transaction = 0;
        std::uint32_t incarnation = 0;
        /// For a commit: an attempt was executed and may be taken.
        bool has_attempt = false;
    };
    struct Counts {
        std::uint64_t attempts = 0;
        std::uint64_t aborts = 0;
        std::uint64_t validations = 0;
        /// Times that the attempts ran out.
        std::uint64_t watchdog = 0;
        /// Times that the last worker awake found nothing to do: 0, or there is a bug here.
        std::uint64_t stalls = 0;
    };

    /// `predecessors[i]` is a lower transaction that i is not tried before, or `kNoPredecessor`.
    static constexpr std::uint32_t kNoPredecessor = 0xFFFF'FFFF;
    SpeculationScheduler(const std::vector<std::uint32_t>& predecessors, Options options);

    /// Around a worker's part in the block. Leaving before the block's end stops it for all.
    void enter();
    void leave();

    /// The next task; sleeps while there is none. `kNone` when the block is done or stopped.
    [[nodiscard]] Task next();

    /// Ends of tasks. `affects_higher` tells that a higher transaction has read a row that changed.
    void executed(std::uint32_t transaction, bool affects_higher);
    /// The attempt read an estimate of `writer`: it is tried again when that has been executed.
    void blocked(std::uint32_t transaction, std::uint32_t writer);
    void validated(std::uint32_t transaction, bool valid, bool affects_higher);
    void committed(std::uint32_t transaction, bool affects_higher);

    /// Makes every worker leave.
    void stop();
    [[nodiscard]] bool done() const;
    [[nodiscard]] Counts counts() const;

  private:
    enum class State : std::uint8_t {
        kReady,
        kExecuting,
        /// Waits for another transaction to be executed.
        kBlocked,
        kExecuted,
        kValidating,
        /// Given up too often: runs at the frontier.
        kFrontierOnly,
        kCommitting,
        kCommitted,
    };
    struct Entry {
        State state = State::kReady;
        std::uint32_t incarnation = 0;
        /// A wave of validation passed while somebody owned it.
        bool suspect = false;
        std::vector<std::uint32_t> dependents;
    };

    [[nodiscard]] std::optional<Task> take() VERIFIER_REQUIRES(mutex_);
    [[nodiscard]] Task take_commit() VERIFIER_REQUIRES(mutex_);
    [[nodiscard]] Task take_execution() VERIFIER_REQUIRES(mutex_);
    [[nodiscard]] bool work_left() VERIFIER_REQUIRES(mutex_);
    [[nodiscard]] bool can_commit() const VERIFIER_REQUIRES(mutex_);
    void advance() VERIFIER_REQUIRES(mutex_);
    void make_ready(std::uint32_t transaction) VERIFIER_REQUIRES(mutex_);
    void resume_dependents(std::uint32_t transaction) VERIFIER_REQUIRES(mutex_);
    void end_ownership(std::uint32_t transaction, State state) VERIFIER_REQUIRES(mutex_);
    void validate_from(std::uint32_t transaction) VERIFIER_REQUIRES(mutex_);

    const Options options_;
    const std::uint32_t count_;

    mutable base::Mutex mutex_;
    runtime::ScheduledCondition changed_;
    std::vector<Entry> entries_ VERIFIER_GUARDED_BY(mutex_);
    /// Nothing below is ready; nothing below is to be validated; nothing at or above has started.
    std::uint32_t execution_ VERIFIER_GUARDED_BY(mutex_) = 0;
    std::uint32_t validation_ VERIFIER_GUARDED_BY(mutex_) = 0;
    std::uint32_t started_end_ VERIFIER_GUARDED_BY(mutex_) = 0;
    std::uint32_t frontier_ VERIFIER_GUARDED_BY(mutex_) = 0;
    std::uint32_t workers_ VERIFIER_GUARDED_BY(mutex_) = 0;
    std::uint32_t sleeping_ VERIFIER_GUARDED_BY(mutex_) = 0;
    bool committing_ VERIFIER_GUARDED_BY(mutex_) = false;
    /// The attempts have run out.
    bool serial_ VERIFIER_GUARDED_BY(mutex_) = false;
    bool stopped_ VERIFIER_GUARDED_BY(mutex_) = false;
    Counts counts_ VERIFIER_GUARDED_BY(mutex_);
};

}  // namespace parallax::executors::speculative
