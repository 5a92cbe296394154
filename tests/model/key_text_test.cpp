#include "verifier/model/key_text.hpp"

#include "tests/support/field_filler.hpp"
#include "verifier/model/families.hpp"

#include <gtest/gtest.h>

namespace parallax::model {
namespace {

TEST(KeyText, is_read_back_for_keys_of_every_family) {
    test::RandomBytes random(5);
    test::FieldFiller filler(random);
    for (int i = 0; i < 500; ++i) {
        const StateKey key = filler.key();
        EXPECT_EQ(key_from_text(to_string(key)), key) << to_string(key);
    }
    for (const AssetId& asset : {kTosAsset, kUnoAsset}) {
        EXPECT_EQ(key_from_text(to_string(asset_supply_key(asset))), asset_supply_key(asset));
    }
}

TEST(KeyText, has_one_spelling) {
    const std::string zeros(64, '0');
    EXPECT_TRUE(key_from_text("account:" + zeros).has_value());
    for (const std::string& text :
         {std::string(), std::string("balance"), std::string("balance:00"),
          "balance:" + zeros + ":" + zeros, "account:" + zeros + ":", "account:" + zeros + ":TOS",
          std::string("counter:unknown"), std::string("ai_mining:"),
          std::string("counter:gas_fee:"), "account:" + std::string(64, 'A'), "wallet:" + zeros,
          "account:" + zeros.substr(1)}) {
        EXPECT_FALSE(key_from_text(text).has_value()) << text;
    }
}

}  // namespace
}  // namespace parallax::model
