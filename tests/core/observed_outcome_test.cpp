// What a node was seen to say, held against the control: both sides as they are printed, and what
// was not seen.
#include "verifier/core/comparison/observed_outcome.hpp"

#include "tests/core/valid_block.hpp"
#include "tests/support/memory_view.hpp"
#include "verifier/core/comparison/compare.hpp"

#include <gtest/gtest.h>

namespace parallax::core {
namespace {

using namespace parallax::test;

class ObservedOutcomeTest : public ::testing::Test {
  protected:
    /// One line for each difference: place, control, node.
    std::vector<std::string> differences() {
        const auto observed =
            observed_outcome(observation_, control_, view_, model::Topoheight{812});
        EXPECT_TRUE(observed.ok()) << observed.status();
        seen_ = observed->seen;
        std::vector<std::string> lines;
        for (const model::Difference& difference :
             compare(control_, observed->outcome).differences) {
            const std::string place =
                difference.key ? std::string(model::family_row(difference.key->family).name)
                               : difference.path;
            lines.push_back(place + ": " + difference.control + " | " + difference.candidate);
        }
        return lines;
    }
    static model::StateKey balance(const model::PublicKey& owner) {
        return model::balance_key(owner, model::kTosAsset);
    }

    protocol::AdmittedBlock block_ = valid_block();
    model::BlockOutcome control_ = valid_outcome(block_);
    MemoryView view_;
    model::Observation observation_;
    model::ObservedPart seen_;
};

using Lines = std::vector<std::string>;

TEST_F(ObservedOutcomeTest, of_nothing_is_equal_and_counts_nothing) {
    EXPECT_EQ(differences(), Lines{});
    EXPECT_FALSE(saw_something(seen_));
    EXPECT_EQ(seen_.touched, 5U) << "Alice, Bob, Carol, the miner, the development key";
    EXPECT_EQ(seen_.transactions, 4U);
    EXPECT_EQ(seen_.accounts, 0U);
}

TEST_F(ObservedOutcomeTest, of_equal_rows_is_equal_and_counts_whole_accounts) {
    observation_.rows = {{balance(kBob), amount(50)}, {balance(kAlice), amount(945)}};
    std::ranges::sort(observation_.rows, {}, &model::ObservedRow::key);
    EXPECT_EQ(differences(), Lines{});
    EXPECT_EQ(seen_.accounts, 1U) << "Alice's nonce was not observed";
    observation_.nonces = {{kAlice, model::Nonce{9}}};
    EXPECT_EQ(differences(), Lines{});
    EXPECT_EQ(seen_.accounts, 2U);
}

TEST_F(ObservedOutcomeTest, shows_a_balance_a_nonce_and_a_supply_that_differ) {
    observation_.rows = {{balance(kBob), amount(49)},
                         {model::counter_key(model::Counter::kBurnedSupply), amount(50)}};
    observation_.nonces = {{kAlice, model::Nonce{8}}};
    EXPECT_EQ(differences(), (Lines{"account: 9 | 8", "balance: 50 | 49", "counter: 57 | 50"}));
    EXPECT_TRUE(seen_.burned_supply);
    EXPECT_FALSE(seen_.emitted_supply);
}

TEST_F(ObservedOutcomeTest, takes_a_counter_of_nothing_for_one_without_a_row) {
    const model::StateKey burned = model::counter_key(model::Counter::kBurnedSupply);
    remove_entry(control_, burned);
    observation_.rows = {{burned, amount(0)}};
    EXPECT_EQ(differences(), Lines{});
    EXPECT_TRUE(seen_.burned_supply);
    observation_.rows = {{burned, amount(1)}};
    EXPECT_EQ(differences(), (Lines{"counter: not written | absent -> {amount: 1}"}));
}

TEST_F(ObservedOutcomeTest, shows_a_row_that_the_node_does_not_have) {
    observation_.rows = {{balance(kBob), std::nullopt}};
    EXPECT_EQ(differences(), (Lines{"balance: {amount: 50} | absent"}));
}

TEST_F(ObservedOutcomeTest, shows_a_row_that_only_the_node_changed) {
    view_.set(balance(kDave), amount(5));
    observation_.rows = {{balance(kDave), amount(4)}};
    EXPECT_EQ(differences(), (Lines{"balance: not written | {amount: 5} -> {amount: 4}"}));
    observation_.rows = {{balance(kDave), amount(5)}};
    EXPECT_EQ(differences(), Lines{}) << "both left it alone";
    observation_.rows = {{balance(kDave), std::nullopt}};
    EXPECT_EQ(differences(), (Lines{"balance: not written | {amount: 5} -> absent"}));
}

TEST_F(ObservedOutcomeTest, shows_a_row_that_only_the_control_changed) {
    observation_.unwritten = {balance(kBob)};
    EXPECT_EQ(differences(), (Lines{"balance: {amount: 10} -> {amount: 50} | not written"}));
    set_entry(control_, balance(kBob), amount(10), amount(10));
    EXPECT_EQ(differences(), Lines{}) << "written as it was: a node may have no version of it";
    observation_.unwritten = {balance(kDave)};
    EXPECT_EQ(differences(), Lines{}) << "neither wrote it";
}

TEST_F(ObservedOutcomeTest, shows_an_account_that_only_the_node_has) {
    observation_.nonces = {{kDave, model::Nonce{1}}};
    EXPECT_EQ(differences(),
              (Lines{"account: not written | absent -> {nonce: 1, registered_at: 812}"}));
    view_.set(model::account_key(kDave), account_with(1));
    EXPECT_EQ(differences(), Lines{}) << "nonces say nothing of the registration";
}

TEST_F(ObservedOutcomeTest, shows_what_was_executed_on_one_side_only) {
    using enum model::ExecutedThere;
    observation_.executed = {kYes, kNotObserved, kYes, kNo};
    EXPECT_EQ(differences(), Lines{}) << "the fourth failed, so it was not executed";
    EXPECT_EQ(seen_.results, 3U);
    observation_.executed = {kNo, kNotObserved, kNotObserved, kYes};
    EXPECT_EQ(differences(), (Lines{"results[0].status: executed | failed",
                                    "results[3].status: failed | executed"}));
}

TEST_F(ObservedOutcomeTest, shows_sums_with_the_node_s_part_of_the_miner_without_fees) {
    observation_.totals = {model::Amount{8}, model::Amount{10}, model::Amount{90}};
    EXPECT_EQ(differences(), Lines{});
    EXPECT_TRUE(seen_.fees);
    EXPECT_TRUE(seen_.rewards);
    observation_.totals = {model::Amount{9}, model::Amount{11}, model::Amount{89}};
    EXPECT_EQ(differences(), (Lines{"totals.fees: 8 | 9", "totals.dev_reward: 10 | 11",
                                    "totals.miner_reward: 98 | 97"}));
}

TEST_F(ObservedOutcomeTest, of_another_block_is_refused) {
    observation_.executed = {model::ExecutedThere::kYes};
    const auto observed = observed_outcome(observation_, control_, view_, model::Topoheight{812});
    EXPECT_EQ(observed.status().message(), "1 results were observed of a block of 4 transactions");
}

TEST_F(ObservedOutcomeTest, has_no_access_log_and_the_control_s_rows_in_key_order) {
    observation_.rows = {{balance(kDave), amount(4)}};
    const auto observed = observed_outcome(observation_, control_, view_, model::Topoheight{812});
    ASSERT_TRUE(observed.ok());
    EXPECT_FALSE(observed->outcome.access_log);
    EXPECT_TRUE(
        std::ranges::is_sorted(observed->outcome.delta.entries, {}, &model::DeltaEntry::key));
    EXPECT_EQ(observed->outcome.delta.entries.size(), control_.delta.entries.size() + 1);
}

}  // namespace
}  // namespace parallax::core
