#include "reports/analysis/finding_amounts.hpp"

#include <fmt/format.h>

#include <cctype>
#include <map>

namespace parallax::reports {
namespace {

/// The row's number before the block, where it was read.
std::optional<std::uint64_t> number_before(const model::Difference& difference) {
    return number_in(difference.values.pre_state);
}

/// What a block does by itself; empty for a transaction.
std::string_view block_step_text(model::TxIndex index) {
    if (model::is_transaction(index.value())) {
        return "";
    }
    return index.value() == model::kInitializeTransaction ? "the block's beginning"
                                                          : "the block's end";
}

std::string transaction_text(model::TxIndex index) {
    const std::string_view step = block_step_text(index);
    return step.empty() ? fmt::format("transaction {}", index.value()) : std::string(step);
}

std::string naming(const std::vector<Move>& moves, std::uint64_t amount) {
    for (const Move& move : moves) {
        if (move.amount == amount) {
            return transaction_text(move.transaction);
        }
    }
    return "";
}

/// How many times a row lacks what it had before the block; 0 if no small number fits. Below
/// zero amounts wrap, and so does this.
std::uint64_t times_before(const model::Difference& difference) {
    constexpr std::uint64_t kMost = 32;
    const auto control = number_in(difference.values.control);
    const auto candidate = number_in(difference.values.candidate);
    const std::uint64_t before = number_before(difference).value_or(0);
    if (!control || !candidate || before == 0) {
        return 0;
    }
    const std::uint64_t missing = *control - *candidate;
    return missing % before == 0 && missing / before <= kMost ? missing / before : 0;
}

std::uint64_t all_rows(const std::map<std::uint64_t, std::uint64_t>& rows) {
    std::uint64_t sum = 0;
    for (const auto& [how_often, count] : rows) {
        sum += count;
    }
    return sum;
}

}  // namespace

std::optional<std::uint64_t> number_in(const model::Value& value) {
    const bool counts =
        value.kind == model::ValueKind::kNumber || value.kind == model::ValueKind::kRecord;
    return counts && value.number && value.number->high == 0 ? std::optional(value.number->low)
                                                             : std::nullopt;
}

std::string transactions_text(const std::vector<model::TxIndex>& indices) {
    std::vector<std::string> words;
    for (const model::TxIndex index : indices) {
        const std::string_view step = block_step_text(index);
        words.push_back(step.empty() ? std::to_string(index.value()) : std::string(step));
    }
    if (words.size() == 1) {
        return transaction_text(indices.front());
    }
    const std::string last = words.back();
    words.pop_back();
    return fmt::format("transactions {} and {}", fmt::join(words, ", "), last);
}

std::string capitalised(std::string text) {
    text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
    return text;
}

std::vector<Move> AmountReader::moves(model::AccessKind kind, bool in_candidate) const {
    std::vector<Move> found;
    for (const model::LaneEvent& event : finding_.events) {
        if (event.kind == kind && event.in_candidate == in_candidate && event.value > 0) {
            found.push_back({event.transaction, event.value});
        }
    }
    return found;
}

std::string AmountReader::wrong_amount() {
    const auto control = number_in(first_.values.control);
    const auto candidate = number_in(first_.values.candidate);
    if (!is_amount() || !control || !candidate) {
        return "";
    }
    const auto before = number_before(first_);
    if (*candidate > *control && times_before(first_) > 0) {
        return overwritten(before.value_or(0));  // it wrapped below zero
    }
    return *candidate < *control ? too_little(*control, *candidate, before)
                                 : too_much(*control, *candidate, before);
}

bool AmountReader::is_amount() const {
    return first_.key && (first_.key->family == model::Family::kBalance ||
                          first_.key->family == model::Family::kContractBalance ||
                          first_.key->family == model::Family::kAssetSupply ||
                          first_.key->family == model::Family::kCounter);
}

/// Credits are the same in both lanes, unless the lane's own log lacks some.
std::vector<Move> AmountReader::credits() const {
    const std::vector<Move> control = moves(model::AccessKind::kCredit, false);
    return control.empty() ? moves(model::AccessKind::kCredit, true) : control;
}

std::string AmountReader::too_little(std::uint64_t control, std::uint64_t candidate,
                                     std::optional<std::uint64_t> before) {
    const std::uint64_t missing = control - candidate;
    const std::vector<Move> paid_in = credits();
    std::uint64_t sum = 0;
    for (const Move& credit : paid_in) {
        sum += credit.amount;
    }
    if (before && *before > 0 && missing == *before) {
        return overwritten(*before);
    }
    if (const std::string payer = naming(paid_in, missing); !payer.empty()) {
        suspect_race_or_skip();
        return fmt::format("Exactly what {} added to {} ({}) is missing: its update was lost.",
                           payer, row_, missing);
    }
    if (paid_in.size() > 1 && missing == sum) {
        return fmt::format("All that the block added to {} ({}) is missing.", row_, missing);
    }
    if (paid_in.size() > 1 && missing == sum - paid_in.back().amount) {
        return fmt::format("Of all that was added to {} only the last part, from {}, counts.", row_,
                           transaction_text(paid_in.back().transaction));
    }
    const std::string spender = naming(moves(model::AccessKind::kOutput, false), missing);
    if (!spender.empty()) {
        return fmt::format("What {} takes out of {} ({}) was taken twice.", spender, row_, missing);
    }
    if (before && candidate == *before) {
        return fmt::format(
            "{} was left as it was before the block: none of its updates "
            "arrived.",
            capitalised(row_));
    }
    return "";
}

/// The other rows of the same kind of difference are held against the same law.
std::string AmountReader::overwritten(std::uint64_t before) {
    std::map<std::uint64_t, std::uint64_t> rows;  // by how often what was there is missing
    rows[times_before(first_)] = 1;
    for (const model::Difference& difference : finding_.derived) {
        if (difference.key && difference.section == first_.section) {
            ++rows[times_before(difference)];
        }
    }
    words_.likely =
        "what came in was put in the place of what was there, instead of being "
        "added to it, because just the value before the block is missing";
    const std::uint64_t times = times_before(first_);
    std::string text =
        fmt::format("{} lacks exactly the {} that it had before the block{}.", capitalised(row_),
                    before, times == 1 ? "" : fmt::format(", {} times", times));
    const bool alone = all_rows(rows) == 1;
    std::vector<std::string> parts;
    for (const auto& [how_often, count] : rows) {
        if (how_often > 0) {
            parts.push_back(fmt::format("{} row{} {}", count, count == 1 ? "" : "s",
                                        how_often == 1   ? std::string("once")
                                        : how_often == 2 ? std::string("twice")
                                                         : fmt::format("{} times", how_often)));
        }
    }
    others_told_ = true;
    if (alone) {
        return text;
    }
    const std::uint64_t fitting = all_rows(rows) - (rows.contains(0) ? rows.at(0) : 0);
    const bool whole = finding_.derived_count <= finding_.derived.size();
    text += fmt::format(" Of the {} rows {} {} {} own value before the block: {}.", all_rows(rows),
                        whole ? "of this finding" : "that are kept of this finding", fitting,
                        fitting == 1 ? "lacks its" : "lack their", fmt::join(parts, ", "));
    if (rows.rbegin()->first > 1) {
        words_.likely +=
            "; where it is missing more than once, each credit was counted from zero and merged as "
            "the difference to it";
    }
    return rows.contains(0) ? text + fmt::format(" {} of the rows {} not fit this.", rows.at(0),
                                                 rows.at(0) == 1 ? "does" : "do")
                            : text;
}

std::string AmountReader::too_much(std::uint64_t control, std::uint64_t candidate,
                                   std::optional<std::uint64_t> before) {
    const std::uint64_t extra = candidate - control;
    const std::vector<Move> outputs = moves(model::AccessKind::kOutput, false);
    if (const std::string spender = naming(outputs, extra); !spender.empty()) {
        return fmt::format("What {} takes out of {} ({}) was not taken.", spender, row_, extra);
    }
    if (const std::string payer = naming(credits(), extra); !payer.empty()) {
        return fmt::format("What {} added to {} ({}) was added twice.", payer, row_, extra);
    }
    if (before && candidate == *before) {
        return fmt::format(
            "{} was left as it was before the block: nothing that the block "
            "takes out of it was taken.",
            capitalised(row_));
    }
    return "";
}

std::string AmountReader::wrong_total() {
    const auto right = number_in(first_.values.control);
    const auto wrong = number_in(first_.values.candidate);
    if (!right || !wrong || *right == *wrong) {
        return fmt::format("The lane's totals of the block are wrong: {} is {} and must be {}.",
                           first_.path, first_.candidate, first_.control);
    }
    if (*wrong < *right) {
        suspect_race_or_skip();
        return fmt::format("The lane's sum {} lacks {} of {}.{}", first_.path, *right - *wrong,
                           *right, contributions(*right - *wrong, "missing"));
    }
    words_.likely = "a part of it was counted twice, or must not count";
    return fmt::format("The lane's sum {} is {} above {}.{}", first_.path, *wrong - *right, *right,
                       contributions(*wrong - *right, "too much"));
}

void AmountReader::suspect_race_or_skip() {
    words_.likely =
        "two workers added to one sum at once and one addition was lost (a race), "
        "or a contribution was skipped";
    words_.repeats_decide = true;
}

/// Which transactions' contributions to a sum fit what is wrong with it.
std::string AmountReader::contributions(std::uint64_t amount, std::string_view what) const {
    std::vector<model::TxIndex> fitting;
    std::uint64_t sum = 0;
    bool alone = true;
    for (const Move& move : credits()) {
        fitting.push_back(move.transaction);
        sum += move.amount;
        alone = alone && move.amount == amount;
    }
    if (fitting.empty() || first_.key || (!alone && sum != amount)) {
        return "";
    }
    const std::string who = transactions_text(fitting);
    if (fitting.size() == 1) {
        return fmt::format(" Exactly what {} (which did not fail) adds to it is {}.", who, what);
    }
    return alone ? fmt::format(" Exactly what one of {} (none of which failed) adds to it is {}.",
                               who, what)
                 : fmt::format(
                       " What {} (none of which failed) add to it together, for example, is {}.",
                       who, what);
}

}  // namespace parallax::reports
