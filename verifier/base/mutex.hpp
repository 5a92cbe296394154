#pragma once

#include <condition_variable>
#include <mutex>

// Clang's capability attributes; nothing elsewhere. libstdc++'s own mutex carries none, and
// Debian's Abseil is not instrumented for ThreadSanitizer: hence this thin wrapper.
#if defined(__clang__)
#define VERIFIER_CAPABILITY(x) __attribute__((capability(x)))
#define VERIFIER_SCOPED_CAPABILITY __attribute__((scoped_lockable))
#define VERIFIER_GUARDED_BY(x) __attribute__((guarded_by(x)))
#define VERIFIER_REQUIRES(...) __attribute__((requires_capability(__VA_ARGS__)))
#define VERIFIER_ACQUIRE(...) __attribute__((acquire_capability(__VA_ARGS__)))
#define VERIFIER_RELEASE(...) __attribute__((release_capability(__VA_ARGS__)))
#define VERIFIER_NO_THREAD_SAFETY_ANALYSIS __attribute__((no_thread_safety_analysis))
#else
#define VERIFIER_CAPABILITY(x)
#define VERIFIER_SCOPED_CAPABILITY
#define VERIFIER_GUARDED_BY(x)
#define VERIFIER_REQUIRES(...)
#define VERIFIER_ACQUIRE(...)
#define VERIFIER_RELEASE(...)
#define VERIFIER_NO_THREAD_SAFETY_ANALYSIS
#endif

namespace parallax::base {

/// A mutual exclusion lock that Clang's thread-safety analysis understands.
class VERIFIER_CAPABILITY("mutex") Mutex {
  public:
    void lock() VERIFIER_ACQUIRE() { mutex_.lock(); }
    void unlock() VERIFIER_RELEASE() { mutex_.unlock(); }

  private:
    friend class ConditionVariable;
    std::mutex mutex_;
};

/// Holds a mutex for a scope.
class VERIFIER_SCOPED_CAPABILITY MutexLock {
  public:
    explicit MutexLock(Mutex& mutex) VERIFIER_ACQUIRE(mutex) : mutex_(mutex) { mutex_.lock(); }
    ~MutexLock() VERIFIER_RELEASE() { mutex_.unlock(); }
    MutexLock(const MutexLock&) = delete;
    MutexLock& operator=(const MutexLock&) = delete;

  private:
    Mutex& mutex_;
};

/// Waits on a `Mutex` that the caller holds. A wait may end without a notification: loop.
class ConditionVariable {
  public:
    void wait(Mutex& mutex) VERIFIER_REQUIRES(mutex) {
        std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
        condition_.wait(lock);
        lock.release();
    }
    /// False if `deadline` has passed.
    template <class Clock, class Duration>
    bool wait_until(Mutex& mutex, const std::chrono::time_point<Clock, Duration>& deadline)
        VERIFIER_REQUIRES(mutex) {
        std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
        const auto status = condition_.wait_until(lock, deadline);
        lock.release();
        return status == std::cv_status::no_timeout;
    }
    void notify_one() noexcept { condition_.notify_one(); }
    void notify_all() noexcept { condition_.notify_all(); }

  private:
    std::condition_variable condition_;
};

}  // namespace parallax::base
