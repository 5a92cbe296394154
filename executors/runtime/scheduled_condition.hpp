#pragma once

#include "executors/runtime/yield_point.hpp"
#include "verifier/base/mutex.hpp"

namespace parallax::executors::runtime {

/// The condition variable of the executors: a plain one in the native modes; under an observer that
/// controls the schedule the wait happens there, so that a thread that waits is not scheduled.
/// The observer, which may be null, must outlive it.
class ScheduledCondition {
  public:
    explicit ScheduledCondition(ScheduleObserver* observer)
        : observer_(observer != nullptr && observer->controls() ? observer : nullptr) {}

    /// A wait may end without a notification: loop. False if the wait can never end, which is a
    /// deadlock that the observer has noted: leave.
    [[nodiscard]] bool wait(base::Mutex& mutex) VERIFIER_REQUIRES(mutex) {
        if (observer_ == nullptr) {
            condition_.wait(mutex);
            return true;
        }
        // Only the thread whose turn it is runs: nothing can happen between these lines.
        mutex.unlock();
        const bool notified = observer_->wait(this);
        mutex.lock();
        return notified;
    }
    void notify_one() noexcept {
        if (observer_ == nullptr) {
            condition_.notify_one();
        } else {
            observer_->notify(this, false);
        }
    }
    void notify_all() noexcept {
        if (observer_ == nullptr) {
            condition_.notify_all();
        } else {
            observer_->notify(this, true);
        }
    }

  private:
    ScheduleObserver* const observer_;
    base::ConditionVariable condition_;
};

}  // namespace parallax::executors::runtime
