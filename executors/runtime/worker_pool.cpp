#include "executors/runtime/worker_pool.hpp"

#include "verifier/model/outcome.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <pthread.h>
#include <system_error>
#include <utility>

namespace parallax::executors::runtime {

absl::StatusOr<std::unique_ptr<WorkerPool>> WorkerPool::create(Options options) {
    if (options.workers < 1 || options.workers > kMaxWorkers) {
        return absl::InvalidArgumentError(fmt::format("{} workers asked for, 1 to {} are possible",
                                                      options.workers, kMaxWorkers));
    }
    std::unique_ptr<WorkerPool> pool(new WorkerPool(options));
    for (std::uint32_t worker = 1; worker < options.workers; ++worker) {
        try {
            pool->threads_.emplace_back([raw = pool.get(), worker] { raw->thread_main(worker); });
        } catch (const std::system_error& error) {
            return absl::ResourceExhaustedError(fmt::format(
                "thread {} of {} could not be started: {}", worker, options.workers, error.what()));
        }
        // Linux keeps 15 characters of a thread's name.
        const std::string name = fmt::format("{:.11}-{}", options.name, worker);
        pthread_setname_np(pool->threads_.back().native_handle(), name.substr(0, 15).c_str());
    }
    return pool;
}

WorkerPool::WorkerPool(const Options& options)
    : workers_(options.workers), observer_(options.observer), used_workers_(options.workers) {}

WorkerPool::~WorkerPool() {
    {
        base::MutexLock lock(mutex_);
        stopping_ = true;
        work_ready_.notify_all();
    }
    for (std::thread& thread : threads_) {
        thread.join();
    }
}

// The caller waits for workers that have begun, never for one that has not woken up yet: on a busy
// machine that takes longer than the work, and the caller has done it by then. Only a controlled
// schedule has every worker take part.
void WorkerPool::run(std::uint32_t count, const Task& task) {
    runs_.fetch_add(1, std::memory_order_relaxed);
    tasks_.fetch_add(count, std::memory_order_relaxed);
    // Waking a thread costs more than a single task: the caller does it alone.
    const bool alone = used_workers_ < 2 || count < 2;
    const bool controlled = !alone && observer_ != nullptr && observer_->controls();
    if (controlled) {
        observer_->run_begins(used_workers_);
    }
    const std::uint32_t others =
        alone ? 0 : (controlled ? used_workers_ : std::min(count, used_workers_)) - 1;
    {
        base::MutexLock lock(mutex_);
        task_ = &task;
        count_ = count;
        controlled_ = controlled;
        failure_ = nullptr;
        next_item_.store(0, std::memory_order_relaxed);
        places_ = others;
        ++generation_;
    }
    if (controlled) {
        work_ready_.notify_all();
    } else {
        for (std::uint32_t i = 0; i < others; ++i) {
            work_ready_.notify_one();
        }
    }
    work(0);
    std::exception_ptr failure;
    {
        base::MutexLock lock(mutex_);
        if (!controlled) {
            places_ = 0;
        }
        while (busy_ > 0 || places_ > 0) {
            all_idle_.wait(mutex_);
        }
        task_ = nullptr;
        failure = std::exchange(failure_, nullptr);
    }
    if (failure) {
        std::rethrow_exception(failure);
    }
}

void WorkerPool::thread_main(std::uint32_t worker) {
    std::uint64_t seen = 0;
    while (true) {
        {
            base::MutexLock lock(mutex_);
            while (!stopping_ && !may_join(worker, seen)) {
                work_ready_.wait(mutex_);
            }
            if (stopping_) {
                return;
            }
            seen = generation_;
            places_ -= 1;
            busy_ += 1;
        }
        work(worker);
        base::MutexLock lock(mutex_);
        if (--busy_ == 0) {
            all_idle_.notify_one();
        }
    }
}

bool WorkerPool::may_join(std::uint32_t worker, std::uint64_t seen) const {
    return places_ > 0 && generation_ != seen && (!controlled_ || worker < used_workers_);
}

void WorkerPool::work(std::uint32_t worker) {
    executing_.fetch_add(1, std::memory_order_relaxed);
    const bool controlled = controlled_;
    if (controlled) {
        observer_->worker_begins(worker);
    }
    while (true) {
        yield(YieldPoint::kTask, worker, model::kPreState);
        const std::uint32_t item = next_item_.fetch_add(1, std::memory_order_relaxed);
        if (item >= count_) {
            break;
        }
        try {
            (*task_)(worker, item);
        } catch (...) {
            base::MutexLock lock(mutex_);
            if (!failure_ || item < failed_item_) {
                failure_ = std::current_exception();
                failed_item_ = item;
            }
            next_item_.store(count_, std::memory_order_relaxed);
        }
    }
    if (controlled) {
        observer_->worker_ends(worker);
    }
    executing_.fetch_sub(1, std::memory_order_relaxed);
}

void WorkerPool::use_workers(std::uint32_t limit) noexcept {
    base::MutexLock lock(mutex_);
    used_workers_ = std::clamp<std::uint32_t>(limit, 1, workers_);
}

WorkerPool::State WorkerPool::state() const noexcept {
    return {workers_, executing_.load(std::memory_order_relaxed),
            runs_.load(std::memory_order_relaxed), tasks_.load(std::memory_order_relaxed)};
}

}  // namespace parallax::executors::runtime
