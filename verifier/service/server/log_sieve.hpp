#pragma once

#include "verifier/base/mutex.hpp"
#include "verifier/service/server/rate_limit.hpp"

#include <cstdint>
#include <optional>
#include <utility>

namespace parallax::service {

/// Lets a few lines of a log pass at once, then one a second: for events that a stranger causes.
/// Safe from any thread.
class LogSieve {
  public:
    /// How many lines were left out since the last that passed, if this one passes.
    [[nodiscard]] std::optional<std::uint64_t> admit(RateLimit::Time now) {
        base::MutexLock lock(mutex_);
        if (limit_.take(now)) {
            ++left_out_;
            return std::nullopt;
        }
        return std::exchange(left_out_, 0);
    }

  private:
    base::Mutex mutex_;
    RateLimit limit_ VERIFIER_GUARDED_BY(mutex_){1, 10};
    std::uint64_t left_out_ VERIFIER_GUARDED_BY(mutex_) = 0;
};

}  // namespace parallax::service
