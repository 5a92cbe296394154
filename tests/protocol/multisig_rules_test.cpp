#include "verifier/protocol/multisig_rules.hpp"

#include "tests/protocol/signed_transactions.hpp"

#include "gtest/gtest.h"

namespace parallax {
namespace {

using test::account;
using test::signing_key;

const PublicKey kSource = account(1);

Transaction configuration(std::uint8_t threshold, std::vector<PublicKey> participants) {
    Transaction transaction;
    transaction.source = kSource;
    transaction.payload = MultisigPayload{threshold, std::move(participants)};
    return transaction;
}

TEST(MultisigPayloadRules, threshold_is_at_most_the_number_of_participants) {
    test::MapLedger ledger;
    TransactionState state(ledger, 0);
    EXPECT_EQ(verify_multisig_payload(state, configuration(2, {account(2), account(3)})),
              ErrorCode::kSuccess);
    EXPECT_EQ(verify_multisig_payload(state, configuration(3, {account(2), account(3)})),
              ErrorCode::kInvalidPayload);
    EXPECT_EQ(verify_multisig_payload(state, configuration(1, {})), ErrorCode::kInvalidPayload);
}

TEST(MultisigPayloadRules, source_is_no_participant) {
    test::MapLedger ledger;
    TransactionState state(ledger, 0);
    EXPECT_EQ(verify_multisig_payload(state, configuration(1, {account(2), kSource})),
              ErrorCode::kInvalidPayload);
}

TEST(MultisigPayloadRules, only_a_configuration_can_be_deleted) {
    test::MapLedger ledger;
    TransactionState state(ledger, 0);
    EXPECT_EQ(verify_multisig_payload(state, configuration(0, {})), ErrorCode::kInvalidPayload);
    apply_multisig_payload(state, configuration(1, {account(2)}));
    ASSERT_NE(state.find<MultisigRecord>(multisig_key(kSource)), nullptr);
    EXPECT_EQ(*state.find<MultisigRecord>(multisig_key(kSource)),
              (MultisigRecord{1, {account(2)}}));
    EXPECT_EQ(verify_multisig_payload(state, configuration(0, {})), ErrorCode::kSuccess);
    apply_multisig_payload(state, configuration(2, {account(4), account(3)}));
    EXPECT_EQ(*state.find<MultisigRecord>(multisig_key(kSource)),
              (MultisigRecord{2, {account(4), account(3)}}));
    apply_multisig_payload(state, configuration(0, {}));
    EXPECT_FALSE(state.exists(multisig_key(kSource)));
}

class MultisigSectionRules : public ::testing::Test {
  protected:
    MultisigSectionRules() {
        ledger.put(multisig_key(kSource),
                   Boxed<MultisigRecord>(
                       MultisigRecord{2, {alice.public_key(), bob.public_key(), account(0xFF)}}));
    }
    [[nodiscard]] static Transaction burn() {
        Transaction transaction;
        transaction.source = kSource;
        transaction.payload = BurnPayload{kTosAsset, Amount{1}};
        return transaction;
    }
    [[nodiscard]] static Cosignature cosign(const Transaction& transaction, std::uint8_t index,
                                            const SigningKey& key) {
        return {index, key.sign(blake3(signing_bytes(transaction)).bytes())};
    }
    [[nodiscard]] static Transaction with(std::vector<Cosignature> signatures) {
        Transaction transaction = burn();
        transaction.multisig = MultisigSection{std::move(signatures)};
        return transaction;
    }
    [[nodiscard]] ErrorCode verify(const Transaction& transaction, bool is_owner = true) const {
        const test::SingleTransaction single(transaction);
        TransactionState state(ledger, 0);
        return verify_multisig_section(state, TxIndex{0}, single.context(), is_owner);
    }

    SigningKey alice = signing_key(11);
    SigningKey bob = signing_key(12);
    test::MapLedger ledger;
};

TEST_F(MultisigSectionRules, exactly_the_threshold_signs_in_any_order) {
    const Cosignature a = cosign(burn(), 0, alice);
    const Cosignature b = cosign(burn(), 1, bob);
    EXPECT_EQ(verify(with({a, b})), ErrorCode::kSuccess);
    EXPECT_EQ(verify(with({b, a})), ErrorCode::kSuccess);
    EXPECT_EQ(verify(with({a})), ErrorCode::kInvalidPayload);
    EXPECT_EQ(verify(with({})), ErrorCode::kInvalidPayload);
    EXPECT_EQ(verify(with({a, b, cosign(burn(), 2, bob)})), ErrorCode::kInvalidPayload);
    EXPECT_EQ(verify(burn()), ErrorCode::kInvalidPayload);
}

TEST_F(MultisigSectionRules, signatures_belong_to_their_participant_and_transaction) {
    const Cosignature a = cosign(burn(), 0, alice);
    EXPECT_EQ(verify(with({a, cosign(burn(), 1, alice)})), ErrorCode::kInvalidSignature);
    Transaction other = burn();
    other.nonce = Nonce{1};
    EXPECT_EQ(verify(with({a, cosign(other, 1, bob)})), ErrorCode::kInvalidSignature);
    EXPECT_EQ(verify(with({a, cosign(burn(), 3, bob)})), ErrorCode::kInvalidPayload);
    EXPECT_EQ(verify(with({cosign(burn(), 1, alice), cosign(burn(), 3, bob)})),
              ErrorCode::kInvalidSignature);
    EXPECT_EQ(verify(with({a, cosign(burn(), 2, bob)})), ErrorCode::kUnknown) << "no point";
}

TEST_F(MultisigSectionRules, section_without_configuration_is_refused) {
    ledger = {};
    EXPECT_EQ(verify(burn()), ErrorCode::kSuccess);
    EXPECT_EQ(verify(with({cosign(burn(), 0, alice)})), ErrorCode::kInvalidPayload);
}

TEST_F(MultisigSectionRules, other_roles_of_an_agent_account_take_no_part) {
    EXPECT_EQ(verify(burn(), false), ErrorCode::kSuccess);
    EXPECT_EQ(verify(with({cosign(burn(), 0, alice), cosign(burn(), 1, bob)}), false),
              ErrorCode::kAccountNotFound);
}

}  // namespace
}  // namespace parallax
