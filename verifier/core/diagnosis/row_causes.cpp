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
    std::vector<std::string> shapes;
    std::vector<std::string> told;
    /// What is always there to say.
    std::string plain;
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
                (at == model::kEpilogueTransaction ? sums.reward : sums.credits) += access.value;
                sums.credit_lines += 1;
                sums.lines.insert(access.value);
                net[at] += access.value;
            }
        }
    }
    for (const auto& [at, effect] : net) {
        if (at != model::kEpilogueTransaction && effect != 0) {
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

/// What `off`, by which a balance is too high, fits; whether the control wrote the row. All sums
/// wrap, as a broken executor's do.
void tell_balance(const Movements& sums, std::uint64_t before, std::uint64_t off,
                  std::uint64_t candidate, bool written, Labels& labels) {
    const auto tell = [&](bool fits, const char* label) {
        if (fits) {
            labels.told.emplace_back(label);
        }
    };
    tell(sums.failed_fees != 0 && off == 0 - sums.failed_fees, "balance: failed ones pay");
    tell(sums.reward != 0 && off == sums.reward, "balance: reward twice");
    tell(sums.reward != 0 && candidate == sums.reward, "balance: reward replaces it");
    tell(sums.reward != 0 && candidate == before + sums.reward,
         "balance: reward on the balance before");
    tell(sums.outputs != 0 && off == sums.outputs, "balance: outputs not taken");
    tell(sums.fees != 0 && off == sums.fees, "balance: fees not taken");
    tell(sums.output_lines != 0 && sums.credit_lines != 0 && off == sums.outputs - before,
         "balance: only receipts left");
    for (std::uint64_t n = 1; n <= sums.credit_lines && before != 0; ++n) {
        tell(off == 0 - n * before, "balance: replaced by a credit");
    }
    tell(off == sums.credits || off == 0 - sums.outputs || sums.of_one.contains(off),
         "balance: applied twice");
    tell(off == 0 - sums.credits || sums.of_one.contains(0 - off) || sums.lines.contains(0 - off),
         "balance: effect lost");
    tell(sums.sent_failed && off >= (std::uint64_t{1} << 63) && !written,
         "balance: failed ones pay");
}

void label_balance(const CauseEvidence& evidence, const RowPair& row, std::uint64_t before,
                   std::uint64_t control, std::uint64_t candidate, Labels& labels) {
    // By its own log first: what the candidate did to the row may be what follows from a cause, and
    // what it made of that is one.
    const Movements own = movements_of(evidence, evidence.candidate, *row.key);
    std::uint64_t off = candidate - (before + own.credits + own.reward - own.outputs);
    const bool by_own = evidence.candidate.access_log.has_value() && off != 0;
    off = by_own ? off : candidate - control;
    if (off != 0) {
        tell_balance(by_own ? own : movements_of(evidence, evidence.control, *row.key), before, off,
                     candidate, row.in_control, labels);
    }
    labels.off = off;
    labels.plain = off == 0                         ? "balance: touched by one side only"
                   : off < (std::uint64_t{1} << 63) ? "balance: higher"
                                                    : "balance: lower";
}

std::string name_of(const model::StateKey& key) {
    return key.family == model::Family::kCounter
               ? std::string(model::counter_name(static_cast<model::Counter>(key.owner[0])))
               : std::string(model::family_row(key.family).name);
}

/// The first field in which two values of one kind differ, with its direction.
std::string field_between(const std::optional<model::StateValue>& one,
                          const std::optional<model::StateValue>& other) {
    if (!one || !other || one->index() != other->index()) {
        return "";
    }
    const auto left = codec::render_fields(*one, "");
    const auto right = codec::render_fields(*other, "");
    for (std::size_t i = 0; i < std::min(left.size(), right.size()); ++i) {
        if (left[i].path != right[i].path || left[i].text == right[i].text) {
            continue;
        }
        std::string text = left[i].path.substr(0, left[i].path.find('['));
        if (left[i].number && right[i].number) {
            text += *left[i].number < *right[i].number ? " higher" : " lower";
        }
        return text;
    }
    return "";
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

std::string value_label(const CauseEvidence& evidence, const RowPair& row) {
    const std::string name = name_of(*row.key);
    const auto nonce = nonce_in(row.control);
    if (nonce && nonce_in(row.candidate) > nonce && sent_a_failed_one(evidence, *row.key)) {
        return std::string(kFailedHasEffects);
    }
    if (row.control && row.candidate == row.before) {
        // A first registration is another write than a nonce.
        const bool created = row.key->family == model::Family::kAccount && !row.before;
        return name + (created ? ": registration lost" : ": write lost");
    }
    if (row.control && !row.candidate) {
        return name + ": write lost";
    }
    if (!row.control && row.candidate) {
        return name + (row.candidate == row.before ? ": removal lost" : ": there and not removed");
    }
    if (row.control == row.before) {
        return name + ": extra write";
    }
    return name + ": " + field_between(row.control, row.candidate);
}

Labels labels_of(const CauseEvidence& evidence, const RowPair& row) {
    const auto before = amount_in(row.before);
    const auto control = amount_in(row.control);
    const auto candidate = amount_in(row.candidate);
    Labels labels;
    if (!row.in_control && row.before == row.candidate) {
        labels.shapes.emplace_back("rows: written unchanged");
    }
    if (!row.in_control && !row.before && candidate == 0U) {
        labels.shapes.emplace_back("rows: created empty");
    }
    if (!row.in_candidate && row.control && control == 0U) {
        labels.shapes.emplace_back("rows: zero not written");
    }
    if (!before || !control || !candidate) {
        labels.plain = value_label(evidence, row);
    } else if (row.key->family == model::Family::kBalance) {
        label_balance(evidence, row, *before, *control, *candidate, labels);
    } else {
        labels.plain = name_of(*row.key) + (*candidate < *control ? ": lower" : ": higher");
    }
    return labels;
}

/// The label that most rows have, the first one of those.
std::string most_frequent(const std::vector<Labels>& all, std::vector<std::string> Labels::*member,
                          std::size_t least) {
    std::vector<std::string> order;
    std::map<std::string, std::size_t> counts;
    for (const Labels& labels : all) {
        for (const std::string& label :
             std::set<std::string>((labels.*member).begin(), (labels.*member).end())) {
            ++counts[label];
        }
        order.insert(order.end(), (labels.*member).begin(), (labels.*member).end());
    }
    std::string best;
    for (const std::string& label : order) {
        if (counts[label] >= least && (best.empty() || counts[label] > counts[best])) {
            best = label;
        }
    }
    return best;
}

std::string total_label(const model::BlockTotals& control, const model::BlockTotals& candidate) {
    const auto left = codec::render_fields(control, "");
    const auto right = codec::render_fields(candidate, "");
    for (std::size_t i = 0; i < left.size(); ++i) {
        if (left[i].text != right[i].text) {
            return "total " + left[i].path +
                   (left[i].number < right[i].number ? ": higher" : ": lower");
        }
    }
    return "";
}

}  // namespace

std::string row_cause(const CauseEvidence& evidence,
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
                return "balance: in another asset";
            }
            balances.emplace(row.key->owner, labels.off);
        }
        if (!rows || asked_for) {
            all.push_back(std::move(labels));
        }
    }
    if (all.empty()) {
        return "";
    }
    if (std::string shape = most_frequent(all, &Labels::shapes, all.size()); !shape.empty()) {
        return shape;
    }
    if (std::string told = most_frequent(all, &Labels::told, 1); !told.empty()) {
        return told;
    }
    return all.front().plain;
}

}  // namespace parallax::core
