#include "reports/analysis/finding_cause.hpp"

#include "reports/analysis/finding_amounts.hpp"
#include "verifier/codec/render.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <iterator>
#include <optional>
#include <set>
#include <vector>

namespace parallax::reports {
namespace {

/// How a deletion ends in a difference of the state.
constexpr std::string_view kDeletedText = "-> absent";

/// Reads the cause off one finding. The figures are those of the row of the first difference.
class CauseReader {
  public:
    CauseReader(const model::Finding& finding, AccountNames& names)
        : finding_(finding),
          first_(finding.first),
          row_(first_.key ? names.row_name(*first_.key) : std::string("the outcome")),
          amounts_(finding, row_, words_) {}

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
            case model::FindingClass::kDivergence:
                return divergence();
            case model::FindingClass::kNotSerializable:
                return hazard();
            case model::FindingClass::kInvariantBroken:
                return broken_law();
            case model::FindingClass::kExecutorFailed:
                return fmt::format("{} gave no result for the block: {}.", finding_.lane,
                                   first_.candidate.empty() ? "it failed" : first_.candidate);
            case model::FindingClass::kControlUnstable:
                return "The control gave two different results for the same block: it, or the "
                       "machine, is not to be relied on.";
            case model::FindingClass::kRecordedDivergence:
                return "The node recorded another outcome than the control computes: their rules "
                       "differ, or one of them is wrong.";
        }
        return "";
    }

    /// Rows of which the words do not speak.
    [[nodiscard]] std::string other_rows() const {
        const bool about_row = first_.key && (first_.section == model::Section::kState ||
                                              first_.section == model::Section::kSerializability);
        std::set<model::StateKey> rows;
        for (const model::Difference& difference : finding_.derived) {
            if (difference.key && difference.section == first_.section) {
                rows.insert(*difference.key);
            }
        }
        if (first_.key) {
            rows.erase(*first_.key);
        }
        if (!about_row || amounts_.tells_of_others() || rows.empty()) {
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
                capitalised(row_));
        }
        return fmt::format("The lane's access log contradicts itself at {}.", row_);
    }

    [[nodiscard]] std::string lost_update() {
        if (const std::string amounts = amounts_.wrong_amount(); !amounts.empty()) {
            return amounts;
        }
        const auto right = number_in(first_.control);
        const auto wrong = number_in(first_.candidate);
        if (amounts_.is_amount() && right && wrong && *wrong < *right) {
            amounts_.suspect_race_or_skip();
            return fmt::format(
                "By its own access log {} must end at {}, and it ends at {}: {} of what was added "
                "to it was lost.",
                row_, *right, *wrong, *right - *wrong);
        }
        words_.likely =
            "it was dropped when results were put together, because the lane's own log "
            "has the write";
        if (first_.control.ends_with(codec::kAbsentText)) {
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

    // ---- Divergence ----

    [[nodiscard]] std::string divergence() {
        if (first_.section == model::Section::kResults) {
            return wrong_result();
        }
        if (first_.section == model::Section::kState) {
            return wrong_row();
        }
        if (first_.section == model::Section::kTotals) {
            return amounts_.wrong_total();
        }
        return fmt::format("The lane's {} of the block differ from the control's.",
                           model::section_name(first_.section));
    }

    [[nodiscard]] std::string wrong_row() {
        if (const std::string amounts = amounts_.wrong_amount(); !amounts.empty()) {
            return amounts;
        }
        std::vector<model::TxIndex> missing;
        std::set_difference(first_.control_writers.begin(), first_.control_writers.end(),
                            first_.candidate_writers.begin(), first_.candidate_writers.end(),
                            std::back_inserter(missing));
        if (!missing.empty()) {
            return fmt::format("The lane never did what {} {} to {} in the control.",
                               transactions_text(missing), missing.size() == 1 ? "does" : "do",
                               row_);
        }
        if (first_.control == codec::kAbsentText || first_.control == codec::kNotWrittenText) {
            return fmt::format("The lane wrote {}, which the block does not touch.", row_);
        }
        if (first_.candidate == codec::kAbsentText || first_.candidate == codec::kNotWrittenText) {
            return dropped();
        }
        if (first_.pre_state && first_.candidate == *first_.pre_state) {
            return fmt::format("The lane left {} as it was before the block.", row_);
        }
        if (first_.delta && amounts_.is_amount()) {
            return fmt::format(
                "{} is {} {} in the lane, which is no single update of it: the same transactions "
                "wrote it in both lanes, and their access logs do not tell why.",
                capitalised(row_), first_.delta->substr(1),
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
            const bool deleted = first_.control.ends_with(kDeletedText);
            return fmt::format("The lane's own log says that {} {} {}, but after the block {}.",
                               transactions_text(first_.candidate_writers),
                               deleted ? "deleted" : "wrote", row_,
                               deleted ? "the row is still there" : "the row is as it was before");
        }
        return first_.control_writers.empty()
                   ? fmt::format("The lane did not write {}, which the block changes.", row_)
                   : fmt::format("The lane did not write {}, which {} {} in the control.", row_,
                                 transactions_text(first_.control_writers),
                                 first_.control_writers.size() == 1 ? "writes" : "write");
    }

    [[nodiscard]] static std::string shortened(const std::string& text) {
        constexpr std::size_t kMost = 80;
        return codec::shortened_text(text, kMost);
    }

    /// The code behind the status of the first difference, or nothing.
    [[nodiscard]] std::string code_in(bool in_candidate) const {
        for (const model::Difference* difference : all()) {
            if (difference->section == model::Section::kResults &&
                difference->path.ends_with(".code") &&
                difference->transaction == first_.transaction) {
                const std::string& text =
                    in_candidate ? difference->candidate : difference->control;
                const std::string code = text.substr(0, text.find(' '));
                return code == "SUCCESS" ? "" : code;
            }
        }
        return "";
    }

    [[nodiscard]] std::vector<const model::Difference*> all() const {
        std::vector<const model::Difference*> differences = {&first_};
        for (const model::Difference& difference : finding_.derived) {
            differences.push_back(&difference);
        }
        return differences;
    }

    /// The earlier transaction whose write the control saw on the row, and the lane did not.
    [[nodiscard]] std::optional<model::TxIndex> writer_missed() const {
        const auto seen = [&](bool in_candidate) -> std::optional<model::TxIndex> {
            for (const model::LaneEvent& event : finding_.events) {
                const bool read = event.kind == model::AccessKind::kRead ||
                                  event.kind == model::AccessKind::kReadSpendable;
                if (read && event.in_candidate == in_candidate &&
                    event.transaction == first_.transaction) {
                    return event.observed_writer;
                }
            }
            return std::nullopt;
        };
        const auto control = seen(false);
        const bool is_writer = control && control->value() < model::kEpilogueTransaction;
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

    // ---- Invariants ----

    [[nodiscard]] std::string broken_law() {
        if (first_.path.starts_with("totals.")) {
            return amounts_.wrong_total();
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

    const model::Finding& finding_;
    const model::Difference& first_;
    const std::string row_;
    CauseWords words_;
    AmountReader amounts_;
};

}  // namespace

std::string CauseWords::whole() const {
    return likely.empty() ? observed : fmt::format("{} Likely cause: {}", observed, likely);
}

CauseWords cause_in_words(const model::Finding& finding, AccountNames& names) {
    return CauseReader(finding, names).run();
}

}  // namespace parallax::reports
