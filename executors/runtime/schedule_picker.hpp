#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace parallax {

/// One moment at which somebody had to be chosen. Bit i of `runnable`: worker i could go on.
struct ScheduleChoice {
    std::uint64_t runnable = 0;
    /// Who ran before; `kNobody` at the start of a parallel run or when that one has ended.
    std::uint8_t current = 0;
    std::uint8_t chosen = 0;
    friend bool operator==(const ScheduleChoice&, const ScheduleChoice&) = default;
};
inline constexpr std::uint8_t kNobody = 0xFF;

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
    [[nodiscard]] virtual std::uint8_t pick(const ScheduleChoice& choice, std::uint64_t step) = 0;
    /// Decisions that could not be followed.
    [[nodiscard]] virtual std::uint64_t departures() const { return 0; }
};

/// Who ran goes on; else the lowest that can.
[[nodiscard]] std::uint8_t default_pick(const ScheduleChoice& choice) noexcept;

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

/// Every schedule with at most `bound` preemptions, one after the other: depth-first over the
/// choices of the run before. A preemption is a switch from a worker that could have gone on.
class ExhaustiveSchedules {
  public:
    explicit ExhaustiveSchedules(std::uint32_t bound) : bound_(bound) {}
    /// The decisions that the next run starts with; the replay picker goes on from there.
    [[nodiscard]] const std::vector<std::uint8_t>& prefix() const noexcept { return prefix_; }
    /// What that run chose. False if it was the last schedule.
    [[nodiscard]] bool advance(std::span<const ScheduleChoice> choices);

  private:
    const std::uint32_t bound_;
    std::vector<std::uint8_t> prefix_;
};

}  // namespace parallax
