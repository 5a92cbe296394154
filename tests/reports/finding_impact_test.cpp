#include "reports/analysis/finding_impact.hpp"

#include "tests/support/difference_values.hpp"

#include <gtest/gtest.h>

namespace parallax::reports {
namespace {

/// One lane that compared everything, and one finding of it.
model::Verdict verdict_with(model::FindingClass finding_class, model::Section section,
                            std::string path) {
    model::Verdict verdict;
    model::LaneReport lane;
    lane.executor = "batch";
    lane.compared = {model::Section::kResults, model::Section::kTotals, model::Section::kState};
    verdict.lanes = {lane};
    model::Finding finding;
    finding.finding_class = finding_class;
    finding.lane = "batch";
    finding.first.section = section;
    finding.first.path = std::move(path);
    verdict.findings = {test::with_values(finding)};
    return verdict;
}

TEST(FindingImpact, tells_a_wrong_order_from_a_wrong_state) {
    model::Verdict verdict = verdict_with(model::FindingClass::kNotSerializable,
                                          model::Section::kSerializability, "stale_read");
    EXPECT_TRUE(is_order_only(verdict));
    EXPECT_TRUE(
        impact_in_words(verdict, "batch").starts_with("Results, totals and state are equal"));
    verdict.findings.push_back(
        verdict_with(model::FindingClass::kDivergence, model::Section::kState, "x").findings[0]);
    EXPECT_FALSE(is_order_only(verdict));
    EXPECT_TRUE(impact_in_words(verdict, "batch").starts_with("The state after the block differs"));
}

TEST(FindingImpact, calls_nothing_equal_that_was_not_compared) {
    model::Verdict verdict = verdict_with(model::FindingClass::kNotSerializable,
                                          model::Section::kSerializability, "stale_read");
    verdict.lanes[0].compared = {model::Section::kResults, model::Section::kTotals};
    EXPECT_FALSE(is_order_only(verdict));
    EXPECT_EQ(impact_in_words(verdict, "batch"), "");
    verdict =
        verdict_with(model::FindingClass::kDivergence, model::Section::kResults, "results[0].fee");
    EXPECT_EQ(impact_in_words(verdict, "batch"),
              "What differs is: results. The state after the block is equal.");
    verdict.lanes[0].compared = {model::Section::kResults};
    EXPECT_EQ(impact_in_words(verdict, "batch"),
              "What differs is: results. The state was not compared.");
    EXPECT_EQ(impact_in_words(verdict, "another"), "");
}

TEST(FindingImpact, says_whether_value_was_created_or_destroyed) {
    model::Verdict verdict = verdict_with(model::FindingClass::kInvariantBroken,
                                          model::Section::kInvariants, "conservation[TOS]");
    verdict.findings[0].first.values.delta = model::Number::of(-5);
    EXPECT_EQ(impact_in_words(verdict, "batch"),
              "Value was destroyed: conservation[TOS] is off by -5.");
    verdict.findings[0].first.values.delta = model::Number::of(5);
    EXPECT_EQ(impact_in_words(verdict, "batch"),
              "Value was created: conservation[TOS] is off by +5.");
    verdict.findings[0].finding_class = model::FindingClass::kExecutorFailed;
    EXPECT_TRUE(impact_in_words(verdict, "batch").starts_with("The lane has no result"));
}

}  // namespace
}  // namespace parallax::reports
