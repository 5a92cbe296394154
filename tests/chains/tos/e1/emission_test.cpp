#include "verifier/chains/tos/emission.hpp"

#include "verifier/chains/tos/e1/block_rules.hpp"

#include "gtest/gtest.h"

namespace parallax::tos::e1 {
namespace {

TEST(Emission, first_reward_is_that_of_the_genesis_block) {
    EXPECT_EQ(block_reward(model::Amount{0}), model::Amount{97'486'707});
}

TEST(Emission, falls_with_the_emitted_supply_and_ends_at_the_maximum) {
    EXPECT_EQ(block_reward(model::Amount{model::kMaximumSupply / 2}), model::Amount{48'743'353});
    // One step of the formula needs 2^20 * 180 units.
    EXPECT_EQ(block_reward(model::Amount{model::kMaximumSupply - 180 * 1'048'576}),
              model::Amount{1});
    EXPECT_EQ(block_reward(model::Amount{model::kMaximumSupply - 180 * 1'048'576 + 1}),
              model::Amount{0});
    EXPECT_EQ(block_reward(model::Amount{model::kMaximumSupply}), model::Amount{0});
    EXPECT_EQ(block_reward(model::Amount{model::kMaximumSupply + 1}), model::Amount{0});
    EXPECT_EQ(block_reward(model::Amount{~std::uint64_t{0}}), model::Amount{0});
}

TEST(Emission, side_blocks_get_thirty_fifteen_seven_then_five_percent) {
    const model::Amount reward{1'000};
    EXPECT_EQ(side_block_reward(reward, 0), model::Amount{300});
    EXPECT_EQ(side_block_reward(reward, 1), model::Amount{150});
    EXPECT_EQ(side_block_reward(reward, 2), model::Amount{70});
    EXPECT_EQ(side_block_reward(reward, 3), model::Amount{50});
    EXPECT_EQ(side_block_reward(reward, 4'000'000'000), model::Amount{50});
    EXPECT_EQ(side_block_reward(model::Amount{99}, 0), model::Amount{29});
}

TEST(Emission, dev_share_halves_at_its_height) {
    EXPECT_EQ(dev_share(model::Amount{97'486'707}, model::BlockHeight{0}),
              model::Amount{9'748'670});
    EXPECT_EQ(dev_share(model::Amount{1'000}, model::BlockHeight{15'767'999}), model::Amount{100});
    EXPECT_EQ(dev_share(model::Amount{1'000}, model::BlockHeight{15'768'000}), model::Amount{50});
    EXPECT_EQ(dev_share(model::Amount{~std::uint64_t{0}}, model::BlockHeight{0}),
              model::Amount{1'844'674'407'370'955'161});
}

TEST(Emission, check_values_of_a_straight_chain) {
    model::Amount emitted = block_reward(model::Amount{0});
    std::uint64_t miner = 0;
    for (const std::uint64_t expected : {87'738'037U, 175'476'073U}) {
        const model::Amount reward = block_reward(emitted);
        miner += reward.value() - dev_share(reward, model::BlockHeight{1}).value();
        EXPECT_EQ(miner, expected);
        emitted = *model::checked_add(emitted, reward);
    }
}

}  // namespace
}  // namespace parallax::tos::e1
