#pragma once

#include "testbed/faults/fault.hpp"
#include "testbed/faults/prepared_chain.hpp"
#include "verifier/core/schedule/schedule.hpp"
#include "verifier/core/verification/verifier_fault.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace parallax::testbed {

/// How blocks are run while a fault is looked for.
enum class DetectionMode : std::uint8_t { kPlain, kPerturbed, kPct };
inline constexpr std::size_t kDetectionModes = 3;
[[nodiscard]] core::SchedulePolicy policy_of(DetectionMode mode) noexcept;

struct SelftestOptions {
    std::uint64_t seed = 1;
    std::uint32_t workers = 2;
    /// Runs of one block under perturbed and PCT schedules.
    std::uint32_t runs = 5;
    /// Schedules of a minimal chain at most, for faults that need one.
    std::uint32_t minimal_runs = 3000;
    /// Whether the time to detect and the groups are measured on the stream of blocks, too.
    bool measure = false;
    /// The verifier that judges has this fault: the selftest must then fail.
    core::VerifierFault verifier_fault = core::VerifierFault::kNone;
};

/// What came of one fault on its minimal chain or on the stream.
struct Detection {
    bool found = false;
    OracleSet oracles = 0;
    /// The transaction of the first divergence, if one was named.
    std::optional<std::uint32_t> transaction;
    std::string sentence;
    /// Blocks until it was found, and schedules of them.
    std::uint64_t blocks = 0;
    std::uint64_t schedules = 0;
    double seconds = 0;
};

}  // namespace parallax::testbed
