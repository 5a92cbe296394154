#pragma once

#include "executors/speculative/speculative_executor.hpp"
#include "testbed/faults/fault_hooks.hpp"

#include <cstdint>
#include <string_view>

namespace parallax::testbed {

/// What can notice a wrong outcome. Bits of a set.
enum class Oracle : std::uint8_t {
    kState = 1,        ///< the deltas or totals differ
    kResults = 2,      ///< a result, the orphans or the block's status differ
    kInvariants = 4,   ///< the outcome breaks an invariant of its own
    kCertificate = 8,  ///< its access log contradicts block order
    kRepeats = 16,     ///< equal schedules gave unequal runs
    kWatchdog = 32,    ///< it did not end, deadlocked, or gave no outcome
};
using OracleSet = std::uint8_t;
[[nodiscard]] constexpr OracleSet operator|(Oracle a, Oracle b) noexcept {
    return static_cast<OracleSet>(static_cast<OracleSet>(a) | static_cast<OracleSet>(b));
}
[[nodiscard]] constexpr OracleSet operator|(OracleSet a, Oracle b) noexcept {
    return static_cast<OracleSet>(a | static_cast<OracleSet>(b));
}
[[nodiscard]] constexpr bool has(OracleSet set, Oracle oracle) noexcept {
    return (set & static_cast<OracleSet>(oracle)) != 0;
}

/// Where a first divergence lies that no transaction is to blame for: rewards, totals, the delta.
inline constexpr std::int32_t kNoTransactionNamed = -1;
/// Some transaction must be named; which one depends on hashes.
inline constexpr std::int32_t kAnyTransaction = -2;

/// One seeded fault.
struct Fault {
    /// As `--fault` takes it.
    std::string_view name;
    /// The real bug or the mutant that it is.
    std::string_view source;
    /// Of the core set of its catalogue.
    bool core = false;
    /// What it breaks.
    std::string_view breaks;
    /// The smallest chain that shows it (`minimal_chain`).
    std::string_view chain;
    /// Oracles that must find it there.
    OracleSet expected = 0;
    /// The transaction of the last block that the first divergence must name.
    std::int32_t transaction = kNoTransactionNamed;
    /// Only some schedules show it.
    bool needs_schedule = false;
    FaultHooks hooks = {};
    /// For faults of Block-STM; the others are in the batch executor.
    const executors::speculative::SpeculationFaults* speculation = nullptr;
};

}  // namespace parallax::testbed
