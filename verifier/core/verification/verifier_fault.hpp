#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace parallax::core {

/// A mistake of the verifier itself, as real ones made it (docs/TRAPS.md). Compiled in so that
/// `parallax selftest --verifier-fault` can show that the selftest notices each; every other path
/// leaves it at `kNone`, and `tests/tools/tree_rules.py` checks that.
enum class VerifierFault : std::uint8_t {
    kNone,
    /// A section counts as compared and is not looked at.
    kSkipsStatus,
    kSkipsResults,
    kSkipsOrphans,
    kSkipsTotals,
    kSkipsState,
    kSkipsInvariants,
    kSkipsCertificate,
    /// The comparator forgets one field: what was paid.
    kIgnoresFees,
    /// A row that is not there equals one that holds zero.
    kZeroIsAbsent,
    /// Orphans are compared as a set.
    kIgnoresOrder,
    /// The candidate's outcome is held against itself.
    kComparesWithItself,
    /// An executor that gives no outcome counts as equal.
    kSwallowsErrors,
    /// Every third block, by its hash, is not looked at and counts as equal.
    kSkipsBlocks,
    /// The last difference is named as the first one.
    kNamesTheLast,
    /// What an executor says of how it worked is compared: sound ones are blamed.
    kComparesNotes,
    /// Shrinking gives back what it got.
    kShrinksNothing,
};
inline constexpr std::size_t kVerifierFaults = 17;
[[nodiscard]] std::string_view verifier_fault_name(VerifierFault fault) noexcept;
[[nodiscard]] std::optional<VerifierFault> find_verifier_fault(std::string_view name) noexcept;

}  // namespace parallax::core
