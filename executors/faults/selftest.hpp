#pragma once

#include "executors/faults/catalogue.hpp"
#include "executors/faults/prepared_chain.hpp"
#include "verifier/core/clock.hpp"
#include "verifier/core/schedule.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parallax {

/// A fault of the verifier itself: the selftest must fail with each.
enum class VerifierFault : std::uint8_t {
    kNone,
    kSkipsResults,
    kSkipsState,
    kSkipsTotals,
    kSkipsInvariants,
    kSkipsCertificate,
    /// Differences in fees are not reported.
    kIgnoresFees,
    /// An executor that gives no outcome counts as equal.
    kSwallowsErrors,
    /// Every third block is not looked at.
    kSkipsBlocks,
    /// Shrinking gives back what it got.
    kShrinksNothing,
};
inline constexpr std::size_t kVerifierFaults = 10;
[[nodiscard]] std::string_view verifier_fault_name(VerifierFault fault) noexcept;
[[nodiscard]] std::optional<VerifierFault> find_verifier_fault(std::string_view name) noexcept;

/// How blocks are run while a fault is looked for.
enum class DetectionMode : std::uint8_t { kPlain, kPerturbed, kPct };
inline constexpr std::size_t kDetectionModes = 3;

struct SelftestOptions {
    std::uint64_t seed = 1;
    std::uint32_t workers = 2;
    /// Runs of one block under perturbed and PCT schedules.
    std::uint32_t runs = 5;
    /// Schedules of a minimal chain at most, for faults that need one.
    std::uint32_t minimal_runs = 3000;
    /// Whether the time to detect is measured on the stream of blocks, too.
    bool measure = false;
    VerifierFault verifier_fault = VerifierFault::kNone;
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

struct FaultRow {
    const Fault* fault = nullptr;
    Detection minimal;
    /// On the stream, by mode; only if measured.
    std::array<Detection, kDetectionModes> stream;
    /// Found on its minimal chain by every oracle that must find it, the first divergence named.
    bool caught = false;
    bool named_right = false;
};

struct SelftestReport {
    std::vector<FaultRow> rows;
    std::uint64_t clean_blocks = 0;
    std::uint64_t clean_runs = 0;
    /// What sound executors were blamed for; empty if for nothing.
    std::vector<std::string> false_alarms;

    [[nodiscard]] bool passed() const;
};

/// Tries every fault of the catalogue on its minimal chain and, if `measure` is set, on a stream in
/// which `stream` and all minimal chains alternate in an order drawn by the seed; and every sound
/// executor on all of them. `progress` is told what is next. `sound` makes an executor by name.
class Selftest {
  public:
    using MakeSound = std::function<std::unique_ptr<BlockExecutor>(WorkerPool&)>;
    Selftest(const SelftestOptions& options, const Clock& clock, std::vector<MakeSound> sound,
             std::vector<SelftestBlock> stream);

    [[nodiscard]] SelftestReport run(const std::function<void(std::string_view)>& progress);
    /// Runs the sound executors on more blocks, plainly and once perturbed, signatures taken as
    /// valid in all lanes.
    void add_clean(const std::vector<SelftestBlock>& blocks, SelftestReport& report);

  private:
    SelftestOptions options_;
    const Clock& clock_;
    std::vector<MakeSound> sound_;
    std::vector<SelftestBlock> stream_;
};

}  // namespace parallax
