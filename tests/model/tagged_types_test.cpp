#include "verifier/model/identifiers.hpp"
#include "verifier/model/state_key.hpp"

#include <gtest/gtest.h>

#include <concepts>
#include <limits>
#include <string>
#include <type_traits>

namespace parallax::model {
namespace {

// What must not compile.
static_assert(!std::is_constructible_v<Hash, PublicKey>);
static_assert(!std::is_constructible_v<PublicKey, AssetId>);
static_assert(!std::is_constructible_v<Scalar, CompressedPoint>);
static_assert(!std::is_convertible_v<std::array<std::uint8_t, 32>, Hash>);
static_assert(!std::equality_comparable_with<Hash, PublicKey>);
static_assert(!std::is_convertible_v<std::uint64_t, model::Amount>);
static_assert(!std::is_convertible_v<model::Amount, std::uint64_t>);
static_assert(!std::is_constructible_v<model::Amount, model::Nonce>);
static_assert(!std::is_constructible_v<model::Topoheight, model::BlockHeight>);
static_assert(!std::equality_comparable_with<Amount, Nonce>);
template <class T>
concept Addable = requires(T a, T b) {
    a + b;
};
static_assert(!Addable<Amount> && !Addable<Nonce> && !Addable<Topoheight>);

// What must.
static_assert(std::is_constructible_v<model::Amount, std::uint64_t>);
static_assert(std::totally_ordered<Hash> && std::totally_ordered<Amount>);
static_assert(std::is_trivially_copyable_v<Hash> && std::is_trivially_copyable_v<model::Amount>);
static_assert(sizeof(StateKey) == 65);

TEST(TaggedBytes, orders_by_bytes_from_the_first) {
    const auto low = *Hash::from_hex("00" + std::string(62, 'f'));
    const auto high = *Hash::from_hex("80" + std::string(62, '0'));
    EXPECT_LT(low, high);
    EXPECT_GT(high, low);
    EXPECT_NE(low, high);
    EXPECT_EQ(low, *Hash::from_hex(low.hex()));
}

TEST(TaggedBytes, knows_zero) {
    EXPECT_TRUE(Hash{}.is_zero());
    EXPECT_TRUE(kTosAsset.is_zero());
    EXPECT_FALSE(kUnoAsset.is_zero());
    EXPECT_EQ(kUnoAsset.hex(), std::string(63, '0') + "1");
}

TEST(TaggedBytes, wants_exactly_its_size_in_hex) {
    EXPECT_TRUE(Hash::from_hex(std::string(64, 'A')));
    EXPECT_FALSE(Hash::from_hex(std::string(62, 'a')));
    EXPECT_FALSE(Hash::from_hex(std::string(66, 'a')));
    EXPECT_FALSE(Hash::from_hex(""));
}

TEST(Hex, is_written_lower_case_and_read_in_either) {
    EXPECT_EQ(base::to_hex(base::Bytes{0x00, 0x9F, 0xAB}), "009fab");
    EXPECT_EQ(base::to_hex({}), "");
    EXPECT_EQ(base::parse_hex("009FaB"), (base::Bytes{0x00, 0x9F, 0xAB}));
    EXPECT_EQ(base::parse_hex(""), base::Bytes{});
}

TEST(Hex, is_read_strictly) {
    for (const char* bad : {"0", "0x00", "0X00", " 00", "00 ", "0 0 ", "0g", "g0", "00\n0", "-1"}) {
        EXPECT_FALSE(base::parse_hex(bad)) << bad;
    }
}

TEST(Amount, adds_and_subtracts_without_wrapping) {
    constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
    EXPECT_EQ(model::checked_add(model::Amount{1}, model::Amount{2}), model::Amount{3});
    EXPECT_EQ(model::checked_add(model::Amount{kMax}, model::Amount{0}), model::Amount{kMax});
    EXPECT_EQ(model::checked_add(model::Amount{kMax}, model::Amount{1}), std::nullopt);
    EXPECT_EQ(model::checked_sub(model::Amount{3}, model::Amount{3}), model::Amount{0});
    EXPECT_EQ(model::checked_sub(model::Amount{3}, model::Amount{4}), std::nullopt);
    EXPECT_EQ(model::saturating_add(model::Amount{kMax}, model::Amount{kMax}), model::Amount{kMax});
    EXPECT_EQ(model::saturating_add(model::Amount{1}, model::Amount{2}), model::Amount{3});
    EXPECT_EQ(model::saturating_sub(model::Amount{1}, model::Amount{2}), model::Amount{0});
    EXPECT_EQ(model::saturating_sub(model::Amount{5}, model::Amount{2}), model::Amount{3});
}

TEST(Nonce, steps_by_one) {
    EXPECT_EQ(model::next(model::Nonce{4}), model::Nonce{5});
    EXPECT_EQ(model::next(model::Topoheight{4}), model::Topoheight{5});
}

}  // namespace
}  // namespace parallax::model
