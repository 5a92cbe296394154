#include "verifier/core/diagnosis/finding.hpp"

#include "verifier/base/utf8.hpp"
#include "verifier/core/comparison/first_difference.hpp"
#include "verifier/core/diagnosis/sentence.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace parallax::core {
namespace {

FindingSide side_of(std::string_view lane) {
    return lane == kControlLane     ? FindingSide::kControl
           : is_recorded_lane(lane) ? FindingSide::kRecorded
                                    : FindingSide::kCandidate;
}

std::optional<model::TransactionType> type_at(std::optional<std::uint32_t> index,
                                              const protocol::AdmittedBlock& block) {
    const auto& transactions = block.transactions();
    return index && *index < transactions.size() ? std::optional(transactions[*index].type)
                                                 : std::nullopt;
}

ReadOrder read_order(const FirstDifference& first) {
    if (!first.control_writer || !first.candidate_writer ||
        *first.control_writer == *first.candidate_writer) {
        return ReadOrder::kNone;
    }
    // The state before the block comes before every transaction; its number does not.
    const auto order = [](std::uint32_t writer) {
        return writer == model::kPreState ? std::int64_t{-1} : std::int64_t{writer};
    };
    return order(*first.candidate_writer) < order(*first.control_writer) ? ReadOrder::kStale
                                                                         : ReadOrder::kFuture;
}

model::Direction direction_of(const model::Difference& difference) {
    if (!difference.values.delta || difference.values.delta == model::Number{}) {
        return model::Direction::kNone;
    }
    return difference.values.delta->wide() < 0 ? model::Direction::kLower
                                               : model::Direction::kHigher;
}

/// The error that only the candidate has, or else the one that only the control has: of two errors
/// for one transaction the candidate's tells the cause.
model::ErrorCode error_of(const FirstDifference& first, const model::BlockOutcome& control,
                          const model::BlockOutcome& candidate) {
    if (first.difference.section != model::Section::kResults || !first.difference.transaction) {
        return model::ErrorCode::kSuccess;
    }
    const auto code_in = [&](const model::BlockOutcome& outcome) {
        const std::size_t i = first.difference.transaction->value();
        return i < outcome.results.size() ? outcome.results[i].code : model::ErrorCode::kSuccess;
    };
    const model::ErrorCode code = code_in(candidate);
    return code != model::ErrorCode::kSuccess ? code : code_in(control);
}

Symptom symptom_of(const FirstDifference& first, model::ErrorCode error,
                   const FindingSource& source) {
    const model::Difference& difference = first.difference;
    const bool in_block = difference.transaction.has_value();
    Symptom symptom;
    symptom.finding_class = source.finding_class;
    symptom.side = side_of(source.lane);
    symptom.section = difference.section;
    if (difference.key) {
        symptom.family = difference.key->family;
    }
    symptom.place = difference.values.place;
    symptom.direction = direction_of(difference);
    symptom.read = read_order(first);
    symptom.error = error;
    if (in_block) {
        symptom.type = type_at(difference.transaction->value(), source.block);
    }
    symptom.writer_type = type_at(first.control_writer, source.block);
    symptom.phase = first.in_epilogue ? model::Phase::kEpilogue
                    : in_block        ? model::Phase::kTransaction
                                      : model::Phase::kBlock;
    return symptom;
}

/// The same for a finding that one outcome shows by itself; null where there is none.
Symptom symptom_of(const model::Difference& first, const model::BlockOutcome* outcome,
                   const FindingSource& source) {
    FirstDifference alone;
    alone.difference = first;
    model::ErrorCode error = model::ErrorCode::kSuccess;
    if (outcome != nullptr && first.transaction &&
        first.transaction->value() < outcome->results.size()) {
        error = outcome->results[first.transaction->value()].code;
    }
    return symptom_of(alone, error, source);
}

/// A finding of that source, about nothing yet.
model::Finding finding_of(const FindingSource& source) {
    model::Finding finding;
    finding.finding_class = source.finding_class;
    finding.lane = source.lane;
    return finding;
}

/// Folds all differences but the one at `taken` under the finding.
void fold(std::vector<model::Difference> differences, std::optional<std::size_t> taken,
          model::Finding& finding) {
    if (taken) {
        differences.erase(differences.begin() + static_cast<std::ptrdiff_t>(*taken));
    }
    finding.derived_count = differences.size();
    if (differences.size() > model::kMaxDerived) {
        differences.resize(model::kMaxDerived);
    }
    finding.derived = std::move(differences);
}

}  // namespace

model::Finding make_finding(const model::BlockOutcome& control,
                            const model::BlockOutcome& candidate, Comparison comparison,
                            const FindingSource& source) {
    FirstDifference first = find_first_difference(control, candidate, comparison.differences,
                                                  source.block, source.protocol);
    model::Finding finding = finding_of(source);
    finding.sentence = divergence_sentence(first, control, candidate, source);
    finding.fingerprint =
        fingerprint_of(symptom_of(first, error_of(first, control, candidate), source));
    fold(std::move(comparison.differences), first.position, finding);
    finding.first = std::move(first.difference);
    return finding;
}

model::Finding make_invariant_finding(const model::BlockOutcome& outcome,
                                      std::vector<model::Difference> broken,
                                      const FindingSource& source) {
    model::Finding finding = finding_of(source);
    finding.first = broken.front();
    finding.sentence = invariant_sentence(finding.first, source);
    finding.fingerprint = fingerprint_of(symptom_of(finding.first, &outcome, source));
    fold(std::move(broken), 0, finding);
    return finding;
}

model::Finding make_serializability_finding(const model::BlockOutcome& outcome,
                                            std::vector<model::Difference> hazards,
                                            const FindingSource& source) {
    model::Finding finding = finding_of(source);
    // Lost updates are found row by row: the lowest transaction is first in block order.
    const auto lowest =
        std::min_element(hazards.begin(), hazards.end(), [](const auto& a, const auto& b) {
            return a.transaction && (!b.transaction || *a.transaction < *b.transaction);
        });
    finding.first = *lowest;
    finding.sentence = hazard_sentence(finding.first, source);
    finding.fingerprint = fingerprint_of(symptom_of(finding.first, &outcome, source));
    const auto position = static_cast<std::size_t>(lowest - hazards.begin());
    fold(std::move(hazards), position, finding);
    return finding;
}

model::Finding make_failure_finding(const absl::Status& status, const FindingSource& source) {
    model::Finding finding = finding_of(source);
    // The code is part of the place, so that it is part of the fingerprint; the message is not.
    const std::string code = absl::StatusCodeToString(status.code());
    finding.first.section = model::Section::kExecutor;
    finding.first.path = "executor." + code;
    finding.first.values.place.kind = model::PlaceKind::kExecutor;
    finding.first.values.place.field = code;
    finding.first.control = "an outcome";
    finding.first.candidate = status_text(status);
    finding.sentence = failure_sentence(finding.first, source);
    finding.fingerprint = fingerprint_of(symptom_of(finding.first, nullptr, source));
    return finding;
}

std::vector<const model::Finding*> leading_findings(const model::Verdict& verdict) {
    std::vector<const model::Finding*> leading;
    for (const model::Finding& finding : verdict.findings) {
        const bool is_known = std::any_of(
            leading.begin(), leading.end(),
            [&](const model::Finding* earlier) { return earlier->lane == finding.lane; });
        if (!is_known) {
            leading.push_back(&finding);
        }
    }
    return leading;
}

void put_into_group(const model::Cause& cause, model::Finding& finding) {
    finding.cause = cause;
    if (cause.kind == model::CauseKind::kUnknown) {
        return;
    }
    FindingGroup group{side_of(finding.lane), std::nullopt, cause};
    if (group.side == FindingSide::kControl) {
        group.control_class = finding.finding_class;
    }
    set_group(group, finding.fingerprint);
}

std::string status_text(const absl::Status& status) {
    // An exception's text is whatever an executor threw; a record holds UTF-8 only.
    return base::as_utf8(fmt::format("{}: {}", absl::StatusCodeToString(status.code()),
                                     std::string(status.message())));
}

}  // namespace parallax::core
