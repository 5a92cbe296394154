#include "verifier/chains/tos/e1/transaction.hpp"
#include "verifier/model/error_code.hpp"
#include "verifier/model/verdict.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace parallax::model {
namespace {

/// Calls `name` with 0, 1, ... until it answers `end`, and wants distinct answers before.
template <class E, class Name>
std::size_t count_names(Name name, std::string_view end) {
    std::set<std::string> names;
    for (std::uint8_t i = 0; i < 255; ++i) {
        const std::string text(name(static_cast<E>(i)));
        if (text == end) {
            return i;
        }
        EXPECT_TRUE(names.insert(text).second) << text;
    }
    return 255;
}

TEST(Names, are_distinct_and_reach_the_last_of_the_enum) {
    const auto number = [](auto last) { return static_cast<std::size_t>(last); };
    EXPECT_GT((count_names<TransactionStatus>(&transaction_status_name, "unknown")),
              number(TransactionStatus::kNotReached));
    EXPECT_GT((count_names<AccessKind>(&access_kind_name, "unknown")), number(AccessKind::kCredit));
    EXPECT_GT((count_names<VerdictKind>(&verdict_kind_name, "unknown")),
              number(VerdictKind::kInconclusive));
    EXPECT_GT((count_names<InconclusiveReason>(&inconclusive_reason_name, "unknown")),
              number(InconclusiveReason::kNotCompared));
    EXPECT_GT((count_names<Section>(&section_name, "unknown")), number(Section::kExecutor));
    EXPECT_GT((count_names<FindingClass>(&finding_class_name, "unknown")),
              number(FindingClass::kNotSerializable));
    EXPECT_GT((count_names<SignaturePolicy>(&signature_policy_name, "unknown")),
              number(SignaturePolicy::kOff));
}

TEST(Names, of_codes_are_those_of_the_table) {
    EXPECT_EQ(error_code_name(ErrorCode::kSuccess), "SUCCESS");
    EXPECT_EQ(error_code_name(ErrorCode::kNonceTooHigh), "NONCE_TOO_HIGH");
    EXPECT_EQ(error_code_name(ErrorCode::kInvalidBlockHeight), "INVALID_BLOCK_HEIGHT");
    EXPECT_EQ(error_code_name(ErrorCode::kUnknown), "UNKNOWN");
    EXPECT_EQ(error_code_name(static_cast<ErrorCode>(0x0999)), "UNNAMED");
}

TEST(TransactionTypes, follow_the_payload) {
    EXPECT_EQ(tos::e1::transaction_type(tos::e1::BurnPayload{}), TransactionType::kBurn);
    EXPECT_EQ(tos::e1::transaction_type(tos::e1::TransfersPayload{}), TransactionType::kTransfers);
    EXPECT_EQ(tos::e1::transaction_type(tos::e1::UnshieldTransfersPayload{}),
              TransactionType::kUnshieldTransfers);
    EXPECT_EQ(tos::e1::transaction_type(tos::e1::AgentAccountPayload{}),
              TransactionType::kAgentAccount);
    EXPECT_EQ(transaction_type_name(TransactionType::kRegisterName), "register_name");
}

}  // namespace
}  // namespace parallax::model
