#include "reports/analysis/finding_cause.hpp"

#include "tests/support/difference_values.hpp"
#include "verifier/model/families.hpp"

#include <gtest/gtest.h>

namespace parallax::reports {
namespace {

constexpr std::uint64_t kBefore = 900;

/// A balance of one account that 3 and 5 pay into and 4 spends from, in both lanes.
class FindingCause : public testing::Test {
  protected:
    FindingCause() {
        finding.lane = "batch";
        finding.first.section = model::Section::kState;
        finding.first.key = model::balance_key(model::PublicKey{}, model::kTosAsset);
        finding.first.path = model::to_string(*finding.first.key) + ".after.amount";
        finding.first.pre_state = std::to_string(kBefore);
        finding.first.control_writers = {model::TxIndex{3}, model::TxIndex{4}, model::TxIndex{5}};
        finding.first.candidate_writers = finding.first.control_writers;
        for (const bool in_candidate : {false, true}) {
            event(in_candidate, 3, model::AccessKind::kCredit, 70);
            event(in_candidate, 4, model::AccessKind::kOutput, 200);
            event(in_candidate, 5, model::AccessKind::kCredit, 30);
        }
        sides(800, 800);
    }
    void event(bool in_candidate, std::uint32_t at, model::AccessKind kind, std::uint64_t value,
               std::uint32_t saw = model::kPreState) {
        finding.events.push_back(
            {in_candidate, model::TxIndex{at}, kind, model::TxIndex{saw}, value});
    }
    void sides(std::uint64_t control, std::uint64_t candidate) {
        finding.first.control = std::to_string(control);
        finding.first.candidate = std::to_string(candidate);
    }
    [[nodiscard]] std::string cause() const {
        AccountNames names("devnet");
        return cause_in_words(test::with_values(finding), names).whole();
    }
    [[nodiscard]] bool says(const std::string& words) const {
        return cause().find(words) != std::string::npos;
    }

    model::Finding finding;
};

TEST_F(FindingCause, names_an_update_that_was_lost) {
    sides(800, 770);
    EXPECT_TRUE(says("Exactly what transaction 5 added to balance of ")) << cause();
    EXPECT_TRUE(says("(30) is missing: its update was lost")) << cause();
    sides(800, 700);
    EXPECT_TRUE(says("All that the block added to ")) << cause();
    sides(800, 730);
    EXPECT_TRUE(says("Exactly what transaction 3 added")) << cause();
}

TEST_F(FindingCause, names_a_balance_that_was_overwritten_by_what_came_in) {
    finding.events.erase(finding.events.begin() + 1);
    sides(1000, 100);
    EXPECT_TRUE(says("lacks exactly the 900 that it had before the block.")) << cause();
    EXPECT_TRUE(says("Likely cause: what came in was put in the place of what was there"))
        << cause();
    EXPECT_FALSE(says("rows")) << cause();
}

TEST_F(FindingCause, says_which_rows_an_overwriting_does_not_fit) {
    finding.events.erase(finding.events.begin() + 1);
    sides(1000, 100);
    model::Difference other = finding.first;
    other.key = model::balance_key(model::PublicKey{}, model::kUnoAsset);
    other.pre_state = "50";
    other.control = "60";
    other.candidate = "18446744073709551526";  // 60 - 3 * 50, below zero
    finding.derived = {other};
    EXPECT_TRUE(
        says("Of the 2 rows of this finding 2 lack their own value before the block: 1 row once, 1 "
             "row 3 times."))
        << cause();
    EXPECT_FALSE(says("not fit this")) << cause();
    EXPECT_FALSE(says("these words are about")) << cause();
    finding.derived[0].candidate = "59";
    EXPECT_TRUE(says("Of the 2 rows of this finding 1 lacks its own value")) << cause();
    EXPECT_TRUE(says("1 of the rows does not fit this")) << cause();
    finding.derived_count = 9;
    EXPECT_TRUE(says("Of the 2 rows that are kept of this finding")) << cause();
}

TEST_F(FindingCause, says_that_it_is_about_one_row_alone) {
    sides(800, 770);
    model::Difference other = finding.first;
    other.key = model::balance_key(model::PublicKey{}, model::kUnoAsset);
    finding.derived = {other};
    EXPECT_TRUE(says("One more row differs; these words are about this one alone.")) << cause();
}

TEST_F(FindingCause, names_the_contributions_that_fit_what_a_sum_lacks) {
    finding.first.section = model::Section::kTotals;
    finding.first.key.reset();
    finding.first.path = "totals.gas_fee";
    finding.events.clear();
    event(false, 2, model::AccessKind::kCredit, 30);
    sides(800, 770);
    EXPECT_TRUE(says("Exactly what transaction 2 (which did not fail) adds to it is missing."))
        << cause();
    EXPECT_TRUE(says("(a race), or a contribution was skipped")) << cause();
    event(false, 6, model::AccessKind::kCredit, 30);
    EXPECT_TRUE(says("one of transactions 2 and 6 (none of which failed) adds to it is missing."))
        << cause();
    sides(800, 740);
    EXPECT_TRUE(says("2 and 6 (none of which failed) add to it together, for example, is"))
        << cause();
    sides(800, 799);
    EXPECT_FALSE(says("to it")) << cause();
}

TEST_F(FindingCause, says_of_a_deletion_that_it_is_one) {
    finding.first.key = model::account_key(model::PublicKey{});
    finding.first.control = "{threshold: 2} -> absent";
    finding.first.candidate = "not written";
    finding.first.control_writers = finding.first.candidate_writers = {model::TxIndex{3}};
    EXPECT_TRUE(says("says that transaction 3 deleted account ")) << cause();
    finding.first.control = "{threshold: 2} -> {threshold: 3}";
    EXPECT_TRUE(says("says that transaction 3 wrote account ")) << cause();
}

TEST_F(FindingCause, names_what_counts_twice_or_not_at_all) {
    sides(800, 830);
    EXPECT_TRUE(says("What transaction 5 added")) << cause();
    EXPECT_TRUE(says("was added twice")) << cause();
    sides(800, 1000);
    EXPECT_TRUE(says("What transaction 4 takes out of ")) << cause();
    EXPECT_TRUE(says("was not taken")) << cause();
    sides(800, 600);
    EXPECT_TRUE(says("was taken twice")) << cause();
}

TEST_F(FindingCause, does_not_guess_where_the_numbers_fit_nothing) {
    sides(800, 801);
    finding.first.delta = "+1";
    EXPECT_TRUE(says("is 1 higher in the lane, which is no single update of it")) << cause();
    EXPECT_TRUE(says("their access logs do not tell why")) << cause();
    finding.first.candidate_writers = {model::TxIndex{3}};
    EXPECT_TRUE(says("never did what transactions 4 and 5 do to")) << cause();
    sides(800, kBefore);
    EXPECT_TRUE(says("as it was before the block")) << cause();
    finding.first.control = finding.first.candidate = "99999999999999999999999";
    EXPECT_FALSE(cause().empty());
}

TEST_F(FindingCause, takes_no_other_number_for_an_amount) {
    finding.first.key = model::account_key(model::PublicKey{});
    finding.first.pre_state = "11";
    sides(11, 0);
    EXPECT_TRUE(says("with another result (0 instead of 11)")) << cause();
}

TEST_F(FindingCause, tells_what_was_done_and_dropped_from_what_was_never_done) {
    finding.first.candidate = "not written";
    EXPECT_TRUE(says("The lane's own log says that transactions 3, 4 and 5 wrote ")) << cause();
    finding.first.candidate_writers = {};
    finding.first.control_writers = {};
    EXPECT_TRUE(says("The lane did not write ")) << cause();
}

TEST_F(FindingCause, says_what_a_sum_lacks) {
    finding.first.section = model::Section::kTotals;
    finding.first.key.reset();
    finding.first.path = "totals.gas_fee";
    sides(800, 770);
    EXPECT_TRUE(says("The lane's sum totals.gas_fee lacks 30 of 800")) << cause();
    sides(800, 830);
    EXPECT_TRUE(says("is 30 above 800")) << cause();
    finding.finding_class = model::FindingClass::kInvariantBroken;
    finding.first.section = model::Section::kInvariants;
    EXPECT_TRUE(says("is 30 above 800")) << cause();
    finding.first.path = "conservation[TOS]";
    EXPECT_TRUE(says("Money appeared or vanished in batch")) << cause();
}

TEST_F(FindingCause, says_what_an_access_log_demands_and_the_row_lacks) {
    finding.finding_class = model::FindingClass::kNotSerializable;
    finding.first.section = model::Section::kSerializability;
    finding.first.path = "lost_update";
    sides(800, 770);
    EXPECT_TRUE(says("Exactly what transaction 5 added")) << cause();
    sides(800, 789);
    EXPECT_TRUE(says("must end at 800, and it ends at 789: 11 of what was added to it was lost"))
        << cause();
    finding.first.candidate = "absent";
    EXPECT_TRUE(says("was lost: the state after the block does not have it")) << cause();
}

TEST_F(FindingCause, explains_a_read_that_came_too_early) {
    finding.finding_class = model::FindingClass::kNotSerializable;
    finding.first.section = model::Section::kSerializability;
    finding.first.transaction = model::TxIndex{5};
    finding.first.path = "stale_read";
    finding.first.control = "as transaction 4 left it: digest 12";
    finding.first.candidate = "as before the block: digest 13";
    EXPECT_TRUE(says("Transaction 5 read an old value of balance of ")) << cause();
    EXPECT_TRUE(
        says("it saw it as before the block, and should have seen it as transaction 4 left "
             "it"))
        << cause();
}

TEST_F(FindingCause, explains_a_result_by_the_write_that_was_not_seen) {
    finding.first.section = model::Section::kResults;
    finding.first.transaction = model::TxIndex{6};
    finding.first.key = model::account_key(model::PublicKey{});
    finding.first.path = "results[6].status";
    model::Difference code = finding.first;
    code.path = "results[6].code";
    code.control = "SUCCESS (0x0000)";
    code.candidate = "NONCE_TOO_HIGH (0x0111)";
    finding.derived = {code};
    event(false, 6, model::AccessKind::kRead, 1, 2);
    EXPECT_TRUE(
        says("The lane refuses transaction 6 with NONCE_TOO_HIGH; in block order it "
             "succeeds. It did not see what transaction 2 did to account "))
        << cause();
    std::swap(finding.derived[0].control, finding.derived[0].candidate);
    finding.events.clear();
    EXPECT_TRUE(says("lets transaction 6 through")) << cause();
    EXPECT_TRUE(says("Likely cause: the check is missing, or saw another state")) << cause();
}

TEST_F(FindingCause, has_words_for_every_class_and_hazard) {
    for (std::uint8_t number = 0; number <= 5; ++number) {
        finding.finding_class = static_cast<model::FindingClass>(number);
        for (const char* path :
             {"stale_read", "future_read", "dirty_read", "lost_update", "phantom", "pre_state_leak",
              "epilogue_before_drain", "unlogged_write", "broken_log", "conservation[TOS]", ""}) {
            for (const bool has_key : {true, false}) {
                model::Finding other = finding;
                other.first.path = path;
                if (!has_key) {
                    other.first.key.reset();
                }
                AccountNames names("devnet");
                const std::string text = cause_in_words(test::with_values(other), names).whole();
                EXPECT_GT(text.size(), 20U);
                EXPECT_EQ(text.back(), '.') << text;
            }
        }
    }
}

}  // namespace
}  // namespace parallax::reports
