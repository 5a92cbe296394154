#include "verifier/chains/tos/e1/multisig_rules.hpp"

#include "tests/chains/tos/e1/signed_transactions.hpp"
#include "verifier/crypto/hashing.hpp"

#include "gtest/gtest.h"

namespace parallax::tos::e1 {
namespace {

using test::account;
using test::signing_key;

const model::PublicKey kSource = account(1);

Transaction configuration(std::uint8_t threshold, std::vector<model::PublicKey> participants) {
    Transaction transaction;
    transaction.source = kSource;
    transaction.payload = MultisigPayload{threshold, std::move(participants)};
    return transaction;
}

TEST(MultisigPayloadRules, threshold_is_at_most_the_number_of_participants) {
    test::MapLedger ledger;
    protocol::TransactionState state(ledger, 0);
    EXPECT_EQ(verify_multisig_payload(state, configuration(2, {account(2), account(3)})),
              model::ErrorCode::kSuccess);
    EXPECT_EQ(verify_multisig_payload(state, configuration(3, {account(2), account(3)})),
              model::ErrorCode::kInvalidPayload);
    EXPECT_EQ(verify_multisig_payload(state, configuration(1, {})),
              model::ErrorCode::kInvalidPayload);
}

TEST(MultisigPayloadRules, source_is_no_participant) {
    test::MapLedger ledger;
    protocol::TransactionState state(ledger, 0);
    EXPECT_EQ(verify_multisig_payload(state, configuration(1, {account(2), kSource})),
              model::ErrorCode::kInvalidPayload);
}

TEST(MultisigPayloadRules, only_a_configuration_can_be_deleted) {
    test::MapLedger ledger;
    protocol::TransactionState state(ledger, 0);
    EXPECT_EQ(verify_multisig_payload(state, configuration(0, {})),
              model::ErrorCode::kInvalidPayload);
    apply_multisig_payload(state, configuration(1, {account(2)}));
    ASSERT_NE(state.find<model::MultisigRecord>(model::multisig_key(kSource)), nullptr);
    EXPECT_EQ(*state.find<model::MultisigRecord>(model::multisig_key(kSource)),
              (model::MultisigRecord{1, {account(2)}}));
    EXPECT_EQ(verify_multisig_payload(state, configuration(0, {})), model::ErrorCode::kSuccess);
    apply_multisig_payload(state, configuration(2, {account(4), account(3)}));
    EXPECT_EQ(*state.find<model::MultisigRecord>(model::multisig_key(kSource)),
              (model::MultisigRecord{2, {account(4), account(3)}}));
    apply_multisig_payload(state, configuration(0, {}));
    EXPECT_FALSE(state.exists(model::multisig_key(kSource)));
}

class MultisigSectionRules : public ::testing::Test {
  protected:
    MultisigSectionRules() {
        ledger.put(model::multisig_key(kSource),
                   base::Boxed<model::MultisigRecord>(model::MultisigRecord{
                       2, {alice.public_key(), bob.public_key(), account(0xFF)}}));
    }
    [[nodiscard]] static Transaction burn() {
        Transaction transaction;
        transaction.source = kSource;
        transaction.payload = BurnPayload{model::kTosAsset, model::Amount{1}};
        return transaction;
    }
    [[nodiscard]] static Cosignature cosign(const Transaction& transaction, std::uint8_t index,
                                            const crypto::SigningKey& key) {
        return {index, key.sign(crypto::blake3(signing_bytes(transaction)).bytes())};
    }
    [[nodiscard]] static Transaction with(std::vector<Cosignature> signatures) {
        Transaction transaction = burn();
        transaction.multisig = MultisigSection{std::move(signatures)};
        return transaction;
    }
    [[nodiscard]] model::ErrorCode verify(const Transaction& transaction,
                                          bool is_owner = true) const {
        const test::SingleTransaction single(transaction);
        protocol::TransactionState state(ledger, 0);
        return verify_multisig_section(state, model::TxIndex{0}, single.context(), is_owner);
    }

    crypto::SigningKey alice = signing_key(11);
    crypto::SigningKey bob = signing_key(12);
    test::MapLedger ledger;
};

TEST_F(MultisigSectionRules, exactly_the_threshold_signs_in_any_order) {
    const Cosignature a = cosign(burn(), 0, alice);
    const Cosignature b = cosign(burn(), 1, bob);
    EXPECT_EQ(verify(with({a, b})), model::ErrorCode::kSuccess);
    EXPECT_EQ(verify(with({b, a})), model::ErrorCode::kSuccess);
    EXPECT_EQ(verify(with({a})), model::ErrorCode::kInvalidPayload);
    EXPECT_EQ(verify(with({})), model::ErrorCode::kInvalidPayload);
    EXPECT_EQ(verify(with({a, b, cosign(burn(), 2, bob)})), model::ErrorCode::kInvalidPayload);
    EXPECT_EQ(verify(burn()), model::ErrorCode::kInvalidPayload);
}

TEST_F(MultisigSectionRules, signatures_belong_to_their_participant_and_transaction) {
    const Cosignature a = cosign(burn(), 0, alice);
    EXPECT_EQ(verify(with({a, cosign(burn(), 1, alice)})), model::ErrorCode::kInvalidSignature);
    Transaction other = burn();
    other.nonce = model::Nonce{1};
    EXPECT_EQ(verify(with({a, cosign(other, 1, bob)})), model::ErrorCode::kInvalidSignature);
    EXPECT_EQ(verify(with({a, cosign(burn(), 3, bob)})), model::ErrorCode::kInvalidPayload);
    EXPECT_EQ(verify(with({cosign(burn(), 1, alice), cosign(burn(), 3, bob)})),
              model::ErrorCode::kInvalidSignature);
    EXPECT_EQ(verify(with({a, cosign(burn(), 2, bob)})), model::ErrorCode::kUnknown) << "no point";
}

TEST_F(MultisigSectionRules, section_without_configuration_is_refused) {
    ledger = {};
    EXPECT_EQ(verify(burn()), model::ErrorCode::kSuccess);
    EXPECT_EQ(verify(with({cosign(burn(), 0, alice)})), model::ErrorCode::kInvalidPayload);
}

TEST_F(MultisigSectionRules, other_roles_of_an_agent_account_take_no_part) {
    EXPECT_EQ(verify(burn(), false), model::ErrorCode::kSuccess);
    EXPECT_EQ(verify(with({cosign(burn(), 0, alice), cosign(burn(), 1, bob)}), false),
              model::ErrorCode::kAccountNotFound);
}

}  // namespace
}  // namespace parallax::tos::e1
