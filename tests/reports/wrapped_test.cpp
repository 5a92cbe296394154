#include "reports/formats/wrapped.hpp"

#include "tests/support/difference_values.hpp"
#include "verifier/model/families.hpp"

#include <gtest/gtest.h>

namespace parallax::reports {
namespace {

model::Difference balance(std::string control, std::string candidate) {
    model::Difference difference;
    difference.key = model::balance_key(model::PublicKey{}, model::kTosAsset);
    difference.control = std::move(control);
    difference.candidate = std::move(candidate);
    return test::with_values(difference);
}

TEST(Wrapped, shows_a_balance_below_zero_with_its_sign) {
    const model::Difference difference = balance("60", "18446744073709551526");
    ASSERT_TRUE(is_wrapped(difference));
    EXPECT_EQ(unwrapped(difference), "-90 (wrapped below zero, u64 18446744073709551526)");
    EXPECT_EQ(unwrapped_delta(difference), "-150");
}

TEST(Wrapped, shows_a_sum_over_wrapped_rows) {
    model::Difference law;
    law.section = model::Section::kInvariants;
    law.path = "conservation[TOS]";
    law.control = "-7";
    law.candidate = "36893488147419103227";  // 2^65 - 5
    law = test::with_values(law);
    ASSERT_TRUE(is_wrapped(law));
    EXPECT_EQ(unwrapped_delta(law), "+2");
    law.candidate = "-7000";
    law = test::with_values(law);
    EXPECT_FALSE(is_wrapped(law));
}

TEST(Wrapped, leaves_other_numbers_alone) {
    EXPECT_FALSE(is_wrapped(balance("60", "9223372036854775807")));
    EXPECT_FALSE(is_wrapped(balance("18446744073709551526", "18446744073709551525")));
    EXPECT_FALSE(is_wrapped(balance("60", "absent")));
    EXPECT_FALSE(is_wrapped(balance("60", std::string(60, '9'))));
    model::Difference nonce = balance("60", "18446744073709551526");
    nonce.key = model::account_key(model::PublicKey{});
    EXPECT_FALSE(is_wrapped(nonce));
}

TEST(Wrapped, puts_the_signed_number_into_the_sentence) {
    model::Difference difference = balance("60", "18446744073709551526");
    difference.delta = "+18446744073709551466";
    difference = test::with_values(difference);
    EXPECT_EQ(unwrapped_sentence("balance is 18446744073709551466 higher in batch: control 60, "
                                 "batch 18446744073709551526.",
                                 difference),
              "balance is 150 lower in batch: control 60, batch -90 (wrapped below zero, u64 "
              "18446744073709551526).");
    difference.candidate = "50";
    difference = test::with_values(difference);
    EXPECT_EQ(unwrapped_sentence("as it is", difference), "as it is");
}

}  // namespace
}  // namespace parallax::reports
