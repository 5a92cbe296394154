#include "verifier/core/diagnosis/cause.hpp"

#include "verifier/core/diagnosis/cause_case.hpp"
#include "verifier/core/diagnosis/ending_causes.hpp"
#include "verifier/core/diagnosis/read_causes.hpp"
#include "verifier/core/diagnosis/row_causes.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <set>
#include <tuple>
#include <vector>

namespace parallax::core {
namespace {

MaybeCause kind_if(bool fits, model::CauseKind kind) {
    return fits ? MaybeCause(cause_of_kind(kind)) : std::nullopt;
}

// ---- What is in the wrong place ----

MaybeCause results_resized(const CauseCase& given) {
    return kind_if(given.candidate().results.size() != given.control().results.size(),
                   model::CauseKind::kResultsMissingOrExtra);
}

/// The same results, but not of the same transactions.
MaybeCause results_moved(const CauseCase& given) {
    const auto content = [](const model::BlockOutcome& outcome) {
        std::vector<
            std::tuple<model::TransactionStatus, model::ErrorCode, model::Amount, model::Amount>>
            all;
        for (const model::TransactionResult& result : outcome.results) {
            all.emplace_back(result.status, result.code, result.fee, result.burned);
        }
        return all;
    };
    auto control = content(given.control());
    auto candidate = content(given.candidate());
    if (control == candidate || given.candidate().status != given.control().status ||
        given.candidate().code != given.control().code) {
        return std::nullopt;
    }
    std::sort(control.begin(), control.end());
    std::sort(candidate.begin(), candidate.end());
    return kind_if(control == candidate, model::CauseKind::kResultsReordered);
}

MaybeCause rows_moved(const CauseCase& given) {
    const auto& rows = given.candidate().delta.entries;
    const auto later = [](const model::DeltaEntry& a, const model::DeltaEntry& b) {
        return b.key <= a.key;
    };
    return kind_if(std::adjacent_find(rows.begin(), rows.end(), later) != rows.end(),
                   model::CauseKind::kRowsReordered);
}

MaybeCause orphans_moved(const CauseCase& given) {
    const auto& control = given.control().orphans;
    const auto& candidate = given.candidate().orphans;
    return kind_if(candidate != control && std::is_permutation(candidate.begin(), candidate.end(),
                                                               control.begin(), control.end()),
                   model::CauseKind::kOrphansReordered);
}

MaybeCause epilogue_too_soon(const CauseCase& given) {
    const auto& hazards = given.evidence().hazards;
    const auto too_soon = [](const model::Difference& hazard) {
        return hazard.values.place.hazard == model::Hazard::kEpilogueBeforeDrain;
    };
    return kind_if(given.evidence().differences.empty() &&
                       std::any_of(hazards.begin(), hazards.end(), too_soon),
                   model::CauseKind::kEpilogueBeforeDrain);
}

// ---- One transaction ----

bool can_tell_idle(const CauseCase& given) {
    return given.candidate().access_log &&
           given.candidate().status == model::BlockStatus::kAccepted;
}

MaybeCause executed_not_done(const CauseCase& given, std::uint32_t i) {
    const model::TransactionResult& left = given.control().results[i];
    const model::TransactionResult& right = given.candidate().results[i];
    if (!can_tell_idle(given) || right.status != model::TransactionStatus::kExecuted) {
        return std::nullopt;
    }
    const bool only_here_idle = given.candidate_lines(i).empty() && !given.control_lines(i).empty();
    const bool same_effects = given.control_effects(i) == given.candidate_effects(i);
    return kind_if(only_here_idle || (same_effects && left.status != right.status),
                   model::CauseKind::kExecutedNotDone);
}

MaybeCause done_again(const CauseCase& given, std::uint32_t i) {
    return kind_if(can_tell_idle(given) &&
                       given.control().results[i].status == model::TransactionStatus::kSkipped &&
                       !given.candidate_lines(i).empty(),
                   model::CauseKind::kDoneAgain);
}

bool is_lost_update(const model::Difference& hazard, std::uint32_t i) {
    return hazard.transaction == model::TxIndex{i} && hazard.key &&
           hazard.values.place.hazard == model::Hazard::kLostUpdate;
}

/// Whether no row that the control's transaction `i` changed is in the candidate's delta.
bool nothing_left(const CauseCase& given, std::uint32_t i) {
    const auto effects = given.control_effects(i);
    const auto& rows = given.candidate().delta.entries;
    return !effects.empty() &&
           std::none_of(effects.begin(), effects.end(), [&](const CauseCase::Effect& effect) {
               return std::any_of(rows.begin(), rows.end(), [&](const model::DeltaEntry& row) {
                   return row.key == std::get<model::StateKey>(effect);
               });
           });
}

/// A removal that is not in the final state: a later write may hide that it was one.
MaybeCause lost_removal(const CauseCase& given, std::uint32_t i) {
    for (const model::Difference& hazard : given.evidence().hazards) {
        if (!is_lost_update(hazard, i) || hazard.key->family != model::Family::kMultisig) {
            continue;
        }
        for (const model::Access* access : given.candidate_lines(i)) {
            if (access->key != *hazard.key || access->kind != model::AccessKind::kWrite ||
                access->value != 0) {
                continue;
            }
            const auto& rows = given.candidate().delta.entries;
            const bool written =
                std::any_of(rows.begin(), rows.end(), [&](const model::DeltaEntry& row) {
                    return row.key == access->key && row.after != row.before;
                });
            return cause_of_row(
                written ? model::CauseKind::kNotRemoved : model::CauseKind::kRemovalLost,
                model::Family::kMultisig);
        }
    }
    return std::nullopt;
}

/// What an equal ending, after equal reads, left in another way.
MaybeCause other_effect(const CauseCase& given, std::uint32_t i) {
    const CauseEvidence& evidence = given.evidence();
    std::set<model::StateKey> rows;
    for (const model::Difference& hazard : evidence.hazards) {
        if (is_lost_update(hazard, i)) {
            rows.insert(*hazard.key);
        }
    }
    const auto left = given.control_effects(i);
    const auto right = given.candidate_effects(i);
    if (left != right && evidence.control.access_log && evidence.candidate.access_log) {
        if (MaybeCause cause = wrong_spend(given, i)) {
            return cause;
        }
        std::vector<CauseCase::Effect> differing;
        std::set_symmetric_difference(left.begin(), left.end(), right.begin(), right.end(),
                                      std::back_inserter(differing));
        for (const CauseCase::Effect& effect : differing) {
            rows.insert(std::get<model::StateKey>(effect));
        }
    }
    if (rows.empty()) {
        return std::nullopt;
    }
    if (evidence.control.results[i].status == model::TransactionStatus::kFailed &&
        nothing_left(given, i)) {
        return cause_of_kind(model::CauseKind::kFailedEffectsMissing);
    }
    if (MaybeCause cause = lost_removal(given, i)) {
        return cause;
    }
    // Later transactions may show what was read in its place.
    for (std::uint32_t later = i; later < evidence.control.results.size(); ++later) {
        if (MaybeCause cause = wrong_spend(given, later)) {
            return cause;
        }
    }
    // Rows of later transactions that ended otherwise follow from this one.
    return evidence.control.results == evidence.candidate.results
               ? row_cause(evidence, std::nullopt)
               : row_cause(evidence, rows);
}

// ---- The block ----

MaybeCause rows_differ(const CauseCase& given) {
    return row_cause(given.evidence(), std::nullopt);
}

MaybeCause wrong_read_in_epilogue(const CauseCase& given) {
    MaybeCause cause = wrong_read(given, model::kEpilogueTransaction);
    if (cause) {
        cause->phase = model::Phase::kEpilogue;
    }
    return cause;
}

MaybeCause block_differs(const CauseCase& given) {
    for (const model::Difference& difference : given.evidence().differences) {
        if (difference.section == model::Section::kBlockStatus) {
            model::Cause cause = cause_of_kind(model::CauseKind::kBlockField);
            cause.field = difference.values.place.field;
            return cause;
        }
    }
    return std::nullopt;
}

MaybeCause hazard_alone(const CauseCase& given) {
    if (given.evidence().hazards.empty()) {
        return std::nullopt;
    }
    model::Cause cause = cause_of_kind(model::CauseKind::kLogHazard);
    cause.hazard = given.evidence().hazards.front().values.place.hazard;
    return cause;
}

MaybeCause invariant_alone(const CauseCase& given) {
    if (given.evidence().broken.empty()) {
        return std::nullopt;
    }
    const model::Difference& broken = given.evidence().broken.front();
    model::Cause cause = cause_of_kind(model::CauseKind::kInvariant);
    cause.field = model::field_head(broken.values.place.field);
    if (cause.field.empty() && broken.key) {
        name_row(*broken.key, cause);
    }
    return cause;
}

// ---- The rules, in the order that they are tried in ----

using BlockRule = MaybeCause (*)(const CauseCase&);
using TransactionRule = MaybeCause (*)(const CauseCase&, std::uint32_t);

/// What is in the wrong place makes everything behind it look wrong.
constexpr std::array<BlockRule, 5> kMisplaced = {
    results_resized, results_moved, rows_moved, orphans_moved, epilogue_too_soon,
};
/// Of each transaction, in block order: the earliest departure counts, and of it what lies nearest
/// to the mistake.
constexpr std::array<TransactionRule, 5> kOfTransaction = {
    executed_not_done, done_again, wrong_read, other_ending, other_effect,
};
/// Where no transaction shows it.
constexpr std::array<BlockRule, 5> kOfBlock = {
    rows_differ, wrong_read_in_epilogue, block_differs, hazard_alone, invariant_alone,
};

MaybeCause first_of(const std::array<BlockRule, 5>& rules, const CauseCase& given) {
    for (const BlockRule rule : rules) {
        if (MaybeCause cause = rule(given)) {
            return cause;
        }
    }
    return std::nullopt;
}

MaybeCause first_of_transactions(const CauseCase& given) {
    for (std::uint32_t i = 0; i < given.control().results.size(); ++i) {
        for (const TransactionRule rule : kOfTransaction) {
            if (MaybeCause cause = rule(given, i)) {
                return cause;
            }
        }
    }
    return std::nullopt;
}

}  // namespace

model::Cause cause_of(const CauseEvidence& evidence) {
    const CauseCase given(evidence);
    MaybeCause cause = first_of(kMisplaced, given);
    if (!cause) {
        cause = first_of_transactions(given);
    }
    if (!cause) {
        cause = first_of(kOfBlock, given);
    }
    return cause.value_or(model::Cause{});
}

}  // namespace parallax::core
