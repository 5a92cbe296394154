#pragma once

#include "verifier/model/verdict.hpp"
#include "verifier/service/client/feeder.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace parallax::service {

/// How a canary ended. There is nothing softer: an alarm that did not come, or came too late, is
/// silence, whatever kept it away.
enum class CanaryResult : std::uint8_t { kDetected = 0, kSilent = 1 };
[[nodiscard]] std::string_view canary_result_name(CanaryResult result) noexcept;

/// What a canary ran on.
enum class CanaryGround : std::uint8_t {
    /// The feeder's block.
    kLive = 0,
    /// The minimal chain of its fault, since the fault had no place to show in the feeder's block.
    kMinimal = 1,
};
[[nodiscard]] std::string_view canary_ground_name(CanaryGround ground) noexcept;

/// One seeded fault that was run to see whether it is found. Never a verdict and never a finding:
/// it says something about the verifier, nothing about a candidate.
struct CanaryReport {
    /// The feeder's block after which it ran.
    BlockId block;
    std::string fault;
    CanaryResult result = CanaryResult::kSilent;
    CanaryGround ground = CanaryGround::kLive;
    /// From its start to its end: to the alarm, if there was one.
    std::chrono::nanoseconds time{0};
    /// What it was found by, ascending.
    std::vector<model::FindingClass> found_by;
    /// For people: the finding's sentence, or why it was silent.
    std::string detail;
    friend bool operator==(const CanaryReport&, const CanaryReport&) = default;
};

/// `found_by` by name, joined with commas.
[[nodiscard]] std::string found_by_text(const CanaryReport& report);

}  // namespace parallax::service
