#include "verifier/model/families.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

namespace parallax::model {
namespace {

TEST(Families, have_distinct_names_and_known_groups) {
    std::set<std::string_view> names;
    std::set<std::string_view> groups;
    for (const FamilyRow& row : kFamilies) {
        EXPECT_TRUE(names.insert(row.name).second) << row.name;
        EXPECT_NE(std::ranges::find(kFamilyGroups, row.group), kFamilyGroups.end()) << row.name;
        groups.insert(row.group);
    }
    EXPECT_EQ(groups.size(), kFamilyGroups.size()) << "a group without a family";
}

TEST(Families, are_found_by_number) {
    for (const FamilyRow& row : kFamilies) {
        EXPECT_EQ(find_family(static_cast<std::uint8_t>(row.family)), &family_row(row.family));
        EXPECT_EQ(family_row(row.family).name, row.name);
    }
    EXPECT_EQ(find_family(0), nullptr);
    EXPECT_EQ(find_family(static_cast<std::uint8_t>(kFamilies.size() + 1)), nullptr);
    EXPECT_EQ(find_family(255), nullptr);
}

TEST(Families, default_to_the_alternative_of_their_row) {
    for (const FamilyRow& row : kFamilies) {
        EXPECT_EQ(default_value(row.family).index(), row.value_index) << row.name;
    }
    EXPECT_EQ(default_value(Family::kBalance), StateValue(AmountRecord{}));
    EXPECT_EQ(default_value(Family::kAgentAccount), StateValue(base::Boxed(AgentRecord{})));
}

TEST(Families, give_keys_a_readable_text) {
    const auto key = *PublicKey::from_hex(std::string(64, 'a'));
    const std::string hex(64, 'a');
    EXPECT_EQ(to_string(account_key(key)), "account:" + hex);
    EXPECT_EQ(to_string(balance_key(key, kTosAsset)), "balance:" + hex + ":TOS");
    EXPECT_EQ(to_string(balance_key(key, kUnoAsset)), "balance:" + hex + ":UNO");
    EXPECT_EQ(to_string(balance_key(key, *AssetId::from_hex(hex))), "balance:" + hex + ":" + hex);
    EXPECT_EQ(to_string(counter_key(Counter::kBurnedSupply)), "counter:burned_supply");
    EXPECT_EQ(to_string(ai_mining_key()), "ai_mining");
}

TEST(Families, order_keys_by_family_then_owner_then_detail) {
    const auto low = *PublicKey::from_hex("00" + std::string(62, 'f'));
    const auto high = *PublicKey::from_hex("80" + std::string(62, '0'));
    EXPECT_LT(account_key(high), balance_key(low, kTosAsset));
    EXPECT_LT(balance_key(low, kUnoAsset), balance_key(high, kTosAsset));
    EXPECT_LT(balance_key(low, kTosAsset), balance_key(low, kUnoAsset));
}

TEST(Boxed, copies_share_and_compare_by_content) {
    const base::Boxed<BytesRecord> first(BytesRecord{{1, 2}});
    const base::Boxed<BytesRecord> copy = first;
    EXPECT_EQ(&first.get(), &copy.get());
    EXPECT_EQ(first, base::Boxed<BytesRecord>(BytesRecord{{1, 2}}));
    EXPECT_NE(first, base::Boxed<BytesRecord>(BytesRecord{{1, 3}}));
    EXPECT_EQ(base::Boxed<BytesRecord>().get(), BytesRecord{});
}

}  // namespace
}  // namespace parallax::model
