#pragma once

#include <chrono>

namespace parallax {

/// Time that does not go backwards, for rates and durations only: nothing that a verdict says may
/// depend on it. Injected, so that tests decide what time it is. Safe from any thread.
class Clock {
  public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual std::chrono::nanoseconds now() const = 0;
};

}  // namespace parallax
