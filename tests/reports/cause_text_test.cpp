#include "reports/analysis/cause_text.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace parallax::reports {
namespace {

model::Cause cause_with(model::CauseKind kind) {
    model::Cause cause;
    cause.kind = kind;
    return cause;
}

TEST(CauseText, of_every_kind_is_another_one) {
    std::set<std::string> texts;
    for (std::uint8_t number = 0; number <= static_cast<std::uint8_t>(model::CauseKind::kInvariant);
         ++number) {
        model::Cause cause = cause_with(static_cast<model::CauseKind>(number));
        cause.field = "nonce";
        cause.direction = model::Direction::kLower;
        const std::string text = cause_text(cause);
        EXPECT_TRUE(texts.insert(text).second) << text;
        EXPECT_EQ(text.find('{'), std::string::npos) << text;
        EXPECT_EQ(text.empty(), number == 0);
    }
    EXPECT_EQ(cause_text(cause_with(static_cast<model::CauseKind>(200))), "");
}

TEST(CauseText, names_what_the_cause_is_about) {
    model::Cause cause = cause_with(model::CauseKind::kReadWithReceipts);
    cause.family = model::Family::kBalance;
    EXPECT_EQ(cause_text(cause), "balance: read with receipts the value");
    cause.phase = model::Phase::kEpilogue;
    EXPECT_EQ(cause_text(cause), "epilogue: balance: read with receipts the value");

    cause = cause_with(model::CauseKind::kRowField);
    cause.family = model::Family::kAccount;
    cause.field = "registered_at";
    EXPECT_EQ(cause_text(cause), "account: registered_at");
    cause.direction = model::Direction::kLower;
    EXPECT_EQ(cause_text(cause), "account: registered_at lower");

    cause = cause_with(model::CauseKind::kRowAmount);
    cause.family = model::Family::kCounter;
    cause.counter = model::Counter::kBurnedSupply;
    cause.direction = model::Direction::kHigher;
    EXPECT_EQ(cause_text(cause), "burned_supply: higher");

    cause = cause_with(model::CauseKind::kResultField);
    cause.field = "fee";
    cause.direction = model::Direction::kLower;
    EXPECT_EQ(cause_text(cause), "result: fee lower");
    cause.kind = model::CauseKind::kTotal;
    EXPECT_EQ(cause_text(cause), "total fee: lower");
    cause.kind = model::CauseKind::kBlockField;
    EXPECT_EQ(cause_text(cause), "block.fee");

    cause = cause_with(model::CauseKind::kCheckPassed);
    cause.check = model::Check::kFunds;
    EXPECT_EQ(cause_text(cause), "check of funds: lets in");
    cause = cause_with(model::CauseKind::kRefused);
    cause.code = model::ErrorCode::kNonceTooLow;
    EXPECT_EQ(cause_text(cause), "refused: NONCE_TOO_LOW");
    cause = cause_with(model::CauseKind::kLogHazard);
    cause.hazard = model::Hazard::kPhantom;
    EXPECT_EQ(cause_text(cause), "log: phantom");

    cause = cause_with(model::CauseKind::kInvariant);
    cause.field = "conservation";
    EXPECT_EQ(cause_text(cause), "law: conservation");
    cause.field.clear();
    cause.family = model::Family::kCounter;
    cause.counter = model::Counter::kGasFee;
    EXPECT_EQ(cause_text(cause), "law: counter:gas_fee");
}

}  // namespace
}  // namespace parallax::reports
