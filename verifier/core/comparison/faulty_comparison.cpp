#include "verifier/core/comparison/faulty_comparison.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace parallax::core {
namespace {

std::optional<model::Section> skipped_section(VerifierFault fault) {
    switch (fault) {
        case VerifierFault::kSkipsStatus:
            return model::Section::kBlockStatus;
        case VerifierFault::kSkipsResults:
            return model::Section::kResults;
        case VerifierFault::kSkipsOrphans:
            return model::Section::kOrphans;
        case VerifierFault::kSkipsTotals:
            return model::Section::kTotals;
        case VerifierFault::kSkipsState:
            return model::Section::kState;
        default:
            return std::nullopt;
    }
}

bool is_zero_or_absent(const std::optional<model::StateValue>& value) {
    const auto* const amount = value ? std::get_if<model::AmountRecord>(&*value) : nullptr;
    return !value || (amount != nullptr && amount->amount == model::Amount{0});
}

/// What the faults of a comparator lose of what it found.
void lose_differences(const model::BlockOutcome& control, const model::BlockOutcome& candidate,
                      VerifierFault fault, std::vector<model::Difference>& differences) {
    if (fault == VerifierFault::kIgnoresFees) {
        std::erase_if(differences, [](const model::Difference& difference) {
            return difference.path.find("fee") != std::string::npos;
        });
    }
    if (fault == VerifierFault::kIgnoresOrder &&
        std::is_permutation(control.orphans.begin(), control.orphans.end(),
                            candidate.orphans.begin(), candidate.orphans.end())) {
        std::erase_if(differences, [](const model::Difference& difference) {
            return difference.section == model::Section::kOrphans;
        });
    }
    if (fault == VerifierFault::kZeroIsAbsent) {
        std::erase_if(differences, [&](const model::Difference& difference) {
            const auto empty_in = [&](const model::BlockOutcome& outcome) {
                return std::none_of(
                    outcome.delta.entries.begin(), outcome.delta.entries.end(),
                    [&](const model::DeltaEntry& entry) {
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

bool same_notes(const model::ExecutionNotes& a, const model::ExecutionNotes& b) {
    return a.text == b.text && a.counters == b.counters;
}

}  // namespace

Comparison faulty_comparison(const model::BlockOutcome& control,
                             const model::BlockOutcome& candidate, VerifierFault fault) {
    Comparison comparison =
        compare(fault == VerifierFault::kComparesWithItself ? candidate : control, candidate);
    if (const auto section = skipped_section(fault)) {
        std::erase_if(comparison.differences, [&](const model::Difference& difference) {
            return difference.section == *section;
        });
    }
    lose_differences(control, candidate, fault, comparison.differences);
    if (fault == VerifierFault::kComparesNotes && !same_notes(control.notes, candidate.notes)) {
        model::Difference& notes = comparison.differences.emplace_back();
        notes.section = model::Section::kResults;
        notes.transaction = model::TxIndex{0};
        notes.path = "notes";
    }
    return comparison;
}

}  // namespace parallax::core
