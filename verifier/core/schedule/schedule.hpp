#pragma once

#include "absl/status/statusor.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parallax::core {

/// How the order of steps of a run is found.
enum class SchedulePolicy : std::uint8_t {
    /// The machine decides; nothing is recorded.
    kNative,
    /// The machine decides; the order of yield points is recorded.
    kRecord,
    /// The machine decides, after random delays at random yield points.
    kPerturb,
    /// One thread at a time; at each yield point any that can run goes on, by the seed.
    kRandom,
    /// One thread at a time, by priorities that change at `depth` - 1 random steps (probabilistic
    /// concurrency testing): finds a bug of that depth with a known least probability.
    kPct,
    /// One thread at a time; every schedule with at most `bound` preemptions, one after the other.
    kExhaustive,
    /// One thread at a time, by a list of decisions.
    kReplay,
};
[[nodiscard]] std::string_view schedule_policy_name(SchedulePolicy policy) noexcept;
[[nodiscard]] std::optional<SchedulePolicy> find_schedule_policy(std::string_view name) noexcept;
/// Whether one thread runs at a time: then equal schedules must give equal runs.
[[nodiscard]] bool is_controlled(SchedulePolicy policy) noexcept;

/// Workers that a controlled schedule can have.
inline constexpr std::uint32_t kMaxScheduledWorkers = 64;
/// Decisions of one schedule, and bytes of a schedule's file: as many as the most decisions take.
inline constexpr std::size_t kMaxScheduleDecisions = 4'000'000;
inline constexpr std::size_t kMaxScheduleBytes = 16 * 1024 * 1024;

/// Who ran, step by step: enough to run it again.
struct Schedule {
    std::uint32_t workers = 1;
    /// How it was found; informative.
    SchedulePolicy policy = SchedulePolicy::kReplay;
    std::uint64_t seed = 0;
    /// The worker chosen at every step of the block, from its first parallel run on.
    std::vector<std::uint8_t> decisions;
    friend bool operator==(const Schedule&, const Schedule&) = default;
};

/// The text of a schedule file; docs/SCHEDULES.md describes it:
///
///     parallax-schedule 1
///     workers 2
///     policy pct
///     seed 7
///     decisions 0*12 1*3 0 1
[[nodiscard]] std::string encode_schedule(const Schedule& schedule);
/// InvalidArgument names the line and what is wrong with it. Limits are checked before memory is
/// taken.
[[nodiscard]] absl::StatusOr<Schedule> decode_schedule(std::string_view text);

}  // namespace parallax::core
