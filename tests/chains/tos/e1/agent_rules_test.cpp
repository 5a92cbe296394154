#include "verifier/chains/tos/e1/agent_rules.hpp"

#include "tests/chains/tos/e1/signed_transactions.hpp"

#include "gtest/gtest.h"

namespace parallax::tos::e1 {
namespace {

using test::account;
using test::signing_key;

constexpr model::Topoheight kNow{100};

model::Hash hash_of(std::uint8_t seed) {
    return model::Hash::from_array(account(seed).bytes());
}

// ---- Payload conditions (5.8); the source's signature plays no part ----

class AgentPayloadRules : public ::testing::Test {
  protected:
    AgentPayloadRules() {
        ledger.put_account(kSource);
        ledger.put_account(kController);
    }
    void store(const model::AgentRecord& record) {
        ledger.put(model::agent_account_key(kSource), base::Boxed<model::AgentRecord>(record));
    }
    [[nodiscard]] model::AgentRecord registered() const {
        model::AgentRecord record;
        record.owner = kSource;
        record.controller = kController;
        record.policy_hash = hash_of(7);
        return record;
    }
    [[nodiscard]] Transaction transaction(AgentAccountPayload payload) const {
        Transaction made;
        made.source = kSource;
        made.payload = std::move(payload);
        return made;
    }
    [[nodiscard]] model::ErrorCode verify(AgentAccountPayload payload) const {
        protocol::TransactionState state(ledger, 0);
        return verify_agent_payload(state, transaction(std::move(payload)), kNow);
    }
    /// The record after applying, which must succeed.
    [[nodiscard]] model::AgentRecord applied(AgentAccountPayload payload) const {
        protocol::TransactionState state(ledger, 0);
        EXPECT_EQ(apply_agent_payload(state, transaction(std::move(payload)), kNow),
                  model::ErrorCode::kSuccess);
        const auto* record = state.find<model::AgentRecord>(model::agent_account_key(kSource));
        return record != nullptr ? *record : model::AgentRecord{};
    }
    [[nodiscard]] AgentRegister registration() const {
        return {kController, hash_of(7), std::nullopt, std::nullopt};
    }

    const model::PublicKey kSource = account(1);
    const model::PublicKey kController = account(2);
    test::MapLedger ledger;
};

TEST_F(AgentPayloadRules, register_writes_every_field) {
    AgentRegister payload = registration();
    payload.energy_pool = kController;
    payload.session_key_root = hash_of(8);
    model::AgentRecord expected = registered();
    expected.energy_pool = kController;
    expected.session_key_root = hash_of(8);
    EXPECT_EQ(applied(payload), expected);
    payload.energy_pool = kSource;
    EXPECT_EQ(verify(payload), model::ErrorCode::kSuccess);
}

TEST_F(AgentPayloadRules, register_conditions_in_order) {
    AgentRegister payload{};
    payload.energy_pool = account(9);
    payload.session_key_root = model::Hash{};
    EXPECT_EQ(verify(payload), model::ErrorCode::kInvalidPayload) << "zero controller";
    payload.controller = kSource;
    EXPECT_EQ(verify(payload), model::ErrorCode::kInvalidPayload);
    payload.controller = kController;
    EXPECT_EQ(verify(payload), model::ErrorCode::kAccountNotFound) << "zero policy hash";
    payload.policy_hash = hash_of(7);
    EXPECT_EQ(verify(payload), model::ErrorCode::kAccountNotFound) << "pool is a stranger";
    payload.energy_pool = std::nullopt;
    EXPECT_EQ(verify(payload), model::ErrorCode::kAccountNotFound) << "zero root";
    payload.session_key_root = hash_of(8);
    EXPECT_EQ(verify(payload), model::ErrorCode::kSuccess);
}

TEST_F(AgentPayloadRules, register_needs_a_pool_that_exists_and_belongs) {
    AgentRegister payload = registration();
    payload.controller = account(3);
    payload.energy_pool = account(3);
    EXPECT_EQ(verify(payload), model::ErrorCode::kAccountNotFound) << "controller has no account";
    ledger.put_account(account(3));
    EXPECT_EQ(verify(payload), model::ErrorCode::kSuccess);
    payload.energy_pool = kController;
    EXPECT_EQ(verify(payload), model::ErrorCode::kAccountNotFound)
        << "neither source nor controller";
    payload.energy_pool = model::PublicKey{};
    EXPECT_EQ(verify(payload), model::ErrorCode::kAccountNotFound);
}

TEST_F(AgentPayloadRules, second_registration_has_two_codes) {
    store(registered());
    EXPECT_EQ(verify(registration()), model::ErrorCode::kAccountExists);
    EXPECT_EQ(verify(AgentRegister{}), model::ErrorCode::kAccountExists);
    protocol::TransactionState state(ledger, 0);
    EXPECT_EQ(apply_agent_payload(state, transaction(registration()), kNow),
              model::ErrorCode::kDomainExists);
    EXPECT_EQ(*state.find<model::AgentRecord>(model::agent_account_key(kSource)), registered());
}

TEST_F(AgentPayloadRules, zero_source_cannot_register) {
    protocol::TransactionState state(ledger, 0);
    Transaction made = transaction(registration());
    made.source = model::PublicKey{};
    EXPECT_EQ(verify_agent_payload(state, made, kNow), model::ErrorCode::kAccountNotFound);
}

TEST_F(AgentPayloadRules, every_other_variant_needs_a_record) {
    const std::vector<AgentAccountPayload> payloads = {
        AgentUpdatePolicy{hash_of(4)},
        AgentRotateController{model::PublicKey{}},
        AgentSetStatus{0},
        AgentSetEnergyPool{},
        AgentSetSessionKeyRoot{},
        AgentAddSessionKey{},
        AgentRevokeSessionKey{},
    };
    for (const AgentAccountPayload& payload : payloads) {
        EXPECT_EQ(verify(payload), model::ErrorCode::kAccountNotFound) << payload.index();
    }
}

TEST_F(AgentPayloadRules, policy_and_status) {
    store(registered());
    EXPECT_EQ(verify(AgentUpdatePolicy{}), model::ErrorCode::kAccountNotFound);
    EXPECT_EQ(applied(AgentUpdatePolicy{hash_of(4)}).policy_hash, hash_of(4));
    EXPECT_EQ(applied(AgentSetStatus{1}).status, 1);
    EXPECT_EQ(applied(AgentSetStatus{0}).status, 0);
    EXPECT_EQ(verify(AgentSetStatus{2}), model::ErrorCode::kAccountNotFound);
    EXPECT_EQ(verify(AgentSetStatus{255}), model::ErrorCode::kAccountNotFound);
}

TEST_F(AgentPayloadRules, rotation_takes_the_old_controllers_pool_away) {
    model::AgentRecord record = registered();
    record.energy_pool = kController;
    store(record);
    EXPECT_EQ(verify(AgentRotateController{model::PublicKey{}}), model::ErrorCode::kInvalidPayload);
    EXPECT_EQ(verify(AgentRotateController{kSource}), model::ErrorCode::kInvalidPayload);
    EXPECT_EQ(verify(AgentRotateController{kController}), model::ErrorCode::kInvalidPayload);
    const model::AgentRecord rotated = applied(AgentRotateController{account(5)});
    EXPECT_EQ(rotated.controller, account(5));
    EXPECT_EQ(rotated.energy_pool, std::nullopt);
    record.energy_pool = kSource;
    store(record);
    EXPECT_EQ(applied(AgentRotateController{account(5)}).energy_pool, kSource);
}

TEST_F(AgentPayloadRules, pool_is_source_controller_or_none) {
    model::AgentRecord record = registered();
    record.energy_pool = kSource;
    store(record);
    ledger.put_account(account(3));
    EXPECT_EQ(applied(AgentSetEnergyPool{}).energy_pool, std::nullopt);
    EXPECT_EQ(applied(AgentSetEnergyPool{kController}).energy_pool, kController);
    EXPECT_EQ(verify(AgentSetEnergyPool{account(3)}), model::ErrorCode::kAccountNotFound);
    EXPECT_EQ(verify(AgentSetEnergyPool{model::PublicKey{}}), model::ErrorCode::kAccountNotFound);
}

model::SessionKey session_key(std::uint64_t key_id, const model::PublicKey& key,
                              std::uint64_t expiry) {
    return {key_id, key, model::Topoheight{expiry}, model::Amount{10}, {}, {}};
}

TEST_F(AgentPayloadRules, root_excludes_active_session_keys) {
    model::AgentRecord record = registered();
    record.session_keys = {session_key(1, account(4), 100)};
    store(record);
    EXPECT_EQ(applied(AgentSetSessionKeyRoot{hash_of(9)}).session_key_root, hash_of(9));
    EXPECT_EQ(verify(AgentSetSessionKeyRoot{model::Hash{}}), model::ErrorCode::kAccountNotFound);
    record.session_keys[0].expiry = model::Topoheight{101};
    record.session_key_root = hash_of(9);
    store(record);
    EXPECT_EQ(verify(AgentSetSessionKeyRoot{hash_of(9)}), model::ErrorCode::kAccountNotFound);
    EXPECT_EQ(applied(AgentSetSessionKeyRoot{}).session_key_root, std::nullopt);
}

TEST_F(AgentPayloadRules, session_key_conditions) {
    model::AgentRecord record = registered();
    record.session_keys = {session_key(5, account(4), 1)};
    store(record);
    const AgentAddSessionKey good{
        3, account(6), model::Topoheight{101}, model::Amount{1}, {account(7)}, {}};
    const model::AgentRecord added = applied(good);
    ASSERT_EQ(added.session_keys.size(), 2U);
    EXPECT_EQ(added.session_keys[0].key_id, 3U) << "ascending key ids";
    EXPECT_EQ(added.session_keys[0].allowed_targets, good.allowed_targets);
    const auto refused = [&](auto change) {
        AgentAddSessionKey bad = good;
        change(bad);
        return verify(bad) == model::ErrorCode::kAccountNotFound;
    };
    EXPECT_TRUE(refused([](auto& key) { key.key_id = 5; }));
    EXPECT_TRUE(refused([](auto& key) { key.public_key = account(4); }));
    EXPECT_TRUE(refused([](auto& key) { key.public_key = model::PublicKey{}; }));
    EXPECT_TRUE(refused([](auto& key) { key.expiry = model::Topoheight{100}; }));
    EXPECT_TRUE(refused([](auto& key) { key.max_value = model::Amount{0}; }));
    EXPECT_TRUE(refused([](auto& key) { key.allowed_targets.push_back(model::PublicKey{}); }));
    EXPECT_TRUE(refused([](auto& key) { key.allowed_targets.resize(65, account(7)); }));
    EXPECT_TRUE(refused([](auto& key) { key.allowed_assets.resize(65); }));
    EXPECT_FALSE(refused([](auto& key) { key.allowed_targets.resize(64, account(7)); }));
    EXPECT_FALSE(refused([](auto& key) { key.allowed_assets.resize(64); }))
        << "the zero asset is TOS";
    record.session_key_root = hash_of(9);
    store(record);
    EXPECT_EQ(verify(good), model::ErrorCode::kAccountNotFound);
}

TEST_F(AgentPayloadRules, at_most_1024_active_session_keys) {
    model::AgentRecord record = registered();
    for (std::uint64_t i = 0; i < 1024; ++i) {
        model::PublicKey key = account(9);
        key.mutable_bytes()[0] = static_cast<std::uint8_t>(i >> 8);
        key.mutable_bytes()[1] = static_cast<std::uint8_t>(i);
        record.session_keys.push_back(session_key(i, key, 101));
    }
    store(record);
    const AgentAddSessionKey added{5'000, account(6), model::Topoheight{101}, model::Amount{1},
                                   {},    {}};
    EXPECT_EQ(verify(added), model::ErrorCode::kAccountNotFound);
    record.session_keys[17].expiry = model::Topoheight{100};
    store(record);
    EXPECT_EQ(verify(added), model::ErrorCode::kSuccess);
}

TEST_F(AgentPayloadRules, revocation_removes_the_key) {
    model::AgentRecord record = registered();
    record.session_keys = {session_key(5, account(4), 1), session_key(6, account(5), 1)};
    store(record);
    EXPECT_EQ(verify(AgentRevokeSessionKey{7}), model::ErrorCode::kAccountNotFound);
    const model::AgentRecord left = applied(AgentRevokeSessionKey{5});
    ASSERT_EQ(left.session_keys.size(), 1U);
    EXPECT_EQ(left.session_keys[0].key_id, 6U);
}

TEST_F(AgentPayloadRules, pool_is_named_only_if_it_is_somebody_else) {
    protocol::TransactionState plain(ledger, 0);
    EXPECT_EQ(energy_pool_of(plain, kSource), std::nullopt);
    model::AgentRecord record = registered();
    record.energy_pool = kController;
    store(record);
    protocol::TransactionState pooled(ledger, 0);
    EXPECT_EQ(energy_pool_of(pooled, kSource), kController);
    record.energy_pool = kSource;
    store(record);
    protocol::TransactionState own(ledger, 0);
    EXPECT_EQ(energy_pool_of(own, kSource), std::nullopt);
}

// ---- Who signed (4.3) ----

class AgentAuthorization : public ::testing::Test {
  protected:
    AgentAuthorization() {
        record.owner = owner.public_key();
        record.controller = controller.public_key();
        record.policy_hash = hash_of(7);
        record.session_keys = {
            {1, session.public_key(), model::Topoheight{101}, model::Amount{0}, {}, {}}};
    }
    [[nodiscard]] Transaction made(Payload payload) const {
        Transaction transaction;
        transaction.source = owner.public_key();
        transaction.fee = model::Amount{10};
        transaction.payload = std::move(payload);
        return transaction;
    }
    [[nodiscard]] Transaction transfer(std::uint64_t amount = 5) const {
        return made(TransfersPayload{
            {{model::kTosAsset, account(8), model::Amount{amount}, std::nullopt}}});
    }
    [[nodiscard]] Authorization signed_by(const crypto::SigningKey& key, Transaction transaction) {
        transaction.signature = key.sign(signing_bytes(transaction));
        const test::SingleTransaction single(std::move(transaction), kNow);
        if (is_agent) {
            ledger.put(model::agent_account_key(owner.public_key()),
                       base::Boxed<model::AgentRecord>(record));
        }
        protocol::TransactionState state(ledger, 0);
        return authorize(state, model::TxIndex{0}, single.context());
    }
    [[nodiscard]] model::ErrorCode code(const crypto::SigningKey& key,
                                        const Transaction& transaction) {
        return signed_by(key, transaction).code;
    }

    crypto::SigningKey owner = signing_key(21);
    crypto::SigningKey controller = signing_key(22);
    crypto::SigningKey session = signing_key(23);
    crypto::SigningKey stranger = signing_key(24);
    model::AgentRecord record;
    bool is_agent = true;
    test::MapLedger ledger;
};

TEST_F(AgentAuthorization, plain_account_signs_for_itself) {
    is_agent = false;
    EXPECT_EQ(code(owner, transfer()), model::ErrorCode::kSuccess);
    EXPECT_TRUE(signed_by(owner, transfer()).is_owner);
    EXPECT_EQ(code(stranger, transfer()), model::ErrorCode::kInvalidSignature);
    Transaction no_point = transfer();
    no_point.source = account(0xFF);
    EXPECT_EQ(code(owner, no_point), model::ErrorCode::kUnknown);
}

TEST_F(AgentAuthorization, signature_decides_the_role) {
    EXPECT_EQ(code(owner, transfer()), model::ErrorCode::kSuccess);
    EXPECT_TRUE(signed_by(owner, transfer()).is_owner);
    EXPECT_EQ(code(controller, transfer()), model::ErrorCode::kSuccess);
    EXPECT_FALSE(signed_by(controller, transfer()).is_owner);
    EXPECT_EQ(code(session, transfer()), model::ErrorCode::kSuccess);
    EXPECT_FALSE(signed_by(session, transfer()).is_owner);
    EXPECT_EQ(code(stranger, transfer()), model::ErrorCode::kInvalidSignature);
}

TEST_F(AgentAuthorization, damaged_record_is_refused_before_the_signature) {
    record.controller = model::PublicKey{};
    EXPECT_EQ(code(stranger, transfer()), model::ErrorCode::kInvalidPayload);
    record.owner = account(3);
    EXPECT_EQ(code(owner, transfer()), model::ErrorCode::kAccountNotFound);
}

TEST_F(AgentAuthorization, only_the_owner_administers) {
    const Transaction status = made(AgentAccountPayload(AgentSetStatus{1}));
    EXPECT_EQ(code(owner, status), model::ErrorCode::kSuccess);
    EXPECT_EQ(code(controller, status), model::ErrorCode::kAccountNotFound);
    EXPECT_EQ(code(session, status), model::ErrorCode::kAccountNotFound);
    EXPECT_EQ(code(stranger, status), model::ErrorCode::kInvalidSignature);
    EXPECT_EQ(code(controller, made(AgentAccountPayload(AgentRegister{}))),
              model::ErrorCode::kSuccess);
}

TEST_F(AgentAuthorization, frozen_account_only_administers) {
    record.status = 1;
    EXPECT_EQ(code(owner, made(AgentAccountPayload(AgentSetStatus{0}))),
              model::ErrorCode::kSuccess);
    EXPECT_EQ(code(owner, transfer()), model::ErrorCode::kAccountNotFound);
    EXPECT_EQ(code(owner, made(AgentAccountPayload(AgentRegister{}))),
              model::ErrorCode::kAccountNotFound);
    EXPECT_EQ(code(controller, transfer()), model::ErrorCode::kAccountNotFound);
    EXPECT_EQ(code(session, transfer()), model::ErrorCode::kAccountNotFound);
    EXPECT_EQ(code(stranger, transfer()), model::ErrorCode::kInvalidSignature);
}

TEST_F(AgentAuthorization, session_key_expires_at_its_height) {
    record.session_keys[0].expiry = model::Topoheight{100};
    EXPECT_EQ(code(session, transfer()), model::ErrorCode::kAccountNotFound);
}

TEST_F(AgentAuthorization, root_disables_session_keys) {
    record.session_key_root = hash_of(9);
    EXPECT_EQ(code(session, transfer()), model::ErrorCode::kAccountNotFound);
    EXPECT_EQ(code(controller, transfer()), model::ErrorCode::kSuccess);
}

TEST_F(AgentAuthorization, session_key_targets) {
    record.session_keys[0].allowed_targets = {account(7), account(8)};
    EXPECT_EQ(code(session, transfer()), model::ErrorCode::kSuccess);
    record.session_keys[0].allowed_targets = {account(7)};
    EXPECT_EQ(code(session, transfer()), model::ErrorCode::kAccountNotFound);
    record.session_keys[0].allowed_targets = {account(7), account(8)};
    EXPECT_EQ(code(session, made(BurnPayload{model::kTosAsset, model::Amount{1}})),
              model::ErrorCode::kAccountNotFound)
        << "no target at all";
}

TEST_F(AgentAuthorization, session_key_assets) {
    record.session_keys[0].allowed_assets = {model::kTosAsset};
    EXPECT_EQ(code(session, transfer()), model::ErrorCode::kSuccess);
    EXPECT_EQ(code(session, made(BurnPayload{model::kUnoAsset, model::Amount{1}})),
              model::ErrorCode::kAccountNotFound);
    record.session_keys[0].allowed_assets = {model::kUnoAsset};
    EXPECT_EQ(code(session, transfer()), model::ErrorCode::kAccountNotFound);
}

TEST_F(AgentAuthorization, session_key_value_counts_amounts_and_the_fee) {
    record.session_keys[0].max_value = model::Amount{15};
    EXPECT_EQ(code(session, transfer(5)), model::ErrorCode::kSuccess);
    EXPECT_EQ(code(session, transfer(6)), model::ErrorCode::kAccountNotFound);
    EXPECT_EQ(code(controller, transfer(6)), model::ErrorCode::kSuccess);
    EXPECT_EQ(code(session, made(TransfersPayload{
                                {{model::kTosAsset, account(8), model::Amount{3}, std::nullopt},
                                 {model::kUnoAsset, account(8), model::Amount{3}, std::nullopt}}})),
              model::ErrorCode::kAccountNotFound)
        << "assets are added up";
    EXPECT_EQ(code(session, transfer(~std::uint64_t{0})), model::ErrorCode::kAccountNotFound);
}

TEST_F(AgentAuthorization, pool_that_can_pay_takes_the_fee_out_of_the_limit) {
    record.session_keys[0].max_value = model::Amount{15};
    record.energy_pool = record.controller;
    ledger.put_account(record.controller, model::Amount{9});
    EXPECT_EQ(code(session, transfer(6)), model::ErrorCode::kAccountNotFound);
    ledger.put_account(record.controller, model::Amount{10});
    EXPECT_EQ(code(session, transfer(6)), model::ErrorCode::kSuccess);
    EXPECT_EQ(code(session, transfer(16)), model::ErrorCode::kAccountNotFound);
}

TEST_F(AgentAuthorization, hidden_amounts_need_an_unlimited_session_key) {
    UnoTransfer hidden;
    hidden.asset = model::kUnoAsset;
    hidden.destination = account(8);
    EXPECT_EQ(code(session, made(UnoTransfersPayload{{hidden}})), model::ErrorCode::kSuccess);
    record.session_keys[0].max_value = model::Amount{~std::uint64_t{0}};
    EXPECT_EQ(code(session, made(UnoTransfersPayload{{hidden}})),
              model::ErrorCode::kAccountNotFound);
}

}  // namespace
}  // namespace parallax::tos::e1
