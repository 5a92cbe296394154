#include "executors/adaptive/adaptive_executor.hpp"

#include "tests/support/chain.hpp"
#include "verifier/chains/tos/e1/profile.hpp"

#include <gtest/gtest.h>

namespace parallax::executors {
namespace {

adaptive::StrategyChoice choice(std::uint32_t transactions, std::uint32_t plain,
                                std::uint32_t conflicting) {
    adaptive::BlockProfile profile;
    profile.transactions = transactions;
    profile.plain = plain;
    profile.conflicting = conflicting;
    return adaptive::AdaptiveExecutor::choose(profile, {});
}

TEST(AdaptiveExecutor, chooses_from_size_types_and_conflicts) {
    EXPECT_EQ(choice(0, 0, 0).strategy, adaptive::Strategy::kSequential);
    EXPECT_EQ(choice(3, 3, 0).strategy, adaptive::Strategy::kSequential);
    EXPECT_EQ(choice(4, 4, 4).strategy, adaptive::Strategy::kStaged);
    EXPECT_EQ(choice(19, 9, 0).strategy, adaptive::Strategy::kSequential);
    EXPECT_EQ(choice(20, 9, 0).strategy, adaptive::Strategy::kBatch);
    EXPECT_EQ(choice(100, 50, 100).strategy, adaptive::Strategy::kStaged);
    EXPECT_EQ(choice(100, 49, 10).strategy, adaptive::Strategy::kBatch);
    EXPECT_EQ(choice(100, 49, 11).strategy, adaptive::Strategy::kSpeculative);
}

TEST(BlockProfile, counts_types_and_shared_accounts) {
    const tos::e1::Profile rules = *tos::e1::find_profile("devnet");
    const auto block = test::chain_block(
        {test::transfer(0, 0, 1, 1), test::transfer(2, 0, 3, 1), test::transfer(4, 0, 1, 1),
         test::signed_by(5, 0, tos::e1::RegisterNamePayload{"somebody"})},
        3, rules);
    ASSERT_TRUE(block.ok());
    adaptive::BlockProfile profile = adaptive::profile_types(*block);
    EXPECT_EQ(profile.conflicting, 0U);
    adaptive::profile_conflicts(rules, *block, profile);
    EXPECT_EQ(profile.transactions, 4U);
    EXPECT_EQ(profile.plain, 3U);
    EXPECT_EQ(profile.conflicting, 1U);
    EXPECT_EQ(profile.conflict_percent(), 25U);
    EXPECT_EQ(adaptive::BlockProfile{}.plain_percent(), 0U);
}

/// Feeds a tuner with a machine on which `best` workers are fastest.
std::uint32_t settle(adaptive::WorkerTuner& tuner, std::uint32_t best, int blocks) {
    std::map<std::uint32_t, int> used;
    for (int i = 0; i < blocks; ++i) {
        const std::uint32_t workers = tuner.workers();
        const std::uint64_t distance =
            workers > best ? workers / best : best / std::max(1U, workers);
        used[workers] += 1;
        tuner.observe(100, 100'000 * distance);
    }
    return std::max_element(used.begin(), used.end(),
                            [](const auto& a, const auto& b) { return a.second < b.second; })
        ->first;
}

TEST(WorkerTuner, settles_on_the_fastest_number_within_limits) {
    for (const std::uint32_t best : {1U, 2U, 8U, 16U}) {
        adaptive::WorkerTuner tuner({.min_workers = 1, .max_workers = 16});
        settle(tuner, best, 2000);
        EXPECT_EQ(settle(tuner, best, 2000), best);
    }
    adaptive::WorkerTuner limited({.min_workers = 2, .max_workers = 4});
    settle(limited, 1, 2000);
    EXPECT_EQ(settle(limited, 1, 1000), 2U);
}

TEST(WorkerTuner, is_a_function_of_its_history) {
    adaptive::WorkerTuner a({.min_workers = 1, .max_workers = 8});
    adaptive::WorkerTuner b({.min_workers = 1, .max_workers = 8});
    for (std::uint64_t i = 0; i < 500; ++i) {
        ASSERT_EQ(a.workers(), b.workers());
        a.observe(10, 1'000 + i * 37 % 911);
        b.observe(10, 1'000 + i * 37 % 911);
    }
}

TEST(WorkerTuner, ignores_empty_blocks) {
    adaptive::WorkerTuner tuner(
        {.min_workers = 1, .max_workers = 4, .window = 1, .trial_interval = 1});
    tuner.observe(0, 1'000'000);
    EXPECT_EQ(tuner.workers(), 4U);
}

}  // namespace
}  // namespace parallax::executors
