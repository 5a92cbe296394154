#include "verifier/core/diagnosis/row_causes.hpp"

#include "verifier/codec/render.hpp"
#include "verifier/model/families.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace parallax::core {
namespace {

/// Each row costs a walk through the log; what went wrong with so many went wrong with the others.
constexpr std::size_t kMaxRows = 256;

/// A row that differs, as each side leaves it. A side that did not write it left it as it was.
struct RowPair {
    const model::StateKey* key = nullptr;
    std::optional<model::StateValue> before;
    std::optional<model::StateValue> control;
    std::optional<model::StateValue> candidate;
    bool in_control = false;
    bool in_candidate = false;
};

/// What may have become of a row, the most telling first.
struct Labels {
    /// True of the whole outcome or of nothing: counts only if it fits every row.
    std::vector<model::Cause> shapes;
    std::vector<model::Cause> told;
    /// What is always there to say.
    model::Cause plain;
    /// By how much a balance is too high; wraps.
    std::uint64_t off = 0;
};

std::vector<RowPair> differing_rows(const model::BlockOutcome& control,
                                    const model::BlockOutcome& candidate) {
    std::map<model::StateKey, RowPair> rows;
    for (const model::DeltaEntry& entry : control.delta.entries) {
        rows[entry.key] = {&entry.key, entry.before, entry.after, entry.before, true, false};
    }
    for (const model::DeltaEntry& entry : candidate.delta.entries) {
        const auto [row, is_new] = rows.try_emplace(
            entry.key, RowPair{&entry.key, entry.before, entry.before, entry.before, false, true});
        row->second.candidate = entry.after;
        row->second.in_candidate = true;
    }
    std::vector<RowPair> differing;
    for (auto& [key, row] : rows) {
        if (row.in_control != row.in_candidate || row.control != row.candidate) {
            differing.push_back(std::move(row));
        }
    }
    return differing;
}

std::optional<std::uint64_t> amount_in(const std::optional<model::StateValue>& value) {
    if (!value) {
        return 0;
    }
    const auto* amount = std::get_if<model::AmountRecord>(&*value);
    return amount != nullptr ? std::optional<std::uint64_t>(amount->amount.value()) : std::nullopt;
}

/// What the block did to one balance, as the control's log has it.
struct Movements {
    std::uint64_t outputs = 0;
    std::uint64_t credits = 0;
    std::uint64_t credit_lines = 0;
    std::uint64_t output_lines = 0;
    std::uint64_t reward = 0;
    /// Net effect of each transaction.
    std::set<std::uint64_t> of_one;
    /// Each credit.
    std::set<std::uint64_t> lines;
    std::uint64_t fees = 0;
    /// Of the owner's transactions that failed.
    std::uint64_t failed_fees = 0;
    bool sent_failed = false;
};

/// By the log of `of`.
Movements movements_of(const CauseEvidence& evidence, const model::BlockOutcome& of,
                       const model::StateKey& key) {
    Movements sums;
    std::map<std::uint32_t, std::uint64_t> net;
    if (of.access_log) {
        for (const model::Access& access : of.access_log->accesses) {
            const std::uint32_t at = access.transaction.value();
            if (access.key != key) {
                continue;
            }
            if (access.kind == model::AccessKind::kOutput) {
                sums.outputs += access.value;
                sums.output_lines += 1;
                net[at] -= access.value;
            } else if (access.kind == model::AccessKind::kCredit) {
                (model::is_transaction(at) ? sums.credits : sums.reward) += access.value;
                sums.credit_lines += 1;
                sums.lines.insert(access.value);
                net[at] += access.value;
            }
        }
    }
    for (const auto& [at, effect] : net) {
        if (model::is_transaction(at) && effect != 0) {
            sums.of_one.insert(effect);
        }
    }
    const auto& transactions = evidence.block.transactions();
    for (std::size_t i = 0; i < transactions.size() && i < of.results.size(); ++i) {
        const protocol::AdmittedTransaction& transaction = transactions[i];
        if (key != model::balance_key(transaction.source, model::kTosAsset)) {
            continue;
        }
        const model::TransactionStatus status = of.results[i].status;
        const bool pays = status == model::TransactionStatus::kExecuted && transaction.fee_in_coin;
        sums.fees += pays ? transaction.fee.value() : 0;
        sums.failed_fees +=
            status == model::TransactionStatus::kFailed ? transaction.fee.value() : 0;
        sums.sent_failed = sums.sent_failed || status == model::TransactionStatus::kFailed;
    }
    return sums;
}

model::Cause of_balance(model::CauseKind kind) {
    return cause_of_row(kind, model::Family::kBalance);
}

model::Cause row_amount(const model::StateKey& key, bool lower) {
    model::Cause cause = cause_of_kind(model::CauseKind::kRowAmount);
    name_row(key, cause);
    cause.direction = lower ? model::Direction::kLower : model::Direction::kHigher;
    return cause;
}

/// A balance that is too high by `off`. All sums wrap, as a broken executor's do.
struct WrongBalance {
    const Movements& sums;
    std::uint64_t before = 0;
    std::uint64_t off = 0;
    std::uint64_t candidate = 0;
    /// The control wrote the row.
    bool written = false;
};

bool failed_ones_pay(const WrongBalance& row) {
    return row.sums.failed_fees != 0 && row.off == 0 - row.sums.failed_fees;
}
bool reward_twice(const WrongBalance& row) {
    return row.sums.reward != 0 && row.off == row.sums.reward;
}
bool reward_replaces(const WrongBalance& row) {
    return row.sums.reward != 0 && row.candidate == row.sums.reward;
}
bool reward_on_balance_before(const WrongBalance& row) {
    return row.sums.reward != 0 && row.candidate == row.before + row.sums.reward;
}
bool outputs_not_taken(const WrongBalance& row) {
    return row.sums.outputs != 0 && row.off == row.sums.outputs;
}
bool fees_not_taken(const WrongBalance& row) {
    return row.sums.fees != 0 && row.off == row.sums.fees;
}
bool only_receipts_left(const WrongBalance& row) {
    return row.sums.output_lines != 0 && row.sums.credit_lines != 0 &&
           row.off == row.sums.outputs - row.before;
}
bool replaced_by_credit(const WrongBalance& row) {
    for (std::uint64_t n = 1; n <= row.sums.credit_lines && row.before != 0; ++n) {
        if (row.off == 0 - n * row.before) {
            return true;
        }
    }
    return false;
}
bool applied_twice(const WrongBalance& row) {
    return row.off == row.sums.credits || row.off == 0 - row.sums.outputs ||
           row.sums.of_one.contains(row.off);
}
bool effect_lost(const WrongBalance& row) {
    return row.off == 0 - row.sums.credits || row.sums.of_one.contains(0 - row.off) ||
           row.sums.lines.contains(0 - row.off);
}
bool failed_one_went_below_zero(const WrongBalance& row) {
    return row.sums.sent_failed && row.off >= (std::uint64_t{1} << 63) && !row.written;
}

/// All that fit, the most telling first.
struct BalanceRule {
    bool (*fits)(const WrongBalance&);
    model::CauseKind kind;
};
constexpr std::array kBalanceRules = {
    BalanceRule{failed_ones_pay, model::CauseKind::kFailedOnesPay},
    BalanceRule{reward_twice, model::CauseKind::kRewardTwice},
    BalanceRule{reward_replaces, model::CauseKind::kRewardReplaces},
    BalanceRule{reward_on_balance_before, model::CauseKind::kRewardOnBalanceBefore},
    BalanceRule{outputs_not_taken, model::CauseKind::kOutputsNotTaken},
    BalanceRule{fees_not_taken, model::CauseKind::kFeesNotTaken},
    BalanceRule{only_receipts_left, model::CauseKind::kOnlyReceiptsLeft},
    BalanceRule{replaced_by_credit, model::CauseKind::kReplacedByCredit},
    BalanceRule{applied_twice, model::CauseKind::kAppliedTwice},
    BalanceRule{effect_lost, model::CauseKind::kEffectLost},
    BalanceRule{failed_one_went_below_zero, model::CauseKind::kFailedOnesPay},
};

void label_balance(const CauseEvidence& evidence, const RowPair& row, std::uint64_t before,
                   std::uint64_t control, std::uint64_t candidate, Labels& labels) {
    // By its own log first: what the candidate did to the row may be what follows from a cause, and
    // what it made of that is one.
    const Movements own = movements_of(evidence, evidence.candidate, *row.key);
    std::uint64_t off = candidate - (before + own.credits + own.reward - own.outputs);
    const bool by_own = evidence.candidate.access_log.has_value() && off != 0;
    off = by_own ? off : candidate - control;
    if (off != 0) {
        const Movements sums = by_own ? own : movements_of(evidence, evidence.control, *row.key);
        const WrongBalance wrong{sums, before, off, candidate, row.in_control};
        for (const BalanceRule& rule : kBalanceRules) {
            if (rule.fits(wrong)) {
                labels.told.push_back(of_balance(rule.kind));
            }
        }
    }
    labels.off = off;
    labels.plain = off == 0 ? of_balance(model::CauseKind::kTouchedByOneSide)
                            : row_amount(*row.key, off >= (std::uint64_t{1} << 63));
}

/// The first field in which two values of one kind differ, with its direction.
void name_field(const std::optional<model::StateValue>& one,
                const std::optional<model::StateValue>& other, model::Cause& cause) {
    if (!one || !other || one->index() != other->index()) {
        return;
    }
    const auto left = codec::render_fields(*one, "");
    const auto right = codec::render_fields(*other, "");
    for (std::size_t i = 0; i < std::min(left.size(), right.size()); ++i) {
        if (left[i].field != right[i].field || left[i].indices != right[i].indices ||
            left[i].value == right[i].value) {
            continue;
        }
        cause.field = model::field_head(left[i].field);
        if (left[i].number() && right[i].number()) {
            cause.direction = *left[i].number() < *right[i].number() ? model::Direction::kHigher
                                                                     : model::Direction::kLower;
        }
        return;
    }
}

std::optional<std::uint64_t> nonce_in(const std::optional<model::StateValue>& value) {
    const auto* account = value ? std::get_if<model::AccountRecord>(&*value) : nullptr;
    return account != nullptr ? std::optional(account->nonce.value()) : std::nullopt;
}

bool sent_a_failed_one(const CauseEvidence& evidence, const model::StateKey& account) {
    const auto& transactions = evidence.block.transactions();
    for (std::size_t i = 0; i < transactions.size() && i < evidence.control.results.size(); ++i) {
        if (model::account_key(transactions[i].source) == account &&
            evidence.control.results[i].status == model::TransactionStatus::kFailed) {
            return true;
        }
    }
    return false;
}

// ---- A row that holds no amount ----

bool has_step_of_failed_one(const CauseEvidence& evidence, const RowPair& row) {
    const auto nonce = nonce_in(row.control);
    return nonce && nonce_in(row.candidate) > nonce && sent_a_failed_one(evidence, *row.key);
}
/// A first registration is another write than a nonce.
bool has_no_registration(const CauseEvidence& /*evidence*/, const RowPair& row) {
    return row.control && row.candidate == row.before &&
           row.key->family == model::Family::kAccount && !row.before;
}
bool has_no_write(const CauseEvidence& /*evidence*/, const RowPair& row) {
    return row.control && (row.candidate == row.before || !row.candidate);
}
bool has_no_removal(const CauseEvidence& /*evidence*/, const RowPair& row) {
    return !row.control && row.candidate && row.candidate == row.before;
}
bool is_not_removed(const CauseEvidence& /*evidence*/, const RowPair& row) {
    return !row.control && row.candidate;
}
bool has_extra_write(const CauseEvidence& /*evidence*/, const RowPair& row) {
    return row.control == row.before;
}

/// The first that fits; where none does, a field differs.
struct RowRule {
    bool (*fits)(const CauseEvidence&, const RowPair&);
    model::CauseKind kind;
};
constexpr std::array kRowRules = {
    RowRule{has_step_of_failed_one, model::CauseKind::kFailedHasEffects},
    RowRule{has_no_registration, model::CauseKind::kRegistrationLost},
    RowRule{has_no_write, model::CauseKind::kWriteLost},
    RowRule{has_no_removal, model::CauseKind::kRemovalLost},
    RowRule{is_not_removed, model::CauseKind::kNotRemoved},
    RowRule{has_extra_write, model::CauseKind::kExtraWrite},
};

model::Cause value_label(const CauseEvidence& evidence, const RowPair& row) {
    for (const RowRule& rule : kRowRules) {
        if (rule.fits(evidence, row)) {
            model::Cause cause = cause_of_kind(rule.kind);
            if (rule.kind != model::CauseKind::kFailedHasEffects) {
                name_row(*row.key, cause);
            }
            return cause;
        }
    }
    model::Cause cause = cause_of_kind(model::CauseKind::kRowField);
    name_row(*row.key, cause);
    name_field(row.control, row.candidate, cause);
    return cause;
}

Labels labels_of(const CauseEvidence& evidence, const RowPair& row) {
    const auto before = amount_in(row.before);
    const auto control = amount_in(row.control);
    const auto candidate = amount_in(row.candidate);
    Labels labels;
    if (!row.in_control && row.before == row.candidate) {
        labels.shapes.push_back(cause_of_kind(model::CauseKind::kRowsWrittenUnchanged));
    }
    if (!row.in_control && !row.before && candidate == 0U) {
        labels.shapes.push_back(cause_of_kind(model::CauseKind::kRowsCreatedEmpty));
    }
    if (!row.in_candidate && row.control && control == 0U) {
        labels.shapes.push_back(cause_of_kind(model::CauseKind::kZeroNotWritten));
    }
    if (!before || !control || !candidate) {
        labels.plain = value_label(evidence, row);
    } else if (row.key->family == model::Family::kBalance) {
        label_balance(evidence, row, *before, *control, *candidate, labels);
    } else {
        labels.plain = row_amount(*row.key, *candidate < *control);
    }
    return labels;
}

/// The label that most rows have, the first one of those.
MaybeCause most_frequent(const std::vector<Labels>& all, std::vector<model::Cause> Labels::*member,
                         std::size_t least) {
    std::vector<std::pair<model::Cause, std::size_t>> counts;  // in the order of first use
    for (const Labels& labels : all) {
        std::vector<model::Cause> of_row;
        for (const model::Cause& label : labels.*member) {
            if (std::find(of_row.begin(), of_row.end(), label) != of_row.end()) {
                continue;
            }
            of_row.push_back(label);
            const auto known = std::find_if(counts.begin(), counts.end(), [&](const auto& count) {
                return count.first == label;
            });
            if (known == counts.end()) {
                counts.emplace_back(label, 1);
            } else {
                ++known->second;
            }
        }
    }
    const std::pair<model::Cause, std::size_t>* best = nullptr;
    for (const auto& count : counts) {
        if (count.second >= least && (best == nullptr || count.second > best->second)) {
            best = &count;
        }
    }
    return best == nullptr ? std::nullopt : MaybeCause(best->first);
}

MaybeCause total_label(const model::BlockTotals& control, const model::BlockTotals& candidate) {
    const auto left = codec::render_fields(control, "");
    const auto right = codec::render_fields(candidate, "");
    for (std::size_t i = 0; i < left.size(); ++i) {
        if (left[i].value != right[i].value) {
            model::Cause cause = cause_of_kind(model::CauseKind::kTotal);
            cause.field = left[i].field;
            cause.direction = left[i].number() < right[i].number() ? model::Direction::kHigher
                                                                   : model::Direction::kLower;
            return cause;
        }
    }
    return std::nullopt;
}

}  // namespace

void name_row(const model::StateKey& key, model::Cause& cause) {
    cause.family = key.family;
    if (key.family == model::Family::kCounter) {
        cause.counter = static_cast<model::Counter>(key.owner[0]);
    }
}

MaybeCause row_cause(const CauseEvidence& evidence,
                     const std::optional<std::set<model::StateKey>>& rows) {
    if (!rows && !(evidence.control.totals == evidence.candidate.totals)) {
        return total_label(evidence.control.totals, evidence.candidate.totals);
    }
    std::vector<Labels> all;
    std::set<std::pair<std::array<std::uint8_t, 32>, std::uint64_t>> balances;
    std::size_t examined = 0;
    for (const RowPair& row : differing_rows(evidence.control, evidence.candidate)) {
        const bool asked_for = rows && rows->contains(*row.key);
        if (examined++ >= kMaxRows && !asked_for) {
            continue;
        }
        Labels labels = labels_of(evidence, row);
        if (labels.off != 0) {
            if (balances.contains({row.key->owner, 0 - labels.off})) {
                return of_balance(model::CauseKind::kInAnotherAsset);
            }
            balances.emplace(row.key->owner, labels.off);
        }
        if (!rows || asked_for) {
            all.push_back(std::move(labels));
        }
    }
    if (all.empty()) {
        return std::nullopt;
    }
    if (MaybeCause shape = most_frequent(all, &Labels::shapes, all.size())) {
        return shape;
    }
    if (MaybeCause told = most_frequent(all, &Labels::told, 1)) {
        return told;
    }
    return all.front().plain;
}

}  // namespace parallax::core
