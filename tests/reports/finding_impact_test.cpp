#include "reports/finding_impact.hpp"

#include <gtest/gtest.h>

namespace parallax {
namespace {

/// One lane that compared everything, and one finding of it.
Verdict verdict_with(FindingClass finding_class, Section section, std::string path) {
    Verdict verdict;
    LaneReport lane;
    lane.executor = "batch";
    lane.compared = {Section::kResults, Section::kTotals, Section::kState};
    verdict.lanes = {lane};
    Finding finding;
    finding.finding_class = finding_class;
    finding.lane = "batch";
    finding.first.section = section;
    finding.first.path = std::move(path);
    verdict.findings = {finding};
    return verdict;
}

TEST(FindingImpact, tells_a_wrong_order_from_a_wrong_state) {
    Verdict verdict =
        verdict_with(FindingClass::kNotSerializable, Section::kSerializability, "stale_read");
    EXPECT_TRUE(is_order_only(verdict));
    EXPECT_TRUE(
        impact_in_words(verdict, "batch").starts_with("Results, totals and state are equal"));
    verdict.findings.push_back(
        verdict_with(FindingClass::kDivergence, Section::kState, "x").findings[0]);
    EXPECT_FALSE(is_order_only(verdict));
    EXPECT_TRUE(impact_in_words(verdict, "batch").starts_with("The state after the block differs"));
}

TEST(FindingImpact, calls_nothing_equal_that_was_not_compared) {
    Verdict verdict =
        verdict_with(FindingClass::kNotSerializable, Section::kSerializability, "stale_read");
    verdict.lanes[0].compared = {Section::kResults, Section::kTotals};
    EXPECT_FALSE(is_order_only(verdict));
    EXPECT_EQ(impact_in_words(verdict, "batch"), "");
    verdict = verdict_with(FindingClass::kDivergence, Section::kResults, "results[0].fee");
    EXPECT_EQ(impact_in_words(verdict, "batch"),
              "What differs is: results. The state after the block is equal.");
    verdict.lanes[0].compared = {Section::kResults};
    EXPECT_EQ(impact_in_words(verdict, "batch"),
              "What differs is: results. The state was not compared.");
    EXPECT_EQ(impact_in_words(verdict, "another"), "");
}

TEST(FindingImpact, says_whether_value_was_created_or_destroyed) {
    Verdict verdict =
        verdict_with(FindingClass::kInvariantBroken, Section::kInvariants, "conservation[TOS]");
    verdict.findings[0].first.delta = "-5";
    EXPECT_EQ(impact_in_words(verdict, "batch"),
              "Value was destroyed: conservation[TOS] is off by -5.");
    verdict.findings[0].first.delta = "+5";
    EXPECT_EQ(impact_in_words(verdict, "batch"),
              "Value was created: conservation[TOS] is off by +5.");
    verdict.findings[0].finding_class = FindingClass::kExecutorFailed;
    EXPECT_TRUE(impact_in_words(verdict, "batch").starts_with("The lane has no result"));
}

}  // namespace
}  // namespace parallax
