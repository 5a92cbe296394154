#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace parallax::core {

/// One moment at which somebody had to be chosen. Bit i of `runnable`: worker i could go on.
struct ScheduleChoice {
    std::uint64_t runnable = 0;
    /// Who ran before; `kNobody` at the start of a parallel run or when that one has ended.
    std::uint8_t current = 0;
    std::uint8_t chosen = 0;
    friend bool operator==(const ScheduleChoice&, const ScheduleChoice&) = default;
};
inline constexpr std::uint8_t kNobody = 0xFF;

/// Whether `worker` could have been chosen.
[[nodiscard]] bool can_run(const ScheduleChoice& choice, std::uint8_t worker) noexcept;

/// Who ran goes on; else the lowest that can. What runs behind the end of a schedule.
[[nodiscard]] std::uint8_t default_pick(const ScheduleChoice& choice) noexcept;

/// A switch from a worker that could have gone on.
[[nodiscard]] bool is_preemption(const ScheduleChoice& choice) noexcept;
[[nodiscard]] std::uint32_t count_preemptions(std::span<const ScheduleChoice> choices) noexcept;

/// What was chosen, step by step, without the end that a run takes by itself (`default_pick`).
[[nodiscard]] std::vector<std::uint8_t> decisions_of(std::span<const ScheduleChoice> choices);

/// Every schedule with at most `bound` preemptions, one after the other: depth-first over the
/// choices of the run before.
class ExhaustiveSchedules {
  public:
    explicit ExhaustiveSchedules(std::uint32_t bound) : bound_(bound) {}
    /// The decisions that the next run starts with; behind their end it goes on by `default_pick`.
    [[nodiscard]] const std::vector<std::uint8_t>& prefix() const noexcept { return prefix_; }
    /// What that run chose. False if it was the last schedule.
    [[nodiscard]] bool advance(std::span<const ScheduleChoice> choices);

  private:
    const std::uint32_t bound_;
    std::vector<std::uint8_t> prefix_;
};

}  // namespace parallax::core
