#pragma once

#include "reports/analysis/account_names.hpp"
#include "reports/analysis/report.hpp"
#include "reports/record/run_record.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace parallax::reports {

/// One difference as a reader sees it: accounts by name, amounts with their unit, exact integers.
struct ViewRow {
    /// The row or the part of the outcome: `balance of tst1q8x0..k3f9 (TOS)`, `result of
    /// transaction 1`.
    std::string subject;
    /// Its field, as `amount`; empty for the whole.
    std::string field;
    std::string pre_state;
    std::string control;
    std::string candidate;
    /// Empty where nobody recorded the block.
    std::string recorded;
    std::string delta;
    std::string control_writers;
    std::string candidate_writers;
};

/// Differences that follow from the first one in the same way.
struct ViewFold {
    std::string title;
    std::vector<ViewRow> rows;
};

/// One step of the two lanes, in block order: what each of them did there.
struct ViewStep {
    /// `transaction 1`, `end of the block`.
    std::string transaction;
    std::vector<std::string> control;
    std::vector<std::string> candidate;
    /// The step at which the lanes part.
    bool deciding = false;
};

/// A finding for people: everything is text, and every format prints the same.
struct FindingView {
    /// `102-careless-dbcd6897`, stable for equal ledgers.
    std::string id;
    std::string title;
    /// What went wrong, in words: what was observed, what is likely behind it, and both in one.
    std::string observed;
    std::string likely;
    std::string cause;
    /// What groups it, in a few words, as `account: read too early`; empty if that is not known.
    std::string put_down_to;
    /// What it does to a node that takes the lane's result; empty if that cannot be told.
    std::string impact;
    /// What the kept findings of the group have in common; empty if nothing was found.
    std::string shared;
    /// Where, and both sides.
    std::string sentence;
    std::string class_name;
    std::string lane;
    model::Topoheight topoheight;
    std::uint64_t line = 0;
    std::string block_hash;
    std::string fingerprint;
    std::string blame;
    std::vector<std::string> evidence;
    /// Where its group stands after earlier runs; empty without any.
    std::string stage;
    /// How often and where it was seen, and what came of running it again.
    std::string reproducibility;
    /// `deterministic`, `schedule-dependent` and so on; `not tried` without a run.
    std::string repeats;
    /// The bundle of its group, below the folder of the run; empty without one.
    std::string bundle;
    /// Which block the bundle is of.
    std::string bundle_note;
    /// How to meet a finding that does not come in every run; empty for others.
    std::string how_to_meet;
    ViewRow first;
    std::vector<ViewFold> folds;
    /// Differences that the record does not hold.
    std::uint64_t not_kept = 0;
    /// The row whose accesses the steps are; empty without steps.
    std::string steps_row;
    std::vector<ViewStep> steps;
    /// The one order that decides, if it is known.
    std::string deciding_order;
    std::vector<model::InvolvedTransaction> transactions;
    std::vector<AccountName> accounts;
    std::string command;
    std::string expected;
    std::vector<std::string> compared;
    /// What was not compared, each with the reason.
    std::vector<std::string> not_compared;
};

/// What came of running a bundle again, in one word and in few: `schedule-dependent`,
/// `met again in 3 of 10 fresh runs`.
[[nodiscard]] std::string_view repeat_word(const KeptBundle& bundle) noexcept;
[[nodiscard]] std::string rerun_text(const KeptBundle& bundle);

/// The views of all kept findings, in the order of `Report::findings`.
[[nodiscard]] std::vector<FindingView> view_findings(const Report& report);

/// Whether the number of a difference is an amount of TOS, and `1000 (0.00001000 TOS)` if it is.
[[nodiscard]] bool is_tos_amount(const model::Difference& difference);
[[nodiscard]] std::string with_unit(const std::string& number);

/// `1 block`, `2 blocks`.
[[nodiscard]] std::string counted(std::uint64_t count, std::string_view noun);

/// The command that runs one block of a report again, with one candidate.
[[nodiscard]] std::string reproduce_command(const Report& report, const std::string& lane,
                                            model::Topoheight topoheight);

}  // namespace parallax::reports
