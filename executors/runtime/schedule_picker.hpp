#pragma once

#include "verifier/core/schedule/schedule_choices.hpp"

#include <cstdint>
#include <memory>
#include <span>

namespace parallax::executors::runtime {

/// A stream of numbers from a seed (SplitMix64): the same on every machine.
class ScheduleRandom {
  public:
    explicit ScheduleRandom(std::uint64_t seed) : state_(seed) {}
    [[nodiscard]] std::uint64_t next() noexcept;
    [[nodiscard]] std::uint64_t below(std::uint64_t bound) noexcept { return next() % bound; }

  private:
    std::uint64_t state_;
};

/// Chooses who goes on. One thread at a time.
class SchedulePicker {
  public:
    virtual ~SchedulePicker() = default;
    /// `choice.runnable` is not 0; the answer is one of its bits. `step` counts from 0.
    [[nodiscard]] virtual std::uint8_t pick(const core::ScheduleChoice& choice,
                                            std::uint64_t step) = 0;
    /// Decisions that could not be followed.
    [[nodiscard]] virtual std::uint64_t departures() const { return 0; }
};

/// Any that can run, each with the same probability.
[[nodiscard]] std::unique_ptr<SchedulePicker> make_random_picker(std::uint64_t seed);
/// PCT: the highest priority runs; at `depth` - 1 of the first `steps` steps, drawn by the seed,
/// the one that runs becomes the lowest.
[[nodiscard]] std::unique_ptr<SchedulePicker> make_pct_picker(std::uint64_t seed,
                                                              std::uint32_t depth,
                                                              std::uint64_t steps);
/// The given decisions, then `default_pick`. The list must outlive it.
[[nodiscard]] std::unique_ptr<SchedulePicker> make_replay_picker(
    std::span<const std::uint8_t> decisions);

}  // namespace parallax::executors::runtime
