#include "reports/analysis/finding_view.hpp"

#include "reports/analysis/finding_group.hpp"
#include "reports/analysis/finding_steps.hpp"
#include "tests/support/difference_values.hpp"
#include "verifier/model/families.hpp"

#include <gtest/gtest.h>

namespace parallax::reports {
namespace {

/// One row that transaction 3 deletes in both lanes, and that is still there in the candidate.
class FindingViewOf : public testing::Test {
  protected:
    FindingViewOf() {
        finding.lane = "batch";
        finding.first.section = model::Section::kState;
        finding.first.transaction = model::TxIndex{3};
        finding.first.key = model::StateKey{model::Family::kMultisig, {}, {}};
        finding.first.path = model::to_string(*finding.first.key);
        finding.first.pre_state = "{threshold: 2}";
        finding.first.control = "{threshold: 2} -> absent";
        finding.first.candidate = "not written";
        finding.first.control_writers = finding.first.candidate_writers = {model::TxIndex{3}};
        for (const bool in_candidate : {false, true}) {
            event(in_candidate, 3, model::AccessKind::kRead, 12);
            event(in_candidate, 3, model::AccessKind::kWrite, 0);
        }
    }
    void event(bool in_candidate, std::uint32_t at, model::AccessKind kind, std::uint64_t value) {
        finding.events.push_back(
            {in_candidate, model::TxIndex{at}, kind, model::TxIndex{model::kPreState}, value});
    }
    [[nodiscard]] std::vector<ViewStep> steps() const {
        AccountNames names("devnet");
        FindingView view;
        view.first.pre_state = *finding.first.pre_state;
        view.first.control = finding.first.control;
        view.first.candidate = finding.first.candidate;
        add_steps(test::with_values(finding), names, view);
        return view.steps;
    }
    /// A report of one group that keeps `finding` in each of `blocks` blocks.
    [[nodiscard]] Report report_with(std::size_t blocks) const {
        Report report;
        FindingGroup group;
        group.lane = finding.lane;
        group.first = model::Topoheight{1};
        group.last = model::Topoheight{blocks};
        for (std::size_t i = 0; i < blocks; ++i) {
            ReportedFinding reported;
            reported.topoheight = model::Topoheight{i + 1};
            reported.finding = test::with_values(finding);
            report.findings.push_back(reported);
            group.kept.push_back(i);
        }
        report.groups.push_back(group);
        return report;
    }
    [[nodiscard]] static std::string shared(const Report& report) {
        return shared_in(report, report.groups.front());
    }

    model::Finding finding;
};

TEST_F(FindingViewOf, a_deletion_is_called_one_and_both_lanes_end_somewhere) {
    const std::vector<ViewStep> all = steps();
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[0].transaction, "before the block");
    EXPECT_EQ(all[0].control, std::vector<std::string>{"it is {threshold: 2}"});
    EXPECT_EQ(all[1].control.back(), "deleted it");
    EXPECT_EQ(all[2].transaction, "after the block");
    EXPECT_EQ(all[2].control, std::vector<std::string>{"ends absent"});
    EXPECT_EQ(all[2].candidate, std::vector<std::string>{"stays as it was"});
}

TEST_F(FindingViewOf, a_write_is_no_deletion_and_a_lost_one_says_what_must_be) {
    finding.events.back().value = 7;
    finding.first.section = model::Section::kSerializability;
    finding.first.path = "lost_update";
    finding.first.control = "write {threshold: 3}";
    const std::vector<ViewStep> all = steps();
    EXPECT_EQ(all[1].candidate.back(), "wrote it");
    EXPECT_EQ(all[2].control, std::vector<std::string>{"must: ends at {threshold: 3}"});
}

TEST_F(FindingViewOf, steps_that_are_not_kept_are_marked) {
    finding.first.control_writers = {model::TxIndex{1}, model::TxIndex{3}};
    EXPECT_EQ(steps()[1].transaction, "...");
    finding.first.control_writers = {model::TxIndex{3}};
    finding.first.candidate_writers = {model::TxIndex{3}, model::TxIndex{9}};
    EXPECT_EQ(steps()[2].transaction, "...");
}

TEST_F(FindingViewOf, a_group_says_that_all_it_lost_are_deletions) {
    EXPECT_EQ(shared(report_with(1)), "");
    Report report = report_with(3);
    EXPECT_EQ(shared(report), "All 3 lost writes that are kept of this group are deletions.");
    model::Finding written = finding;
    written.first.control = "{threshold: 2} -> {threshold: 3}";
    report.findings[1].finding = test::with_values(written);
    EXPECT_EQ(shared(report), "2 of the 3 lost writes that are kept of this group are deletions.");
    for (ReportedFinding& reported : report.findings) {
        reported.finding = test::with_values(written);
    }
    EXPECT_EQ(shared(report), "");
}

TEST_F(FindingViewOf, a_group_says_that_the_stale_reads_are_of_transactions_that_only_read) {
    finding.first.section = model::Section::kSerializability;
    finding.first.path = "stale_read";
    finding.first.candidate = "as before the block: {threshold: 2}";
    EXPECT_EQ(shared(report_with(2)), "");
    finding.events.pop_back();
    EXPECT_EQ(shared(report_with(2)),
              "Each of the 2 first stale reads is of a transaction that only reads the row.");
    finding.events.clear();
    EXPECT_EQ(shared(report_with(2)), "");
}

TEST_F(FindingViewOf, what_did_not_come_again_is_not_promised) {
    Report report = report_with(2);
    report.run.emplace();
    KeptBundle bundle;
    bundle.file = "bundles/1-a.pxb";
    bundle.topoheight = model::Topoheight{1};
    bundle.fingerprint = report.groups[0].fingerprint;
    bundle.runs = 10;
    report.run->bundles = {bundle};
    std::vector<FindingView> views = view_findings(report);
    EXPECT_TRUE(views[0].expected.starts_with("exit code 0 most times, and exit code 2"));
    EXPECT_NE(views[0].how_to_meet.find("`parallax explore bundles/1-a.pxb`"), std::string::npos);
    EXPECT_EQ(views[0].bundle_note, "It is of this block.");
    EXPECT_TRUE(views[1].bundle_note.starts_with("It is of block 1, which stands for the whole"));
    report.run->bundles[0].met = 10;
    views = view_findings(report);
    EXPECT_TRUE(views[0].expected.starts_with("exit code 2"));
    EXPECT_EQ(views[0].how_to_meet, "");
}

TEST_F(FindingViewOf, no_title_ends_with_an_empty_name) {
    const std::vector<FindingView> views = view_findings(report_with(1));
    EXPECT_EQ(views[0].title, "divergence in batch: multisig row");
}

TEST_F(FindingViewOf, only_later_results_are_said_to_be_later) {
    finding.first.transaction = model::TxIndex{3};
    for (const std::uint32_t at : {1U, 5U}) {
        model::Difference other;
        other.section = model::Section::kResults;
        other.transaction = model::TxIndex{at};
        other.path = "results";
        finding.derived.push_back(other);
    }
    const std::vector<FindingView> views = view_findings(report_with(1));
    ASSERT_EQ(views[0].folds.size(), 2U);
    EXPECT_EQ(views[0].folds[0].title, "Results of later transactions");
    EXPECT_EQ(views[0].folds[0].rows.size(), 1U);
    EXPECT_EQ(views[0].folds[1].title, "Also different");
}

}  // namespace
}  // namespace parallax::reports
