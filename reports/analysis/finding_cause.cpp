#include "reports/analysis/finding_cause.hpp"

#include "reports/analysis/difference_reading.hpp"
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

bool is_absent(const model::Value& value) {
    return value.kind == model::ValueKind::kAbsent;
}
/// The side has nothing to show: it did not write the row, or it has none where the other has one.
/// A row that one side alone wrote is no such place: that it is absent is what was written.
bool is_nothing(const model::Value& value, const model::Place& place) {
    return value.kind == model::ValueKind::kNotWritten ||
           (is_absent(value) && place.kind != model::PlaceKind::kRow);
}

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
        const std::optional<model::Hazard> hazard = first_.values.place.hazard;
        if (!hazard) {
            return contradicts_itself();
        }
        switch (*hazard) {
            case model::Hazard::kStaleRead:
            case model::Hazard::kPreStateLeak:
            case model::Hazard::kFutureRead:
                return wrong_version(*hazard != model::Hazard::kFutureRead);
            case model::Hazard::kDirtyRead:
                return fmt::format(
                    "{} read a value of {} that no transaction leaves there: half written, or of "
                    "an attempt that was thrown away.",
                    deciding(), row_);
            case model::Hazard::kPhantom:
                return fmt::format("{} saw {} where there is none yet, or missed it where it is.",
                                   deciding(), row_);
            case model::Hazard::kLostUpdate:
                return lost_update();
            case model::Hazard::kEpilogueBeforeDrain:
                return "The block's end (fees, reward, credits) ran before every transaction was "
                       "done.";
            case model::Hazard::kUnloggedWrite:
                return fmt::format(
                    "{} changed though no transaction wrote it: something wrote past "
                    "the access log.",
                    capitalised(row_));
            case model::Hazard::kBrokenLog:
                break;
        }
        return contradicts_itself();
    }

    [[nodiscard]] std::string contradicts_itself() const {
        return fmt::format("The lane's access log contradicts itself at {}.", row_);
    }

    [[nodiscard]] std::string wrong_version(bool too_old) {
        const std::string saw = state_left_by(first_.values.candidate.writer, "epilogue");
        const std::string must = state_left_by(first_.values.control.writer, "epilogue");
        if (!too_old) {
            return fmt::format(
                "{} read {} from the future: it saw it {}, which comes later in the block, and "
                "should have seen it {}.",
                deciding(), row_, saw, must);
        }
        words_.likely =
            "it ran before that write had taken effect, and nothing made it run "
            "again, because what it saw is what an earlier transaction left";
        return fmt::format("{} read an old value of {}: it saw it {}, and should have seen it {}.",
                           deciding(), row_, saw, must);
    }

    [[nodiscard]] std::string lost_update() {
        if (const std::string amounts = amounts_.wrong_amount(); !amounts.empty()) {
            return amounts;
        }
        const auto right = number_in(first_.values.control);
        const auto wrong = number_in(first_.values.candidate);
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
        if (is_absent(first_.values.control)) {
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
        if (is_nothing(first_.values.control, first_.values.place)) {
            return fmt::format("The lane wrote {}, which the block does not touch.", row_);
        }
        if (is_nothing(first_.values.candidate, first_.values.place)) {
            return dropped();
        }
        if (first_.values.pre_state.kind != model::ValueKind::kNone &&
            first_.values.candidate == first_.values.pre_state) {
            return fmt::format("The lane left {} as it was before the block.", row_);
        }
        if (first_.values.delta && amounts_.is_amount()) {
            const model::WideNumber delta = first_.values.delta->wide();
            return fmt::format(
                "{} is {} {} in the lane, which is no single update of it: the same transactions "
                "wrote it in both lanes, and their access logs do not tell why.",
                capitalised(row_), delta < 0 ? -delta : delta, delta < 0 ? "lower" : "higher");
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
            const bool deleted = is_absent(first_.values.control);
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
            if (is_code_of(*difference, first_.transaction)) {
                return error_name(in_candidate ? difference->values.candidate
                                               : difference->values.control);
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
        const bool is_writer = control && model::is_transaction(control->value());
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
        const std::string field = first_.values.place.field.empty()
                                      ? first_.path
                                      : model::field_text(first_.values.place);
        return fmt::format(
            "{} ends the same way in both lanes, but the lane has another {}: {} "
            "instead of {}.",
            deciding(), field, first_.candidate, first_.control);
    }

    // ---- Invariants ----

    [[nodiscard]] std::string broken_law() {
        if (is_total_invariant(first_.values.place)) {
            return amounts_.wrong_total();
        }
        if (is_conservation(first_.values.place)) {
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
