#include "reports/finding_cause.hpp"

#include "verifier/core/render.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace parallax {
namespace {

/// `100`, or the row that holds nothing else: `{amount: 100}`.
std::optional<std::uint64_t> number_in(std::string_view text) {
    constexpr std::string_view kRow = "{amount: ";
    if (text.starts_with(kRow) && text.ends_with('}')) {
        text = text.substr(kRow.size(), text.size() - kRow.size() - 1);
    }
    std::uint64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    return error == std::errc() && stop == end ? std::optional(number) : std::nullopt;
}

/// The row's number before the block, where it was read.
std::optional<std::uint64_t> number_before(const Difference& difference) {
    return number_in(difference.pre_state.value_or(""));
}

std::string transaction_text(TxIndex index) {
    return index.value() == kEpilogueTransaction ? "the block's end"
                                                 : fmt::format("transaction {}", index.value());
}

/// `transaction 3`, `transactions 3, 5 and the block's end`.
std::string transactions_text(const std::vector<TxIndex>& indices) {
    std::vector<std::string> words;
    for (const TxIndex index : indices) {
        words.push_back(index.value() == kEpilogueTransaction ? "the block's end"
                                                              : std::to_string(index.value()));
    }
    if (words.size() == 1) {
        return transaction_text(indices.front());
    }
    const std::string last = words.back();
    words.pop_back();
    return fmt::format("transactions {} and {}", fmt::join(words, ", "), last);
}

/// How a deletion ends in a difference of the state.
constexpr std::string_view kDeletedText = "-> absent";

/// An amount that one transaction moved on the row, in one lane.
struct Move {
    TxIndex transaction;
    std::uint64_t amount = 0;
};

/// Reads the cause off one finding. The figures are those of the row of the first difference.
class CauseReader {
  public:
    CauseReader(const Finding& finding, AccountNames& names)
        : finding_(finding), first_(finding.first), names_(names) {
        row_ = first_.key ? names_.row_name(*first_.key) : std::string("the outcome");
    }

    [[nodiscard]] CauseWords run() {
        words_.observed = observed();
        words_.observed += other_rows();
        if (!words_.likely.empty() && words_.likely.back() != '.') {
            words_.likely += '.';
        }
        return words_;
    }

  private:
    [[nodiscard]] std::string observed() {
        switch (finding_.finding_class) {
            case FindingClass::kDivergence:
                return divergence();
            case FindingClass::kNotSerializable:
                return hazard();
            case FindingClass::kInvariantBroken:
                return broken_law();
            case FindingClass::kExecutorFailed:
                return fmt::format("{} gave no result for the block: {}.", finding_.lane,
                                   first_.candidate.empty() ? "it failed" : first_.candidate);
            case FindingClass::kControlUnstable:
                return "The control gave two different results for the same block: it, or the "
                       "machine, is not to be relied on.";
            case FindingClass::kRecordedDivergence:
                return "The node recorded another outcome than the control computes: their rules "
                       "differ, or one of them is wrong.";
        }
        return "";
    }

    /// Rows of which the words do not speak.
    [[nodiscard]] std::string other_rows() const {
        const bool about_row = first_.key && (first_.section == Section::kState ||
                                              first_.section == Section::kSerializability);
        std::set<StateKey> rows;
        for (const Difference& difference : finding_.derived) {
            if (difference.key && difference.section == first_.section) {
                rows.insert(*difference.key);
            }
        }
        if (first_.key) {
            rows.erase(*first_.key);
        }
        if (!about_row || others_told_ || rows.empty()) {
            return "";
        }
        return rows.size() == 1
                   ? std::string(" One more row differs; these words are about this one alone.")
                   : fmt::format(" {} more rows differ; these words are about this one alone.",
                                 rows.size());
    }

    [[nodiscard]] std::string deciding() const {
        return first_.transaction ? fmt::format("Transaction {}", first_.transaction->value())
                                  : std::string("The block's end");
    }

    // ---- Hazards: the log of one outcome against block order ----

    [[nodiscard]] std::string hazard() {
        const std::string& path = first_.path;
        if (path == "stale_read" || path == "pre_state_leak") {
            words_.likely =
                "it ran before that write had taken effect, and nothing made it run "
                "again, because what it saw is what an earlier transaction left";
            return fmt::format(
                "{} read an old value of {}: it saw it {}, and should have seen it {}.", deciding(),
                row_, version_in(first_.candidate), version_in(first_.control));
        }
        if (path == "future_read") {
            return fmt::format(
                "{} read {} from the future: it saw it {}, which comes later in the block, and "
                "should have seen it {}.",
                deciding(), row_, version_in(first_.candidate), version_in(first_.control));
        }
        if (path == "dirty_read") {
            return fmt::format(
                "{} read a value of {} that no transaction leaves there: half written, or of an "
                "attempt that was thrown away.",
                deciding(), row_);
        }
        if (path == "phantom") {
            return fmt::format("{} saw {} where there is none yet, or missed it where it is.",
                               deciding(), row_);
        }
        if (path == "lost_update") {
            return lost_update();
        }
        if (path == "epilogue_before_drain") {
            return "The block's end (fees, reward, credits) ran before every transaction was done.";
        }
        if (path == "unlogged_write") {
            return fmt::format(
                "{} changed though no transaction wrote it: something wrote past "
                "the access log.",
                upper(row_));
        }
        return fmt::format("The lane's access log contradicts itself at {}.", row_);
    }

    [[nodiscard]] std::string lost_update() {
        if (const std::string amounts = wrong_amount(); !amounts.empty()) {
            return amounts;
        }
        const auto right = number_in(first_.control);
        const auto wrong = number_in(first_.candidate);
        if (is_amount() && right && wrong && *wrong < *right) {
            suspect_race_or_skip();
            return fmt::format(
                "By its own access log {} must end at {}, and it ends at {}: {} of what was added "
                "to it was lost.",
                row_, *right, *wrong, *right - *wrong);
        }
        words_.likely =
            "it was dropped when results were put together, because the lane's own log "
            "has the write";
        if (first_.control.ends_with(kAbsentText)) {
            return fmt::format(
                "{} deleted {}, and that was lost: it is still there after the "
                "block.",
                deciding(), row_);
        }
        return fmt::format(
            "What {} wrote to {} was lost: the state after the block does not have "
            "it.",
            lower(deciding()), row_);
    }

    /// `as transaction 3 left it`, of `as transaction 3 left it: digest 12ab`.
    [[nodiscard]] static std::string version_in(const std::string& text) {
        return text.substr(0, text.find(':'));
    }

    // ---- Amounts of a row ----

    [[nodiscard]] std::vector<Move> moves(AccessKind kind, bool in_candidate) const {
        std::vector<Move> found;
        for (const LaneEvent& event : finding_.events) {
            if (event.kind == kind && event.in_candidate == in_candidate && event.value > 0) {
                found.push_back({event.transaction, event.value});
            }
        }
        return found;
    }

    [[nodiscard]] std::string naming(const std::vector<Move>& moves, std::uint64_t amount) const {
        for (const Move& move : moves) {
            if (move.amount == amount) {
                return transaction_text(move.transaction);
            }
        }
        return "";
    }

    /// What the numbers on both sides and before the block say; empty if they say nothing.
    [[nodiscard]] std::string wrong_amount() {
        const auto control = number_in(first_.control);
        const auto candidate = number_in(first_.candidate);
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

    /// Rows that hold one amount; the numbers of others are no sums.
    [[nodiscard]] bool is_amount() const {
        return first_.key && (first_.key->family == Family::kBalance ||
                              first_.key->family == Family::kContractBalance ||
                              first_.key->family == Family::kAssetSupply ||
                              first_.key->family == Family::kCounter);
    }

    /// Credits are the same in both lanes, unless the lane's own log lacks some.
    [[nodiscard]] std::vector<Move> credits() const {
        const std::vector<Move> control = moves(AccessKind::kCredit, false);
        return control.empty() ? moves(AccessKind::kCredit, true) : control;
    }

    [[nodiscard]] std::string too_little(std::uint64_t control, std::uint64_t candidate,
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
            return fmt::format("Of all that was added to {} only the last part, from {}, counts.",
                               row_, transaction_text(paid_in.back().transaction));
        }
        const std::string spender = naming(moves(AccessKind::kOutput, false), missing);
        if (!spender.empty()) {
            return fmt::format("What {} takes out of {} ({}) was taken twice.", spender, row_,
                               missing);
        }
        if (before && candidate == *before) {
            return fmt::format(
                "{} was left as it was before the block: none of its updates "
                "arrived.",
                upper(row_));
        }
        return "";
    }

    /// How many times a row lacks what it had before the block; 0 if no small number fits. Below
    /// zero amounts wrap, and so does this.
    [[nodiscard]] static std::uint64_t times_before(const Difference& difference) {
        constexpr std::uint64_t kMost = 32;
        const auto control = number_in(difference.control);
        const auto candidate = number_in(difference.candidate);
        const std::uint64_t before = number_before(difference).value_or(0);
        if (!control || !candidate || before == 0) {
            return 0;
        }
        const std::uint64_t missing = *control - *candidate;
        return missing % before == 0 && missing / before <= kMost ? missing / before : 0;
    }

    [[nodiscard]] static std::uint64_t all_rows(
        const std::map<std::uint64_t, std::uint64_t>& rows) {
        std::uint64_t sum = 0;
        for (const auto& [how_often, count] : rows) {
            sum += count;
        }
        return sum;
    }

    /// The other rows of the same kind of difference are held against the same law.
    [[nodiscard]] std::string overwritten(std::uint64_t before) {
        std::map<std::uint64_t, std::uint64_t> rows;  // by how often what was there is missing
        for (const Difference* difference : all()) {
            if (difference->key && difference->section == first_.section) {
                ++rows[times_before(*difference)];
            }
        }
        words_.likely =
            "what came in was put in the place of what was there, instead of being "
            "added to it, because just the value before the block is missing";
        const std::uint64_t times = times_before(first_);
        std::string text =
            fmt::format("{} lacks exactly the {} that it had before the block{}.", upper(row_),
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
        text += fmt::format(" Of the {} rows of this finding each lacks its own value: {}.",
                            all_rows(rows), fmt::join(parts, ", "));
        if (rows.size() > 1 && !rows.contains(0)) {
            words_.likely += ", as often as the row was written";
        }
        return rows.contains(0) ? text + fmt::format(" {} of the rows {} not fit this.", rows.at(0),
                                                     rows.at(0) == 1 ? "does" : "do")
                                : text;
    }

    [[nodiscard]] std::string too_much(std::uint64_t control, std::uint64_t candidate,
                                       std::optional<std::uint64_t> before) {
        const std::uint64_t extra = candidate - control;
        const std::vector<Move> outputs = moves(AccessKind::kOutput, false);
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
                upper(row_));
        }
        return "";
    }

    // ---- Divergence ----

    [[nodiscard]] std::string divergence() {
        if (first_.section == Section::kResults) {
            return wrong_result();
        }
        if (first_.section == Section::kState) {
            return wrong_row();
        }
        if (first_.section == Section::kTotals) {
            return wrong_total();
        }
        return fmt::format("The lane's {} of the block differ from the control's.",
                           section_name(first_.section));
    }

    [[nodiscard]] std::string wrong_row() {
        if (const std::string amounts = wrong_amount(); !amounts.empty()) {
            return amounts;
        }
        std::vector<TxIndex> missing;
        std::set_difference(first_.control_writers.begin(), first_.control_writers.end(),
                            first_.candidate_writers.begin(), first_.candidate_writers.end(),
                            std::back_inserter(missing));
        if (!missing.empty()) {
            return fmt::format("The lane never did what {} {} to {} in the control.",
                               transactions_text(missing), missing.size() == 1 ? "does" : "do",
                               row_);
        }
        if (first_.control == kAbsentText || first_.control == kNotWrittenText) {
            return fmt::format("The lane wrote {}, which the block does not touch.", row_);
        }
        if (first_.candidate == kAbsentText || first_.candidate == kNotWrittenText) {
            return dropped();
        }
        if (first_.pre_state && first_.candidate == *first_.pre_state) {
            return fmt::format("The lane left {} as it was before the block.", row_);
        }
        if (first_.delta && is_amount()) {
            return fmt::format(
                "{} is {} {} in the lane, which is no single update of it: the same transactions "
                "wrote it in both lanes, and their access logs do not tell why.",
                upper(row_), first_.delta->substr(1),
                first_.delta->front() == '-' ? "lower" : "higher");
        }
        return fmt::format(
            "The same transactions wrote {} in both lanes, with another result ({} instead of {}): "
            "the access logs do not tell why.",
            row_, shortened(first_.candidate), shortened(first_.control));
    }

    /// The block changes the row, and the lane's result does not have it.
    [[nodiscard]] std::string dropped() {
        if (!first_.candidate_writers.empty()) {
            words_.likely = "it was dropped when results were put together, because the log has it";
            return fmt::format(
                "The lane's own log says that {} {} {}, but its result does not have it.",
                transactions_text(first_.candidate_writers),
                first_.control.ends_with(kDeletedText) ? "deleted" : "wrote", row_);
        }
        return first_.control_writers.empty()
                   ? fmt::format("The lane did not write {}, which the block changes.", row_)
                   : fmt::format("The lane did not write {}, which {} {} in the control.", row_,
                                 transactions_text(first_.control_writers),
                                 first_.control_writers.size() == 1 ? "writes" : "write");
    }

    [[nodiscard]] static std::string shortened(const std::string& text) {
        constexpr std::size_t kMost = 80;
        return shortened_text(text, kMost);
    }

    /// The code behind the status of the first difference, or nothing.
    [[nodiscard]] std::string code_in(bool in_candidate) const {
        for (const Difference* difference : all()) {
            if (difference->section == Section::kResults && difference->path.ends_with(".code") &&
                difference->transaction == first_.transaction) {
                const std::string& text =
                    in_candidate ? difference->candidate : difference->control;
                const std::string code = text.substr(0, text.find(' '));
                return code == "SUCCESS" ? "" : code;
            }
        }
        return "";
    }

    [[nodiscard]] std::vector<const Difference*> all() const {
        std::vector<const Difference*> differences = {&first_};
        for (const Difference& difference : finding_.derived) {
            differences.push_back(&difference);
        }
        return differences;
    }

    /// The earlier transaction whose write the control saw on the row, and the lane did not.
    [[nodiscard]] std::optional<TxIndex> writer_missed() const {
        const auto seen = [&](bool in_candidate) -> std::optional<TxIndex> {
            for (const LaneEvent& event : finding_.events) {
                const bool read =
                    event.kind == AccessKind::kRead || event.kind == AccessKind::kReadSpendable;
                if (read && event.in_candidate == in_candidate &&
                    event.transaction == first_.transaction) {
                    return event.observed_writer;
                }
            }
            return std::nullopt;
        };
        const auto control = seen(false);
        const bool is_writer = control && control->value() < kEpilogueTransaction;
        return is_writer && seen(true) != control ? control : std::nullopt;
    }

    [[nodiscard]] std::string wrong_result() {
        const std::string control = code_in(false);
        const std::string candidate = code_in(true);
        const std::string where = lower(deciding());
        if (candidate.empty() && control.empty()) {
            return wrong_field();
        }
        std::string text;
        if (control.empty()) {
            text = fmt::format("The lane refuses {} with {}; in block order it succeeds.", where,
                               candidate);
        } else if (candidate.empty()) {
            text = fmt::format("The lane lets {} through, which in block order must fail with {}.",
                               where, control);
        } else {
            text = fmt::format("The lane refuses {} with {} instead of {}.", where, candidate,
                               control);
        }
        const auto writer = writer_missed();
        if (first_.key && writer) {
            words_.likely =
                "the two ran side by side, or in the wrong order, because only the "
                "control saw that write";
            return text + fmt::format(" It did not see what transaction {} did to {}.",
                                      writer->value(), row_);
        }
        if (candidate.empty()) {
            words_.likely = "the check is missing, or saw another state";
        }
        return text;
    }

    [[nodiscard]] std::string wrong_field() const {
        const std::size_t dot = first_.path.rfind('.');
        const std::string field =
            dot == std::string::npos ? first_.path : first_.path.substr(dot + 1);
        return fmt::format(
            "{} ends the same way in both lanes, but the lane has another {}: {} "
            "instead of {}.",
            deciding(), field, first_.candidate, first_.control);
    }

    // ---- Sums, and laws ----

    /// A sum over the transactions, on two sides or against what it must be.
    [[nodiscard]] std::string wrong_total() {
        const auto right = number_in(first_.control);
        const auto wrong = number_in(first_.candidate);
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
        return fmt::format("The lane's sum {} is {} above {}.{}", first_.path, *wrong - *right,
                           *right, contributions(*wrong - *right, "too much"));
    }

    void suspect_race_or_skip() {
        words_.likely =
            "two workers added to one sum at once and one addition was lost (a race), "
            "or a contribution was skipped";
        words_.repeats_decide = true;
    }

    /// Which transactions' contributions to a sum fit what is wrong with it.
    [[nodiscard]] std::string contributions(std::uint64_t amount, std::string_view what) const {
        std::vector<TxIndex> fitting;
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
            return fmt::format(" Exactly what {} (which did not fail) adds to it is {}.", who,
                               what);
        }
        return alone
                   ? fmt::format(" Exactly what one of {} (none of which failed) adds to it is {}.",
                                 who, what)
                   : fmt::format(
                         " What {} (none of which failed) add to it together, for example, is {}.",
                         who, what);
    }

    [[nodiscard]] std::string broken_law() {
        if (first_.path.starts_with("totals.")) {
            return wrong_total();
        }
        if (first_.path.starts_with("conservation")) {
            return fmt::format(
                "Money appeared or vanished in {}: what its outcome gives and what it takes do not "
                "balance ({}).",
                finding_.lane, first_.path);
        }
        return fmt::format(
            "The outcome of {} breaks a law that holds whatever the rules are: {} must be {}, and "
            "is {}.",
            finding_.lane, first_.path, first_.control, first_.candidate);
    }

    static std::string lower(std::string text) {
        text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
        return text;
    }
    static std::string upper(std::string text) {
        text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
        return text;
    }

    const Finding& finding_;
    const Difference& first_;
    AccountNames& names_;
    std::string row_;
    CauseWords words_;
    /// The words fit the other rows, too, or say which they do not fit.
    bool others_told_ = false;
};

}  // namespace

std::string CauseWords::whole() const {
    return likely.empty() ? observed : fmt::format("{} Likely cause: {}", observed, likely);
}

CauseWords cause_in_words(const Finding& finding, AccountNames& names) {
    return CauseReader(finding, names).run();
}

}  // namespace parallax
