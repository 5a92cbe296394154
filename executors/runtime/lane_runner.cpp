#include "executors/runtime/lane_runner.hpp"

#include "verifier/base/clock.hpp"

#include <fmt/format.h>

#include <chrono>
#include <exception>
#include <optional>
#include <pthread.h>
#include <string>
#include <thread>

namespace parallax::executors::runtime {

/// One thread that sets a flag when a lane has run for too long.
class TimedLaneRunner::Watchdog {
  public:
    explicit Watchdog(std::uint64_t limit_ms)
        : limit_(base::limit_of_ms(limit_ms)), thread_([this] { watch(); }) {
        pthread_setname_np(thread_.native_handle(), "px-watchdog");
    }
    ~Watchdog() {
        {
            base::MutexLock lock(mutex_);
            stopping_ = true;
            changed_.notify_all();
        }
        thread_.join();
    }
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;

    void arm(std::atomic<bool>& flag) {
        base::MutexLock lock(mutex_);
        flag_ = &flag;
        deadline_ = std::chrono::steady_clock::now() + limit_;
        changed_.notify_all();
    }
    void disarm() {
        base::MutexLock lock(mutex_);
        flag_ = nullptr;
        changed_.notify_all();
    }

  private:
    void watch() {
        base::MutexLock lock(mutex_);
        while (!stopping_) {
            if (flag_ == nullptr) {
                changed_.wait(mutex_);
            } else if (std::chrono::steady_clock::now() >= deadline_) {
                flag_->store(true, std::memory_order_relaxed);
                flag_ = nullptr;
            } else {
                changed_.wait_until(mutex_, deadline_);
            }
        }
    }

    const std::chrono::nanoseconds limit_;
    base::Mutex mutex_;
    base::ConditionVariable changed_;
    std::atomic<bool>* flag_ VERIFIER_GUARDED_BY(mutex_) = nullptr;
    std::chrono::steady_clock::time_point deadline_ VERIFIER_GUARDED_BY(mutex_);
    bool stopping_ VERIFIER_GUARDED_BY(mutex_) = false;
    std::thread thread_;  // last: it starts in the constructor and uses all of the above
};

TimedLaneRunner::TimedLaneRunner(WorkerPool& pool, Options options)
    : pool_(pool), options_(options) {
    if (options_.time_limit_ms > 0) {
        watchdog_ = std::make_unique<Watchdog>(options_.time_limit_ms);
    }
}

TimedLaneRunner::~TimedLaneRunner() = default;

absl::StatusOr<model::BlockOutcome> TimedLaneRunner::run(
    core::BlockExecutor& executor,
    const std::function<absl::StatusOr<model::BlockOutcome>(const std::atomic<bool>& cancelled)>&
        lane) {
    std::atomic<bool> cancelled{false};
    const bool limited = watchdog_ != nullptr && &executor != options_.unlimited;
    if (limited) {
        watchdog_->arm(cancelled);
    }
    absl::StatusOr<model::BlockOutcome> outcome = absl::UnknownError("the lane did not run");
    // The net under an executor: whatever it throws ends here and touches no other lane.
    try {
        outcome = lane(cancelled);
    } catch (const std::exception& error) {
        outcome = absl::InternalError(
            fmt::format("executor {} threw: {}", executor.name(), error.what()));
    } catch (...) {
        outcome = absl::InternalError(
            fmt::format("executor {} threw something that is no std::exception", executor.name()));
    }
    if (limited) {
        watchdog_->disarm();
        if (cancelled.load(std::memory_order_relaxed)) {
            // A result that came after the limit is not taken: the limit would mean nothing.
            outcome = absl::DeadlineExceededError(fmt::format(
                "executor {} ran longer than {} ms", executor.name(), options_.time_limit_ms));
        }
    }
    return outcome;
}

std::vector<crypto::SignatureCheck> TimedLaneRunner::check_signatures(
    const protocol::AdmittedBlock& block) {
    return parallax::executors::runtime::check_signatures(block, pool_);
}

std::vector<crypto::SignatureCheck> check_signatures(const protocol::AdmittedBlock& block,
                                                     WorkerPool& pool) {
    const auto& transactions = block.transactions();
    std::vector<crypto::SignatureCheck> checks(transactions.size(),
                                               crypto::SignatureCheck::kInvalid);
    const protocol::SignatureSource source = protocol::SignatureSource::per_lane(block);
    pool.run(static_cast<std::uint32_t>(transactions.size()),
             [&](std::uint32_t, std::uint32_t item) {
                 checks[item] = source.under_source(model::TxIndex{item});
             });
    return checks;
}

}  // namespace parallax::executors::runtime
