#pragma once

#include "verifier/model/verdict.hpp"
#include "verifier/service/settings/configuration.hpp"

#include <cstdint>

namespace parallax::service {

enum class CircuitState : std::uint8_t { kClosed = 0, kOpen = 1, kHalfOpen = 2 };
[[nodiscard]] std::string_view circuit_state_name(CircuitState state) noexcept;

/// Decides whether one candidate is asked, from how its last blocks ended. Closed: it is. After
/// enough failures in a row the circuit opens: it is not, for a number of blocks. Then it is on
/// trial (half open): enough blocks without a failure close the circuit, one failure opens it
/// again. Counts blocks, not time: equal histories decide equally. For one thread at a time.
///
/// A block that a rule excludes is no block for the breaker: it was neither asked nor skipped.
class CircuitBreaker {
  public:
    explicit CircuitBreaker(CircuitBreakerSettings settings) : settings_(settings) {}

    /// Whether the candidate is asked for the next block. An open circuit counts the question as a
    /// block that it skips; the answer that ends the wait is already yes.
    [[nodiscard]] bool allows_block();
    /// How a block ended that was allowed.
    void record(const model::LaneReport& lane);

    /// Keeps the state; what it means from now on is the new settings'.
    void configure(CircuitBreakerSettings settings);

    [[nodiscard]] CircuitState state() const noexcept { return state_; }
    /// In a row, while closed.
    [[nodiscard]] std::uint32_t failures() const noexcept { return failures_; }
    /// How often it has opened.
    [[nodiscard]] std::uint64_t opened() const noexcept { return opened_; }
    /// Blocks that an open circuit still skips, or that are left on trial.
    [[nodiscard]] std::uint32_t blocks_left() const noexcept { return blocks_left_; }

  private:
    [[nodiscard]] bool is_failure(const model::LaneReport& lane) const noexcept;
    void open();

    CircuitBreakerSettings settings_;
    CircuitState state_ = CircuitState::kClosed;
    std::uint32_t failures_ = 0;
    std::uint64_t opened_ = 0;
    std::uint32_t blocks_left_ = 0;
};

}  // namespace parallax::service
