#pragma once

#include "executors/runtime/yield_point.hpp"
#include "verifier/base/mutex.hpp"

#include "absl/status/statusor.h"

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace parallax::executors::runtime {

/// A fixed set of threads that run numbered tasks: every scheduling decision of the executors goes
/// through one. The calling thread is worker 0 and takes part, so a pool of N workers has N-1
/// threads, and a pool of one has none. Waiting threads sleep; none spins.
///
/// One `run` at a time. Threads are named after the pool and joined by the destructor.
class WorkerPool {
  public:
    struct Options {
        /// Prefix of the threads' names: at most 11 characters are kept.
        std::string name = "px-worker";
        /// Threads that work at once, the caller included: 1 to `kMaxWorkers`.
        std::uint32_t workers = 1;
        /// Sees the yield points; null in native mode. Must outlive the pool.
        ScheduleObserver* observer = nullptr;
    };
    static constexpr std::uint32_t kMaxWorkers = 256;

    /// InvalidArgument for a number of workers out of range; ResourceExhausted if the system gives
    /// no more threads.
    [[nodiscard]] static absl::StatusOr<std::unique_ptr<WorkerPool>> create(Options options);
    ~WorkerPool();
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;

    /// Calls `task(worker, item)` once for every item in [0, count) and returns when all are done.
    /// How many workers take part is for the system's scheduler to say: the caller does what is
    /// left, and waits for those that have begun.
    /// Items are claimed in ascending order. If a task throws, items not yet claimed are dropped
    /// and, once every worker is idle, the exception of the lowest item is thrown here.
    using Task = std::function<void(std::uint32_t worker, std::uint32_t item)>;
    void run(std::uint32_t count, const Task& task);

    /// Lets the next runs use this many workers at most: 1 to `workers()`, cut to that. The others
    /// sleep on. Not during a run.
    void use_workers(std::uint32_t limit) noexcept;
    [[nodiscard]] std::uint32_t used_workers() const noexcept { return used_workers_; }

    void yield(YieldPoint point, std::uint32_t worker, std::uint32_t transaction) const noexcept {
        if (observer_ != nullptr) {
            observer_->reached(point, worker, transaction);
        }
    }
    [[nodiscard]] bool observed() const noexcept { return observer_ != nullptr; }
    /// For conditions that workers wait on (`ScheduledCondition`); may be null.
    [[nodiscard]] ScheduleObserver* observer() const noexcept { return observer_; }

    /// What the pool is doing, for metrics.
    struct State {
        std::uint32_t limit = 0;
        std::uint32_t executing = 0;
        std::uint64_t runs = 0;
        std::uint64_t tasks = 0;
    };
    [[nodiscard]] State state() const noexcept;
    [[nodiscard]] std::uint32_t workers() const noexcept { return workers_; }

  private:
    explicit WorkerPool(const Options& options);
    void thread_main(std::uint32_t worker);
    /// Whether a worker that took part in run `seen` last may take part in the one that is on.
    [[nodiscard]] bool may_join(std::uint32_t worker, std::uint64_t seen) const
        VERIFIER_REQUIRES(mutex_);
    void work(std::uint32_t worker);

    // Constant after construction.
    const std::uint32_t workers_;
    ScheduleObserver* const observer_;
    std::vector<std::thread> threads_;

    // Thread-safe by itself. `task_`, `count_`, `controlled_` and `used_workers_` are
    // published to the workers by `mutex_`.
    std::atomic<std::uint32_t> next_item_{0};
    std::atomic<std::uint32_t> executing_{0};
    std::atomic<std::uint64_t> runs_{0};
    std::atomic<std::uint64_t> tasks_{0};

    mutable base::Mutex mutex_;
    base::ConditionVariable work_ready_;
    base::ConditionVariable all_idle_;
    const Task* task_ = nullptr;
    std::uint32_t count_ = 0;
    bool controlled_ = false;
    std::uint32_t used_workers_ = 1;
    std::uint64_t generation_ VERIFIER_GUARDED_BY(mutex_) = 0;
    /// Workers that may still join the run, and those that have.
    std::uint32_t places_ VERIFIER_GUARDED_BY(mutex_) = 0;
    std::uint32_t busy_ VERIFIER_GUARDED_BY(mutex_) = 0;
    bool stopping_ VERIFIER_GUARDED_BY(mutex_) = false;
    std::exception_ptr failure_ VERIFIER_GUARDED_BY(mutex_);
    std::uint32_t failed_item_ VERIFIER_GUARDED_BY(mutex_) = 0;
};

}  // namespace parallax::executors::runtime
