#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace parallax::base {

/// No time limit is longer: whoever asks for more gets this, so that a clock's reading and a limit
/// always have a sum.
inline constexpr std::chrono::hours kLongestLimit{24 * 366};

/// A limit that was given as a number, of milliseconds or seconds.
[[nodiscard]] constexpr std::chrono::nanoseconds limit_of_ms(std::uint64_t ms) noexcept {
    constexpr auto kMost = std::chrono::milliseconds(kLongestLimit);
    return std::chrono::milliseconds(std::min(ms, static_cast<std::uint64_t>(kMost.count())));
}
[[nodiscard]] constexpr std::chrono::nanoseconds limit_of_seconds(std::uint64_t seconds) noexcept {
    constexpr auto kMost = std::chrono::seconds(kLongestLimit);
    return std::chrono::seconds(std::min(seconds, static_cast<std::uint64_t>(kMost.count())));
}

/// Time that does not go backwards, for rates and durations only: nothing that a verdict says may
/// depend on it. Injected, so that tests decide what time it is. Safe from any thread.
class Clock {
  public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual std::chrono::nanoseconds now() const = 0;
};

}  // namespace parallax::base
