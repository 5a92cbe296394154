#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

namespace parallax::service {

/// So many in a second, and so many at once after a pause. Time is handed in and does not go
/// backwards. For one thread.
class RateLimit {
  public:
    using Time = std::chrono::nanoseconds;

    RateLimit(std::uint32_t per_second, std::uint32_t at_once)
        : interval_(Time(std::chrono::seconds(1)) / per_second),
          credit_(interval_ * (at_once - 1)) {}

    /// Takes one: nothing if there was one to take, else the time from which there will be.
    [[nodiscard]] std::optional<Time> take(Time now) {
        const Time due = std::max(due_, now);
        if (due - now > credit_) {
            return due - credit_;
        }
        due_ = due + interval_;
        return std::nullopt;
    }

  private:
    const Time interval_;
    const Time credit_;
    /// When everything that was taken would have come at an even pace.
    Time due_{0};
};

}  // namespace parallax::service
