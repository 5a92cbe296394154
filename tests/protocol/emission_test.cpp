#include "verifier/protocol/emission.hpp"

#include "verifier/protocol/block_rules.hpp"

#include "gtest/gtest.h"

namespace parallax {
namespace {

TEST(Emission, first_reward_is_that_of_the_genesis_block) {
    EXPECT_EQ(block_reward(Amount{0}), Amount{97'486'707});
}

TEST(Emission, falls_with_the_emitted_supply_and_ends_at_the_maximum) {
    EXPECT_EQ(block_reward(Amount{kMaximumSupply / 2}), Amount{48'743'353});
    // One step of the formula needs 2^20 * 180 units.
    EXPECT_EQ(block_reward(Amount{kMaximumSupply - 180 * 1'048'576}), Amount{1});
    EXPECT_EQ(block_reward(Amount{kMaximumSupply - 180 * 1'048'576 + 1}), Amount{0});
    EXPECT_EQ(block_reward(Amount{kMaximumSupply}), Amount{0});
    EXPECT_EQ(block_reward(Amount{kMaximumSupply + 1}), Amount{0});
    EXPECT_EQ(block_reward(Amount{~std::uint64_t{0}}), Amount{0});
}

TEST(Emission, side_blocks_get_thirty_fifteen_seven_then_five_percent) {
    const Amount reward{1'000};
    EXPECT_EQ(side_block_reward(reward, 0), Amount{300});
    EXPECT_EQ(side_block_reward(reward, 1), Amount{150});
    EXPECT_EQ(side_block_reward(reward, 2), Amount{70});
    EXPECT_EQ(side_block_reward(reward, 3), Amount{50});
    EXPECT_EQ(side_block_reward(reward, 4'000'000'000), Amount{50});
    EXPECT_EQ(side_block_reward(Amount{99}, 0), Amount{29});
}

TEST(Emission, dev_share_halves_at_its_height) {
    EXPECT_EQ(dev_share(Amount{97'486'707}, BlockHeight{0}), Amount{9'748'670});
    EXPECT_EQ(dev_share(Amount{1'000}, BlockHeight{15'767'999}), Amount{100});
    EXPECT_EQ(dev_share(Amount{1'000}, BlockHeight{15'768'000}), Amount{50});
    EXPECT_EQ(dev_share(Amount{~std::uint64_t{0}}, BlockHeight{0}),
              Amount{1'844'674'407'370'955'161});
}

TEST(Emission, check_values_of_a_straight_chain) {
    Amount emitted = block_reward(Amount{0});
    std::uint64_t miner = 0;
    for (const std::uint64_t expected : {87'738'037U, 175'476'073U}) {
        const Amount reward = block_reward(emitted);
        miner += reward.value() - dev_share(reward, BlockHeight{1}).value();
        EXPECT_EQ(miner, expected);
        emitted = *checked_add(emitted, reward);
    }
}

}  // namespace
}  // namespace parallax
