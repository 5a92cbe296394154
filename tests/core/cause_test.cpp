#include "verifier/core/diagnosis/cause.hpp"

#include "reports/analysis/cause_text.hpp"
#include "tests/core/valid_block.hpp"
#include "tests/support/memory_view.hpp"
#include "verifier/core/comparison/compare.hpp"
#include "verifier/core/diagnosis/finding.hpp"
#include "verifier/core/oracles/serializability.hpp"
#include "verifier/core/verification/verify_block.hpp"

#include <gtest/gtest.h>

namespace parallax::core {
namespace {

using namespace test;  // NOLINT: the sample block is this test's language

/// Two lanes of one block, alike but for what a test changes.
class CauseOf : public ::testing::Test {
  protected:
    std::string cause() {
        const auto differences = compare(control_, candidate_).differences;
        const auto hazards = check_serializability(candidate_);
        return reports::cause_text(
            cause_of({view_, block_, control_, candidate_, differences, hazards, {}}));
    }
    /// Behind the lines that its transaction has.
    static void add(model::BlockOutcome& outcome, const model::Access& line) {
        auto& lines = outcome.access_log->accesses;
        const auto behind = [&](const model::Access& other) {
            return other.transaction > line.transaction;
        };
        lines.insert(std::find_if(lines.begin(), lines.end(), behind), line);
    }
    static void read(model::BlockOutcome& outcome, std::uint32_t i, const model::StateKey& key,
                     std::uint32_t writer, std::uint64_t value,
                     model::AccessKind kind = model::AccessKind::kReadSpendable) {
        add(outcome, {model::TxIndex{i}, kind, key, writer, value});
    }
    static void effect(model::BlockOutcome& outcome, std::uint32_t i, model::AccessKind kind,
                       const model::StateKey& key, std::uint64_t value) {
        add(outcome, {model::TxIndex{i}, kind, key, model::kPreState, value});
    }
    /// A failed transaction leaves no line.
    static void forget(model::BlockOutcome& outcome, std::uint32_t i) {
        std::erase_if(outcome.access_log->accesses, [i](const model::Access& line) {
            return line.transaction == model::TxIndex{i};
        });
    }
    static void forget(model::BlockOutcome& outcome, const model::StateKey& key) {
        std::erase_if(outcome.access_log->accesses,
                      [&](const model::Access& line) { return line.key == key; });
    }
    static void fail(model::BlockOutcome& outcome, std::uint32_t i, model::ErrorCode code) {
        outcome.results[i].status = model::TransactionStatus::kFailed;
        outcome.results[i].code = code;
        forget(outcome, i);
    }

    protocol::AdmittedBlock block_ = valid_block();
    test::MemoryView view_;
    model::BlockOutcome control_ = valid_outcome(block_);
    model::BlockOutcome candidate_ = control_;
    const model::StateKey alice_ = model::balance_key(kAlice, model::kTosAsset);
    const model::StateKey bob_ = model::balance_key(kBob, model::kTosAsset);
};

TEST_F(CauseOf, equal_outcomes_have_none) {
    EXPECT_EQ(cause(), "");
}

TEST_F(CauseOf, a_nonce_read_too_early_is_one_cause_however_it_shows) {
    const model::StateKey account = model::account_key(kAlice);
    for (model::BlockOutcome* outcome : {&control_, &candidate_}) {
        effect(*outcome, 0, model::AccessKind::kWrite, account, 8);
    }
    read(control_, 1, account, 0, 8, model::AccessKind::kRead);
    const model::BlockOutcome before = candidate_;
    // It is harmless,
    read(candidate_, 1, account, model::kPreState, 8, model::AccessKind::kRead);
    EXPECT_EQ(cause(), "account: read too early");
    // refuses a transaction, which then leaves no access,
    candidate_ = before;
    fail(candidate_, 1, model::ErrorCode::kNonceTooHigh);
    EXPECT_EQ(cause(), "account: read too early");
    // or lets one in.
    candidate_ = before;
    read(candidate_, 1, account, model::kPreState, 7, model::AccessKind::kRead);
    fail(control_, 1, model::ErrorCode::kNonceTooLow);
    EXPECT_EQ(cause(), "account: read too early");
}

TEST_F(CauseOf, a_read_with_the_right_version_is_told_by_its_value) {
    view_.set(alice_, amount(1000));
    forget(control_, alice_);
    set_entry(control_, alice_, amount(1000), amount(1030));
    effect(control_, 0, model::AccessKind::kSpend, alice_, 955);
    effect(control_, 0, model::AccessKind::kCredit, alice_, 30);
    candidate_ = control_;
    read(control_, 1, alice_, 0, 955);
    const model::BlockOutcome before = candidate_;
    const auto with = [&](std::uint64_t value) {
        candidate_ = before;
        read(candidate_, 1, alice_, 0, value);
        return cause();
    };
    EXPECT_EQ(with(955), "");
    EXPECT_EQ(with(1000), "balance: read an older value");
    EXPECT_EQ(with(985), "balance: read with receipts the value");
    EXPECT_EQ(with(77), "balance: read some other value");
    EXPECT_EQ(with(std::uint64_t{1} << 63), "check of funds: lets in");
}

TEST_F(CauseOf, the_check_that_ends_otherwise_counts_and_not_the_type) {
    fail(candidate_, 0, model::ErrorCode::kAccountNotFound);
    const std::string payment = cause();
    EXPECT_EQ(payment, "refused: ACCOUNT_NOT_FOUND");
    candidate_ = control_;
    fail(candidate_, 1, model::ErrorCode::kAccountNotFound);
    EXPECT_EQ(cause(), payment);
    candidate_ = control_;
    fail(control_, 0, model::ErrorCode::kInvalidSignature);
    EXPECT_EQ(cause(), "check of authority: lets in");
}

TEST_F(CauseOf, a_lost_effect_is_named_by_what_is_missing) {
    view_.set(bob_, amount(10));
    forget(control_, bob_);
    effect(control_, 0, model::AccessKind::kCredit, bob_, 40);
    candidate_ = control_;
    set_entry(candidate_, bob_, amount(10), amount(90));
    EXPECT_EQ(cause(), "balance: applied twice");
    set_entry(candidate_, bob_, amount(10), amount(40));
    EXPECT_EQ(cause(), "balance: replaced by a credit");
}

TEST_F(CauseOf, what_is_in_the_wrong_place_comes_first) {
    std::swap(candidate_.results[0].fee, candidate_.results[1].fee);
    std::swap(candidate_.results[0].burned, candidate_.results[1].burned);
    EXPECT_EQ(cause(), "results: in another order");
    candidate_ = control_;
    candidate_.results.pop_back();
    EXPECT_EQ(cause(), "results: missing or extra");
    candidate_ = control_;
    std::reverse(candidate_.delta.entries.begin(), candidate_.delta.entries.end());
    EXPECT_EQ(cause(), "rows: in another order");
}

TEST(PutIntoGroup, changes_the_half_that_groups_and_keeps_the_symptom) {
    model::Finding finding;
    finding.lane = "batch";
    for (std::size_t i = 0; i < 32; ++i) {
        finding.fingerprint.mutable_bytes()[i] = static_cast<std::uint8_t>(i + 1);
    }
    const model::Finding before = finding;
    model::Cause read;
    put_into_group(read, finding);
    EXPECT_EQ(finding, before);
    read.kind = model::CauseKind::kReadTooEarly;
    read.family = model::Family::kAccount;
    put_into_group(read, finding);
    EXPECT_EQ(finding.cause, read);
    const std::string hex = finding.fingerprint.hex();
    EXPECT_EQ(hex.substr(32), before.fingerprint.hex().substr(32));
    EXPECT_NE(hex.substr(0, 32), before.fingerprint.hex().substr(0, 32));
    EXPECT_EQ(group_text(finding.fingerprint), hex.substr(0, 32));
    EXPECT_EQ(group_of(finding.fingerprint).hex(), hex.substr(0, 32) + std::string(32, '0'));

    model::Finding other = before;
    other.lane = "staged";
    put_into_group(read, other);
    EXPECT_EQ(other.fingerprint, finding.fingerprint) << "whichever candidate shows it";
    other.lane = std::string(kControlLane);
    put_into_group(read, other);
    EXPECT_NE(group_of(other.fingerprint), group_of(finding.fingerprint));
    read.kind = model::CauseKind::kWriteLost;
    put_into_group(read, finding);
    EXPECT_NE(finding.fingerprint.hex(), hex);
}

}  // namespace
}  // namespace parallax::core
