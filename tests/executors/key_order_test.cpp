#include "executors/staged/key_order.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace parallax::executors {
namespace {

using Key = staged::KeyBytes;

/// Keys that are the same from the first byte on, or differ only behind the prefix, or are spread.
std::vector<Key> keys_of(std::mt19937_64& random, std::size_t count) {
    std::vector<Key> keys(count);
    const std::uint64_t shape = random() % 4;
    for (Key& key : keys) {
        key.fill(0x42);
        const std::size_t first = shape == 0 ? 0 : shape == 1 ? 8 : shape == 2 ? 31 : 32;
        for (std::size_t i = first; i < key.size(); ++i) {
            key[i] = static_cast<std::uint8_t>(random());
        }
        if (shape == 3) {
            // Powers of two: each bucket of a level holds nearly everything.
            key[random() % 8] = static_cast<std::uint8_t>(1U << (random() % 8));
        }
    }
    return keys;
}

std::vector<staged::KeyReference> references_to(const std::vector<Key>& keys) {
    std::vector<staged::KeyReference> references;
    for (std::uint32_t i = 0; i < keys.size(); ++i) {
        references.push_back({staged::key_prefix(keys[i]), i, 0});
    }
    return references;
}

std::vector<const Key*> pointers_to(const std::vector<Key>& keys) {
    std::vector<const Key*> pointers;
    for (const Key& key : keys) {
        pointers.push_back(&key);
    }
    return pointers;
}

TEST(KeyOrder, sorts_any_keys_as_a_comparison_does) {
    std::mt19937_64 random(1);
    for (int round = 0; round < 400; ++round) {
        std::vector<Key> keys = keys_of(random, random() % 700);
        std::vector<staged::KeyReference> references = references_to(keys);
        staged::sort_by_key(references, pointers_to(keys));
        std::vector<Key> sorted;
        std::vector<bool> seen(keys.size());
        for (const staged::KeyReference& reference : references) {
            sorted.push_back(keys[reference.index]);
            EXPECT_FALSE(seen[reference.index]);
            seen[reference.index] = true;
        }
        std::sort(keys.begin(), keys.end());
        ASSERT_EQ(sorted, keys) << "round " << round;
    }
}

TEST(KeyOrder, shards_ascend_and_hold_every_reference_once) {
    std::mt19937_64 random(2);
    for (const std::uint32_t shards : {1U, 2U, 3U, 16U, 255U}) {
        const std::vector<Key> keys = keys_of(random, 500);
        std::vector<staged::KeyReference> all = references_to(keys);
        all[3].index = staged::kNoReference;
        std::vector<staged::KeyReference> joined;
        for (std::uint32_t shard = 0; shard < shards; ++shard) {
            staged::ShardReferences own = staged::references_of_shard(all, shard, shards);
            EXPECT_EQ(own.below, joined.size());
            staged::sort_by_key(own.references, pointers_to(keys));
            joined.insert(joined.end(), own.references.begin(), own.references.end());
        }
        EXPECT_EQ(joined.size(), keys.size() - 1);
        EXPECT_TRUE(
            std::is_sorted(joined.begin(), joined.end(),
                           [&keys](const staged::KeyReference& a, const staged::KeyReference& b) {
                               return keys[a.index] < keys[b.index];
                           }));
    }
}

TEST(KeyOrder, prefix_orders_as_the_bytes_do) {
    Key small{};
    Key large{};
    small[7] = 0xFF;
    large[6] = 0x01;
    EXPECT_LT(staged::key_prefix(small), staged::key_prefix(large));
    EXPECT_EQ(staged::key_shard(0, 255), 0U);
    EXPECT_EQ(staged::key_shard(~std::uint64_t{0}, 255), 254U);
}

}  // namespace
}  // namespace parallax::executors
