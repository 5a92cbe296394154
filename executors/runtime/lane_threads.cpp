#include "executors/runtime/lane_threads.hpp"

#include <fmt/format.h>

#include <deque>
#include <optional>
#include <pthread.h>
#include <system_error>
#include <thread>
#include <utility>

namespace parallax::executors::runtime {

class LaneThreadSet::Thread {
  public:
    explicit Thread(std::size_t lane) : thread_([this] { work(); }) {
        pthread_setname_np(thread_.native_handle(), fmt::format("px-lane-{}", lane).c_str());
    }
    ~Thread() {
        {
            base::MutexLock lock(mutex_);
            stopping_ = true;
            changed_.notify_all();
        }
        thread_.join();
    }
    Thread(const Thread&) = delete;
    Thread& operator=(const Thread&) = delete;

    void post(std::function<void()> work) {
        base::MutexLock lock(mutex_);
        queue_.push_back(std::move(work));
        changed_.notify_all();
    }

  private:
    void work() {
        while (std::optional<std::function<void()>> next = take()) {
            (*next)();
        }
    }
    /// Nothing once the owner stops and the queue is empty.
    std::optional<std::function<void()>> take() {
        base::MutexLock lock(mutex_);
        while (queue_.empty() && !stopping_) {
            changed_.wait(mutex_);
        }
        if (queue_.empty()) {
            return std::nullopt;
        }
        std::function<void()> next = std::move(queue_.front());
        queue_.pop_front();
        return next;
    }

    base::Mutex mutex_;
    base::ConditionVariable changed_;
    std::deque<std::function<void()>> queue_ VERIFIER_GUARDED_BY(mutex_);
    bool stopping_ VERIFIER_GUARDED_BY(mutex_) = false;
    std::thread thread_;  // last: it starts in the constructor and uses all of the above
};

LaneThreadSet::LaneThreadSet() = default;
LaneThreadSet::~LaneThreadSet() = default;

absl::StatusOr<std::unique_ptr<LaneThreadSet>> LaneThreadSet::create(std::size_t lanes) {
    std::unique_ptr<LaneThreadSet> set(new LaneThreadSet);
    try {
        for (std::size_t lane = 0; lane < lanes; ++lane) {
            set->threads_.push_back(std::make_unique<Thread>(lane));
        }
    } catch (const std::system_error& error) {
        return absl::ResourceExhaustedError(fmt::format("no thread for lane {} of {}: {}",
                                                        set->threads_.size(), lanes, error.what()));
    }
    return set;
}

void LaneThreadSet::post(std::size_t lane, std::function<void()> work) {
    threads_[lane]->post(std::move(work));
}

}  // namespace parallax::executors::runtime
