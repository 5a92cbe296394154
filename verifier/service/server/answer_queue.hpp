#pragma once

#include "verifier/base/mutex.hpp"
#include "verifier/service/client/feeder.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>

namespace parallax::service {

/// Answers between the loop, which never waits, and the thread that writes them to one feeder. A
/// feeder that does not read fills it up; then the queue overflows: it is closed, what is in it is
/// dropped, and `on_overflow` is called once. Nothing is lost with that, every verdict is in the
/// ledger. Safe from any thread.
class AnswerQueue final : public FeederPort {
  public:
    struct Options {
        std::size_t max_answers = 4096;
        std::size_t max_bytes = 32ULL * 1024 * 1024;
        /// Must not call back into the queue, nor wait.
        std::function<void()> on_overflow;
    };
    explicit AnswerQueue(Options options) : options_(std::move(options)) {}

    void answer(FeederAnswer answer) override;
    /// The next answer; nothing once the queue is closed, or if none came for `patience`.
    [[nodiscard]] std::optional<FeederAnswer> take(std::chrono::milliseconds patience);
    /// Takes and gives nothing more.
    void close();

    [[nodiscard]] bool is_closed() const;
    [[nodiscard]] bool has_overflowed() const;
    [[nodiscard]] std::size_t bytes() const;

  private:
    struct Entry {
        FeederAnswer answer;
        std::size_t bytes = 0;
    };
    const Options options_;

    mutable base::Mutex mutex_;
    base::ConditionVariable changed_;
    std::deque<Entry> entries_ VERIFIER_GUARDED_BY(mutex_);
    std::size_t bytes_ VERIFIER_GUARDED_BY(mutex_) = 0;
    bool closed_ VERIFIER_GUARDED_BY(mutex_) = false;
    bool overflowed_ VERIFIER_GUARDED_BY(mutex_) = false;
};

}  // namespace parallax::service
