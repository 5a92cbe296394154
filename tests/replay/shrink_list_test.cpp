#include "replay/shrink/shrink_list.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

namespace parallax::replay {
namespace {

std::vector<std::size_t> up_to(std::size_t count) {
    std::vector<std::size_t> items(count);
    std::iota(items.begin(), items.end(), std::size_t{0});
    return items;
}

bool never() {
    return false;
}

bool holds(const std::vector<std::size_t>& items, const std::vector<std::size_t>& wanted) {
    return std::includes(items.begin(), items.end(), wanted.begin(), wanted.end());
}

TEST(ShrinkList, finds_any_subset_that_is_needed_as_a_whole) {
    std::mt19937_64 random(1);
    for (int round = 0; round < 200; ++round) {
        const std::size_t count = 1 + random() % 60;
        std::vector<std::size_t> wanted;
        for (std::size_t i = 0; i < count; ++i) {
            if (random() % count < 4) {
                wanted.push_back(i);
            }
        }
        if (wanted.empty()) {
            continue;
        }
        std::size_t asked = 0;
        const auto found = shrink_list(
            up_to(count),
            [&](const std::vector<std::size_t>& kept) {
                ++asked;
                EXPECT_TRUE(std::is_sorted(kept.begin(), kept.end()));
                EXPECT_FALSE(kept.empty());
                return holds(kept, wanted);
            },
            never);
        EXPECT_EQ(found, wanted);
        EXPECT_LE(asked, 40 + 20 * wanted.size() * wanted.size());
    }
}

TEST(ShrinkList, drops_pairs_of_which_neither_can_go_alone) {
    // 3 and 4 are only tolerated together.
    const auto found = shrink_list(
        up_to(6),
        [](const std::vector<std::size_t>& kept) {
            return holds(kept, {1, 2}) && holds(kept, {3}) == holds(kept, {4});
        },
        never);
    EXPECT_EQ(found, (std::vector<std::size_t>{1, 2}));
}

TEST(ShrinkList, stops_with_what_it_has_when_the_budget_is_spent) {
    int left = 3;
    const auto found = shrink_list(
        up_to(40),
        [&](const std::vector<std::size_t>& kept) {
            --left;
            return holds(kept, {7});
        },
        [&] { return left <= 0; });
    EXPECT_TRUE(holds(found, {7}));
    EXPECT_GT(found.size(), 1U);
}

TEST(ShrinkList, keeps_everything_if_all_is_needed) {
    EXPECT_EQ(
        shrink_list(
            up_to(9), [](const std::vector<std::size_t>& kept) { return kept.size() == 9; }, never),
        up_to(9));
}

}  // namespace
}  // namespace parallax::replay
