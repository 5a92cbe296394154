#include "verifier/core/verification/verifier_fault.hpp"

namespace parallax::core {

std::string_view verifier_fault_name(VerifierFault fault) noexcept {
    switch (fault) {
        case VerifierFault::kNone:
            return "none";
        case VerifierFault::kSkipsStatus:
            return "skips-status";
        case VerifierFault::kSkipsResults:
            return "skips-results";
        case VerifierFault::kSkipsOrphans:
            return "skips-orphans";
        case VerifierFault::kSkipsTotals:
            return "skips-totals";
        case VerifierFault::kSkipsState:
            return "skips-state";
        case VerifierFault::kSkipsInvariants:
            return "skips-invariants";
        case VerifierFault::kSkipsCertificate:
            return "skips-certificate";
        case VerifierFault::kIgnoresFees:
            return "ignores-fees";
        case VerifierFault::kZeroIsAbsent:
            return "zero-is-absent";
        case VerifierFault::kIgnoresOrder:
            return "ignores-order";
        case VerifierFault::kComparesWithItself:
            return "compares-with-itself";
        case VerifierFault::kSwallowsErrors:
            return "swallows-errors";
        case VerifierFault::kSkipsBlocks:
            return "skips-blocks";
        case VerifierFault::kNamesTheLast:
            return "names-the-last";
        case VerifierFault::kComparesNotes:
            return "compares-notes";
        case VerifierFault::kShrinksNothing:
            return "shrinks-nothing";
    }
    return "unknown";
}

std::optional<VerifierFault> find_verifier_fault(std::string_view name) noexcept {
    for (std::size_t i = 0; i < kVerifierFaults; ++i) {
        const auto fault = static_cast<VerifierFault>(i);
        if (verifier_fault_name(fault) == name) {
            return fault;
        }
    }
    return std::nullopt;
}

}  // namespace parallax::core
