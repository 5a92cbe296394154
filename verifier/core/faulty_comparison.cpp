#include "verifier/core/faulty_comparison.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace parallax {
namespace {

std::optional<Section> skipped_section(VerifierFault fault) {
    switch (fault) {
        case VerifierFault::kSkipsStatus:
            return Section::kBlockStatus;
        case VerifierFault::kSkipsResults:
            return Section::kResults;
        case VerifierFault::kSkipsOrphans:
            return Section::kOrphans;
        case VerifierFault::kSkipsTotals:
            return Section::kTotals;
        case VerifierFault::kSkipsState:
            return Section::kState;
        default:
            return std::nullopt;
    }
}

bool is_zero_or_absent(const std::optional<StateValue>& value) {
    const auto* const amount = value ? std::get_if<AmountRecord>(&*value) : nullptr;
    return !value || (amount != nullptr && amount->amount == Amount{0});
}

/// What the faults of a comparator lose of what it found.
void lose_differences(const BlockOutcome& control, const BlockOutcome& candidate,
                      VerifierFault fault, std::vector<Difference>& differences) {
    if (fault == VerifierFault::kIgnoresFees) {
        std::erase_if(differences, [](const Difference& difference) {
            return difference.path.find("fee") != std::string::npos;
        });
    }
    if (fault == VerifierFault::kIgnoresOrder &&
        std::is_permutation(control.orphans.begin(), control.orphans.end(),
                            candidate.orphans.begin(), candidate.orphans.end())) {
        std::erase_if(differences, [](const Difference& difference) {
            return difference.section == Section::kOrphans;
        });
    }
    if (fault == VerifierFault::kZeroIsAbsent) {
        std::erase_if(differences, [&](const Difference& difference) {
            const auto empty_in = [&](const BlockOutcome& outcome) {
                return std::none_of(
                    outcome.delta.entries.begin(), outcome.delta.entries.end(),
                    [&](const DeltaEntry& entry) {
                        return entry.key == difference.key &&
                               !(is_zero_or_absent(entry.before) && is_zero_or_absent(entry.after));
                    });
            };
            return difference.key && empty_in(control) && empty_in(candidate);
        });
    }
    if (fault == VerifierFault::kNamesTheLast) {
        std::reverse(differences.begin(), differences.end());
    }
}

bool same_notes(const ExecutionNotes& a, const ExecutionNotes& b) {
    return a.text == b.text && a.counters == b.counters;
}

}  // namespace

Comparison faulty_comparison(const BlockOutcome& control, const BlockOutcome& candidate,
                             VerifierFault fault) {
    Comparison comparison =
        compare(fault == VerifierFault::kComparesWithItself ? candidate : control, candidate);
    if (const auto section = skipped_section(fault)) {
        std::erase_if(comparison.differences,
                      [&](const Difference& difference) { return difference.section == *section; });
    }
    lose_differences(control, candidate, fault, comparison.differences);
    if (fault == VerifierFault::kComparesNotes && !same_notes(control.notes, candidate.notes)) {
        Difference& notes = comparison.differences.emplace_back();
        notes.section = Section::kResults;
        notes.transaction = TxIndex{0};
        notes.path = "notes";
    }
    return comparison;
}

}  // namespace parallax
