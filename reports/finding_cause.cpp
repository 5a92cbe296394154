#include "reports/finding_cause.hpp"

#include "verifier/core/render.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <iterator>
#include <optional>
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

    [[nodiscard]] std::string run() {
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

  private:
    [[nodiscard]] std::string deciding() const {
        return first_.transaction ? fmt::format("Transaction {}", first_.transaction->value())
                                  : std::string("The block's end");
    }

    // ---- Hazards: the log of one outcome against block order ----

    [[nodiscard]] std::string hazard() {
        const std::string& path = first_.path;
        if (path == "stale_read" || path == "pre_state_leak") {
            return fmt::format(
                "{} read an old value of {}: it saw it {}, and should have seen it {}. It ran "
                "before that write had taken effect, and nothing made it run again.",
                deciding(), row_, version_in(first_.candidate), version_in(first_.control));
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
            return fmt::format(
                "By its own access log {} must end at {}, and it ends at {}: {} of what was added "
                "to it was lost, as happens when two workers add to one sum at once.",
                row_, *right, *wrong, *right - *wrong);
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
        const auto before = first_.pre_state ? number_in(*first_.pre_state) : std::nullopt;
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
            return fmt::format(
                "What came in during the block was put in the place of {} instead of being added "
                "to it: exactly the {} of before the block are missing.",
                row_, *before);
        }
        if (const std::string payer = naming(paid_in, missing); !payer.empty()) {
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
    [[nodiscard]] std::string dropped() const {
        if (!first_.candidate_writers.empty()) {
            return fmt::format(
                "The lane's own log says that {} wrote {}, but its result does not have it: it was "
                "dropped when results were put together.",
                transactions_text(first_.candidate_writers), row_);
        }
        return first_.control_writers.empty()
                   ? fmt::format("The lane did not write {}, which the block changes.", row_)
                   : fmt::format("The lane did not write {}, which {} {} in the control.", row_,
                                 transactions_text(first_.control_writers),
                                 first_.control_writers.size() == 1 ? "writes" : "write");
    }

    [[nodiscard]] static std::string shortened(const std::string& text) {
        constexpr std::size_t kMost = 60;
        return text.size() <= kMost ? text : text.substr(0, kMost) + "..";
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
            return text + fmt::format(
                              " It did not see what transaction {} did to {}: the two ran "
                              "side by side, or in the wrong order.",
                              writer->value(), row_);
        }
        return text + (candidate.empty() ? " The check is missing, or saw another state." : "");
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
    [[nodiscard]] std::string wrong_total() const {
        const auto right = number_in(first_.control);
        const auto wrong = number_in(first_.candidate);
        if (!right || !wrong || *right == *wrong) {
            return fmt::format("The lane's totals of the block are wrong: {} is {} and must be {}.",
                               first_.path, first_.candidate, first_.control);
        }
        if (*wrong < *right) {
            return fmt::format(
                "The lane's sum {} lacks {} of {}: a part of what the transactions add up to was "
                "lost, as happens when two workers add to one sum at once.",
                first_.path, *right - *wrong, *right);
        }
        return fmt::format(
            "The lane's sum {} is {} above {}: a part of it was counted twice, or must not count.",
            first_.path, *wrong - *right, *right);
    }

    [[nodiscard]] std::string broken_law() const {
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
};

}  // namespace

std::string cause_in_words(const Finding& finding, AccountNames& names) {
    return CauseReader(finding, names).run();
}

}  // namespace parallax
