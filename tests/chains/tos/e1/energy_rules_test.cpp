#include "verifier/chains/tos/e1/energy_rules.hpp"

#include "testbed/vectors/vector_protocol.hpp"
#include "tests/chains/tos/e1/map_ledger.hpp"
#include "verifier/chains/tos/e1/profile.hpp"

#include "gtest/gtest.h"

#include <limits>

namespace parallax::tos::e1 {
namespace {

using test::account;

constexpr std::uint64_t kBlocksPerDay = 10;
constexpr std::uint64_t kMaximum = std::numeric_limits<std::uint64_t>::max();
constexpr model::Topoheight kNow{1'000};
const model::PublicKey kSource = account(1);

model::Amount tos(std::uint64_t whole) {
    return model::Amount{whole * model::kCoin};
}

model::FreezeRecord self(std::uint64_t amount, std::uint32_t days, std::uint64_t unlock,
                         std::uint64_t energy) {
    return {amount, days, model::Topoheight{0}, model::Topoheight{unlock}, energy};
}

model::EnergyRecord frozen(std::vector<model::FreezeRecord> records, std::uint64_t energy = 0) {
    model::EnergyRecord record;
    record.energy = energy;
    for (const model::FreezeRecord& entry : records) {
        record.frozen += entry.amount;
    }
    record.self_records = std::move(records);
    return record;
}

EnergyEffects freeze(model::EnergyRecord record, std::uint64_t whole, std::uint32_t days) {
    return freeze_energy(std::move(record), {tos(whole), days}, kNow, kBlocksPerDay);
}

// ---- Freeze ----

TEST(EnergyFreeze, first_freeze_gives_two_energy_per_tos_and_day) {
    const auto effects = freeze({}, 3, 7);
    EXPECT_EQ(effects.code, model::ErrorCode::kSuccess);
    EXPECT_EQ(effects.balance_debit, tos(3));
    EXPECT_EQ(effects.record.energy, 42U);
    EXPECT_EQ(effects.record.frozen, 3U);
    EXPECT_EQ(effects.record.self_records,
              (std::vector<model::FreezeRecord>{{3, 7, kNow, model::Topoheight{1'070}, 42}}));
}

TEST(EnergyFreeze, joins_the_first_record_of_the_same_days) {
    const auto effects =
        freeze(frozen({self(1, 3, 2'000, 6), self(2, 7, 9'999, 28), self(5, 7, 9'999, 70)}), 1, 7);
    // The later unlock stays.
    EXPECT_EQ(effects.record.self_records[1], self(3, 7, 9'999, 42));
    EXPECT_EQ(effects.record.self_records[2], self(5, 7, 9'999, 70));
    EXPECT_EQ(effects.record.frozen, 9U);
    const auto later = freeze(frozen({self(2, 7, 1'001, 28)}), 1, 7);
    EXPECT_EQ(later.record.self_records[0], self(3, 7, 1'070, 42));
}

TEST(EnergyFreeze, expired_record_pays_before_the_balance_and_gives_no_new_energy) {
    const auto effects = freeze(frozen({self(5, 7, 1'000, 70)}, 70), 5, 7);
    EXPECT_EQ(effects.balance_debit, model::Amount{0});
    EXPECT_EQ(effects.record.energy, 70U);
    EXPECT_EQ(effects.record.frozen, 5U);
    EXPECT_EQ(effects.record.self_records,
              (std::vector<model::FreezeRecord>{{5, 7, kNow, model::Topoheight{1'070}, 70}}));
}

TEST(EnergyFreeze, record_expires_at_its_unlock_height) {
    const auto locked = freeze(frozen({self(5, 7, 1'001, 70)}), 5, 7);
    EXPECT_EQ(locked.balance_debit, tos(5));
    EXPECT_EQ(locked.record.frozen, 10U);
}

TEST(EnergyFreeze, rest_of_an_expired_record_takes_the_merge) {
    // 2 of 5: floor(71 * 2 / 5) = 28 = 2 * 2 * 7, so the recycled part is not separate.
    const auto effects = freeze(frozen({self(5, 7, 10, 71)}, 9), 2, 7);
    EXPECT_EQ(effects.balance_debit, model::Amount{0});
    EXPECT_EQ(effects.record.self_records,
              (std::vector<model::FreezeRecord>{self(5, 7, 1'070, 71)}));
    EXPECT_EQ(effects.record.energy, 9U);
    EXPECT_EQ(effects.record.frozen, 5U);
}

TEST(EnergyFreeze, recycled_energy_of_another_rate_is_kept_apart) {
    const auto effects =
        freeze(frozen({self(2, 7, 10, 28), self(1, 14, 9'999, 28), self(4, 3, 20, 24)}, 80), 9, 14);
    // 6 recycled with 52 energy (168 at 14 days), 3 fresh with 84.
    EXPECT_EQ(effects.code, model::ErrorCode::kSuccess);
    EXPECT_EQ(effects.balance_debit, tos(3));
    EXPECT_EQ(effects.record.self_records,
              (std::vector<model::FreezeRecord>{self(4, 14, 9'999, 112),
                                                {6, 14, kNow, model::Topoheight{1'140}, 52}}));
    EXPECT_EQ(effects.record.energy, 164U);
    EXPECT_EQ(effects.record.frozen, 10U);
}

TEST(EnergyFreeze, separate_part_alone_never_merges) {
    const auto effects = freeze(frozen({self(2, 7, 10, 28), self(1, 14, 9'999, 28)}), 2, 14);
    EXPECT_EQ(effects.record.self_records,
              (std::vector<model::FreezeRecord>{self(1, 14, 9'999, 28),
                                                {2, 14, kNow, model::Topoheight{1'140}, 28}}));
}

TEST(EnergyFreeze, consumes_expired_records_in_list_order) {
    const auto effects = freeze(frozen({self(3, 5, 900, 31), self(9, 9, 800, 162)}), 4, 7);
    // 31 whole, then floor(162 / 9) = 18: 49 instead of 56, so separate.
    EXPECT_EQ(effects.record.self_records,
              (std::vector<model::FreezeRecord>{self(8, 9, 800, 144),
                                                {4, 7, kNow, model::Topoheight{1'070}, 49}}));
}

TEST(EnergyFreeze, counts_both_kinds_of_records_against_the_limit) {
    model::EnergyRecord record;
    for (std::uint32_t days = 3; days < 33; ++days) {
        record.self_records.push_back(self(1, days, 9'999, 6));
    }
    record.delegations.resize(1);
    EXPECT_EQ(freeze(record, 1, 100).code, model::ErrorCode::kSuccess);
    record.delegations.resize(2);
    EXPECT_EQ(freeze(record, 1, 100).code, model::ErrorCode::kInvalidPayload);
    EXPECT_EQ(freeze(record, 1, 3).code, model::ErrorCode::kSuccess) << "merges";
    // One record expires: it makes room for the separate part, but not for the fresh one too.
    record.self_records[0].unlock_at = model::Topoheight{5};
    EXPECT_EQ(freeze(record, 1, 100).code, model::ErrorCode::kSuccess);
    EXPECT_EQ(freeze(record, 2, 100).code, model::ErrorCode::kInvalidPayload);
    EXPECT_EQ(freeze(record, 2, 4).code, model::ErrorCode::kSuccess);
}

TEST(EnergyFreeze, overflow_of_frozen_or_energy_is_an_error) {
    model::EnergyRecord record;
    record.energy = kMaximum - 5;
    EXPECT_EQ(freeze(record, 1, 3).code, model::ErrorCode::kOverflow);
    record.energy = kMaximum - 6;
    EXPECT_EQ(freeze(record, 1, 3).code, model::ErrorCode::kSuccess);
    record.energy = 0;
    record.frozen = kMaximum;
    EXPECT_EQ(freeze(record, 1, 3).code, model::ErrorCode::kOverflow);
}

// ---- Delegate ----

EnergyDelegate delegation(std::vector<EnergyDelegatee> entries, std::uint32_t days = 7) {
    return {std::move(entries), days};
}

TEST(EnergyDelegation, adds_one_record_and_energy_for_the_others_only) {
    const auto effects = delegate_energy(frozen({self(5, 7, 10, 70)}, 11),
                                         delegation({{account(2), tos(1)}, {account(3), tos(4)}}),
                                         kNow, kBlocksPerDay);
    EXPECT_EQ(effects.code, model::ErrorCode::kSuccess);
    EXPECT_EQ(effects.balance_debit, tos(5)) << "nothing is recycled";
    EXPECT_EQ(effects.record.energy, 11U);
    EXPECT_EQ(effects.record.frozen, 10U);
    ASSERT_EQ(effects.record.delegations.size(), 1U);
    const model::DelegationRecord expected{
        {{account(2), 1, 14}, {account(3), 4, 56}}, 7, kNow, model::Topoheight{1'070}, 5, 70};
    EXPECT_EQ(effects.record.delegations[0], expected);
    EXPECT_EQ(effects.delegatee_energy, (std::vector<std::pair<model::PublicKey, std::uint64_t>>{
                                            {account(2), 14}, {account(3), 56}}));
}

TEST(EnergyDelegation, needs_a_free_slot) {
    model::EnergyRecord record;
    record.self_records.resize(16);
    record.delegations.resize(15);
    const auto one = delegation({{account(2), tos(1)}});
    EXPECT_EQ(delegate_energy(record, one, kNow, kBlocksPerDay).code, model::ErrorCode::kSuccess);
    record.delegations.resize(16);
    EXPECT_EQ(delegate_energy(record, one, kNow, kBlocksPerDay).code,
              model::ErrorCode::kInvalidPayload);
}

// ---- Unfreeze, self-frozen ----

EnergyEffects unfreeze(model::EnergyRecord record, std::uint64_t whole,
                       std::optional<std::uint32_t> index = std::nullopt) {
    return unfreeze_energy(std::move(record), {tos(whole), false, index, std::nullopt}, kNow,
                           kBlocksPerDay);
}

TEST(EnergyUnfreeze, moves_tos_to_the_pending_list_and_keeps_the_energy) {
    const auto effects = unfreeze(frozen({self(5, 7, 1'000, 70)}, 70), 5);
    EXPECT_EQ(effects.code, model::ErrorCode::kSuccess);
    EXPECT_EQ(effects.balance_debit, model::Amount{0});
    EXPECT_EQ(effects.withdrawn_tos, 0U);
    EXPECT_TRUE(effects.record.self_records.empty());
    EXPECT_EQ(effects.record.energy, 70U);
    EXPECT_EQ(effects.record.frozen, 0U);
    EXPECT_EQ(effects.record.pending,
              (std::vector<model::PendingUnfreeze>{{5, model::Topoheight{1'140}}}));
}

TEST(EnergyUnfreeze, partial_record_loses_its_share_of_recorded_energy) {
    const auto effects = unfreeze(frozen({self(3, 7, 10, 41)}), 2);
    EXPECT_EQ(effects.record.self_records, (std::vector<model::FreezeRecord>{self(1, 7, 10, 14)}));
    EXPECT_EQ(effects.record.frozen, 1U);
}

TEST(EnergyUnfreeze, takes_unlocked_records_in_list_order) {
    const auto effects =
        unfreeze(frozen({self(2, 3, 9'999, 12), self(4, 7, 10, 56), self(4, 9, 10, 72)}), 3);
    EXPECT_EQ(effects.record.self_records,
              (std::vector<model::FreezeRecord>{self(2, 3, 9'999, 12), self(1, 7, 10, 14),
                                                self(4, 9, 10, 72)}));
}

TEST(EnergyUnfreeze, codes_in_their_order) {
    model::EnergyRecord record = frozen({self(4, 7, 9'999, 56), self(2, 9, 10, 36)});
    EXPECT_EQ(unfreeze(record, 3).code, model::ErrorCode::kUnknown) << "not enough unlocked";
    EXPECT_EQ(unfreeze(record, 2, 0).code, model::ErrorCode::kUnknown) << "locked";
    EXPECT_EQ(unfreeze(record, 3, 1).code, model::ErrorCode::kUnknown) << "too small";
    EXPECT_EQ(unfreeze(record, 2, 2).code, model::ErrorCode::kInvalidPayload) << "out of range";
    EXPECT_EQ(unfreeze(record, 2, 0xFFFF'FFFF).code, model::ErrorCode::kInvalidPayload);
    EXPECT_EQ(unfreeze(record, 2, 1).code, model::ErrorCode::kSuccess);
    record.pending.resize(32);
    EXPECT_EQ(unfreeze(record, 2, 1).code, model::ErrorCode::kInvalidPayload);
    EXPECT_EQ(unfreeze(record, 7).code, model::ErrorCode::kInsufficientFrozen);
    record.pending.resize(31);
    EXPECT_EQ(unfreeze(record, 2, 1).code, model::ErrorCode::kSuccess);
    EXPECT_EQ(unfreeze({}, 1).code, model::ErrorCode::kInsufficientFrozen);
}

TEST(EnergyUnfreeze, frozen_total_stops_at_zero) {
    model::EnergyRecord record = frozen({self(4, 7, 10, 56)});
    record.frozen = 1;
    EXPECT_EQ(unfreeze(record, 4).record.frozen, 0U);
}

TEST(EnergyUnfreeze, partial_record_behind_a_full_one_cuts_the_wrong_record) {
    // Quirk Q8: index 1 after the removal of record 0 is what was record 2.
    const auto effects =
        unfreeze(frozen({self(2, 3, 10, 12), self(4, 7, 10, 56), self(9, 9, 10, 162)}), 3);
    EXPECT_EQ(effects.code, model::ErrorCode::kSuccess);
    EXPECT_EQ(effects.record.self_records,
              (std::vector<model::FreezeRecord>{self(4, 7, 10, 56), self(8, 9, 10, 148)}));
    EXPECT_EQ(effects.record.frozen, 12U);
}

TEST(EnergyUnfreeze, index_beyond_the_list_after_removal_is_an_unknown_error) {
    EXPECT_EQ(unfreeze(frozen({self(2, 3, 10, 12), self(4, 7, 10, 56)}), 3).code,
              model::ErrorCode::kUnknown);
    EXPECT_EQ(unfreeze(frozen({self(2, 3, 10, 12), self(4, 7, 10, 56)}), 6).code,
              model::ErrorCode::kSuccess);
}

// ---- Unfreeze, delegated ----

model::EnergyRecord delegated(std::vector<std::vector<model::DelegationEntry>> records,
                              std::uint64_t unlock = 1'000) {
    model::EnergyRecord record;
    for (auto& entries : records) {
        model::DelegationRecord delegation;
        delegation.days = 7;
        delegation.unlock_at = model::Topoheight{unlock};
        for (const model::DelegationEntry& entry : entries) {
            delegation.total_amount += entry.amount;
            delegation.total_energy += entry.energy;
            record.frozen += entry.amount;
        }
        delegation.entries = std::move(entries);
        record.delegations.push_back(std::move(delegation));
    }
    return record;
}

EnergyEffects undelegate(model::EnergyRecord record, std::uint64_t whole,
                         std::optional<std::uint32_t> index = std::nullopt,
                         std::optional<model::PublicKey> delegatee = std::nullopt) {
    return unfreeze_energy(std::move(record), {tos(whole), true, index, delegatee}, kNow,
                           kBlocksPerDay);
}

TEST(EnergyUndelegate, entry_shrinks_and_the_delegatee_keeps_its_energy) {
    const auto effects = undelegate(delegated({{{account(2), 5, 70}, {account(3), 2, 28}}}), 3,
                                    std::nullopt, account(2));
    EXPECT_EQ(effects.code, model::ErrorCode::kSuccess);
    ASSERT_EQ(effects.record.delegations.size(), 1U);
    const model::DelegationRecord& left = effects.record.delegations[0];
    EXPECT_EQ(left.entries,
              (std::vector<model::DelegationEntry>{{account(2), 2, 28}, {account(3), 2, 28}}));
    EXPECT_EQ(left.total_amount, 4U);
    EXPECT_EQ(left.total_energy, 56U);
    EXPECT_EQ(effects.record.frozen, 4U);
    EXPECT_EQ(effects.record.pending,
              (std::vector<model::PendingUnfreeze>{{3, model::Topoheight{1'140}}}));
    EXPECT_TRUE(effects.delegatee_energy.empty());
}

TEST(EnergyUndelegate, empty_entry_and_empty_record_disappear) {
    const model::EnergyRecord record = delegated({{{account(2), 5, 70}, {account(3), 2, 28}}});
    const auto first = undelegate(record, 5, 0, account(2));
    EXPECT_EQ(first.record.delegations[0].entries,
              (std::vector<model::DelegationEntry>{{account(3), 2, 28}}));
    EXPECT_EQ(first.record.delegations[0].total_energy, 28U);
    const auto second = undelegate(first.record, 2);
    EXPECT_TRUE(second.record.delegations.empty());
    EXPECT_EQ(second.record.pending.size(), 2U);
}

TEST(EnergyUndelegate, codes_of_what_is_missing_or_locked) {
    EXPECT_EQ(undelegate(frozen({self(9, 7, 10, 126)}), 1).code, model::ErrorCode::kInvalidPayload);
    const model::EnergyRecord two =
        delegated({{{account(2), 5, 70}}, {{account(2), 5, 70}, {account(3), 2, 28}}});
    EXPECT_EQ(undelegate(two, 1).code, model::ErrorCode::kInvalidPayload) << "index required";
    EXPECT_EQ(undelegate(two, 1, 2).code, model::ErrorCode::kInvalidPayload) << "out of range";
    EXPECT_EQ(undelegate(two, 1, 1).code, model::ErrorCode::kInvalidPayload)
        << "delegatee required";
    EXPECT_EQ(undelegate(two, 1, 1, account(9)).code, model::ErrorCode::kInvalidPayload);
    EXPECT_EQ(undelegate(two, 3, 1, account(3)).code, model::ErrorCode::kUnknown) << "too large";
    EXPECT_EQ(undelegate(two, 5, 0).code, model::ErrorCode::kSuccess);
    const model::EnergyRecord locked = delegated({{{account(2), 5, 70}}}, 1'001);
    EXPECT_EQ(undelegate(locked, 1).code, model::ErrorCode::kUnknown);
    model::EnergyRecord full = delegated({{{account(2), 5, 70}}});
    full.pending.resize(32);
    EXPECT_EQ(undelegate(full, 1).code, model::ErrorCode::kInvalidPayload);
}

// ---- Withdraw ----

TEST(EnergyWithdrawal, takes_what_has_expired) {
    model::EnergyRecord record;
    record.frozen = 4;
    record.pending = {
        {2, model::Topoheight{1'000}}, {8, model::Topoheight{1'001}}, {3, model::Topoheight{7}}};
    const auto effects = withdraw_energy(record, kNow);
    EXPECT_EQ(effects.code, model::ErrorCode::kSuccess);
    EXPECT_EQ(effects.withdrawn_tos, 5U);
    EXPECT_EQ(effects.record.pending,
              (std::vector<model::PendingUnfreeze>{{8, model::Topoheight{1'001}}}));
    EXPECT_EQ(effects.record.frozen, 4U);
}

TEST(EnergyWithdrawal, nothing_to_take_is_an_error) {
    model::EnergyRecord record;
    EXPECT_EQ(withdraw_energy(record, kNow).code, model::ErrorCode::kInvalidPayload);
    record.pending = {{8, model::Topoheight{1'001}}};
    EXPECT_EQ(withdraw_energy(record, kNow).code, model::ErrorCode::kInvalidPayload);
    record.pending = {{kMaximum / model::kCoin + 1, model::Topoheight{0}}};
    EXPECT_EQ(withdraw_energy(record, kNow).code, model::ErrorCode::kOverflow);
}

// ---- On state ----

class EnergyOnState : public ::testing::Test {
  protected:
    EnergyOnState() { ledger.put_account(kSource, tos(100)); }
    model::ErrorCode verify(const EnergyPayload& payload) {
        protocol::TransactionState state(ledger, 0);
        return verify_energy_payload(state, kSource, payload);
    }
    test::MapLedger ledger;
    Profile profile = *find_profile("devnet");
};

TEST_F(EnergyOnState, amounts_are_whole_coins) {
    for (const std::uint64_t amount : {std::uint64_t{0}, std::uint64_t{1}, model::kCoin - 1,
                                       model::kCoin + 1, model::kCoin * 3 / 2}) {
        EXPECT_EQ(verify(EnergyFreeze{model::Amount{amount}, 7}), model::ErrorCode::kInvalidAmount);
        EXPECT_EQ(verify(EnergyUnfreeze{model::Amount{amount}, false, {}, {}}),
                  model::ErrorCode::kInvalidAmount);
        EXPECT_EQ(verify(delegation({{account(2), model::Amount{amount}}})),
                  model::ErrorCode::kInvalidAmount);
    }
    EXPECT_EQ(verify(EnergyFreeze{tos(1), 7}), model::ErrorCode::kSuccess);
    EXPECT_EQ(verify(EnergyUnfreeze{tos(1), false, {}, {}}), model::ErrorCode::kSuccess);
    EXPECT_EQ(verify(EnergyWithdraw{}), model::ErrorCode::kSuccess);
}

TEST_F(EnergyOnState, unfreeze_names_a_delegatee_only_for_delegations) {
    EXPECT_EQ(verify(EnergyUnfreeze{tos(1), false, {}, account(2)}),
              model::ErrorCode::kInvalidPayload);
    EXPECT_EQ(verify(EnergyUnfreeze{tos(1), true, {}, account(2)}), model::ErrorCode::kSuccess);
    EXPECT_EQ(verify(EnergyUnfreeze{model::Amount{1}, false, {}, account(2)}),
              model::ErrorCode::kInvalidAmount);
}

TEST_F(EnergyOnState, delegatees_are_checked_one_after_the_other) {
    ledger.put_account(account(2));
    EXPECT_EQ(verify(delegation({})), model::ErrorCode::kInvalidPayload);
    EXPECT_EQ(verify(delegation({{account(2), tos(1)}})), model::ErrorCode::kSuccess);
    EXPECT_EQ(verify(delegation({{account(2), tos(1)}, {account(2), tos(1)}})),
              model::ErrorCode::kInvalidPayload);
    EXPECT_EQ(verify(delegation({{kSource, tos(1)}})), model::ErrorCode::kSelfOperation);
    EXPECT_EQ(verify(delegation({{account(3), tos(1)}})), model::ErrorCode::kAccountNotFound);
    EXPECT_EQ(verify(delegation({{account(3), tos(1)}, {kSource, tos(1)}})),
              model::ErrorCode::kAccountNotFound);
    EXPECT_EQ(verify(delegation({{kSource, tos(1)}, {account(2), model::Amount{1}}})),
              model::ErrorCode::kSelfOperation);
}

TEST_F(EnergyOnState, balance_pays_for_what_is_not_recycled) {
    protocol::TransactionState state(ledger, 0);
    EXPECT_EQ(energy_spending(state, kSource, EnergyFreeze{tos(9), 7}, kNow), tos(9));
    ledger.put(model::energy_key(kSource),
               base::Boxed<model::EnergyRecord>(frozen({self(4, 7, 10, 56)})));
    protocol::TransactionState again(ledger, 0);
    EXPECT_EQ(energy_spending(again, kSource, EnergyFreeze{tos(9), 7}, kNow), tos(5));
    EXPECT_EQ(energy_spending(again, kSource, EnergyFreeze{tos(3), 7}, kNow), model::Amount{0});
    EXPECT_EQ(energy_spending(again, kSource, EnergyUnfreeze{tos(4), false, {}, {}}, kNow),
              model::Amount{0});
    EXPECT_EQ(energy_spending(again, kSource, EnergyWithdraw{}, kNow), model::Amount{0});
    const std::uint64_t most = kMaximum / model::kCoin;
    EXPECT_EQ(energy_spending(again, kSource, delegation({{account(2), tos(1)}}), kNow), tos(1));
    EXPECT_EQ(energy_spending(again, kSource,
                              delegation({{account(2), tos(most)}, {account(3), tos(1)}}), kNow),
              std::nullopt);
}

TEST_F(EnergyOnState, delegation_reaches_accounts_with_and_without_a_resource) {
    model::EnergyRecord held;
    held.energy = 5;
    ledger.put(model::energy_key(account(2)), base::Boxed<model::EnergyRecord>(held));
    protocol::TransactionState state(ledger, 0);
    const auto effects = evaluate_energy(
        state, kSource, delegation({{account(2), tos(1)}, {account(3), tos(2)}}), kNow, profile);
    EXPECT_FALSE(state.exists(model::energy_key(account(3)))) << "evaluation only reads";
    ASSERT_EQ(effects.code, model::ErrorCode::kSuccess);
    ASSERT_EQ(commit_energy(state, kSource, effects), model::ErrorCode::kSuccess);
    EXPECT_EQ(state.find<model::EnergyRecord>(model::energy_key(account(2)))->energy, 19U);
    EXPECT_EQ(state.find<model::EnergyRecord>(model::energy_key(account(3)))->energy, 28U);
    EXPECT_EQ(state.find<model::EnergyRecord>(model::energy_key(kSource))->delegations.size(), 1U);
}

TEST_F(EnergyOnState, delegatee_energy_may_not_overflow) {
    model::EnergyRecord held;
    held.energy = kMaximum - 5;
    ledger.put(model::energy_key(account(2)), base::Boxed<model::EnergyRecord>(held));
    protocol::TransactionState state(ledger, 0);
    const EnergyPayload payload = delegation({{account(2), tos(1)}}, 3);
    EXPECT_EQ(evaluate_energy(state, kSource, payload, kNow, profile).code,
              model::ErrorCode::kOverflow);
}

TEST_F(EnergyOnState, ways_back_need_a_resource) {
    protocol::TransactionState state(ledger, 0);
    EXPECT_EQ(
        evaluate_energy(state, kSource, EnergyUnfreeze{tos(1), false, {}, {}}, kNow, profile).code,
        model::ErrorCode::kInvalidPayload);
    EXPECT_EQ(evaluate_energy(state, kSource, EnergyWithdraw{}, kNow, profile).code,
              model::ErrorCode::kInvalidPayload);
}

TEST_F(EnergyOnState, withdrawal_is_credited_on_the_receiver_side) {
    model::EnergyRecord record;
    record.pending = {{2, model::Topoheight{0}}};
    ledger.put(model::energy_key(kSource), base::Boxed<model::EnergyRecord>(record));
    protocol::TransactionState state(ledger, 0);
    const auto effects = evaluate_energy(state, kSource, EnergyWithdraw{}, kNow, profile);
    ASSERT_EQ(commit_energy(state, kSource, effects), model::ErrorCode::kSuccess);
    EXPECT_EQ(state.received_total(model::balance_key(kSource, model::kTosAsset)), tos(102));
    EXPECT_EQ(state.spendable(model::balance_key(kSource, model::kTosAsset)), tos(100));
    EXPECT_TRUE(state.find<model::EnergyRecord>(model::energy_key(kSource))->pending.empty());
}

TEST_F(EnergyOnState, withdrawal_beyond_the_balance_range_is_an_overflow) {
    model::EnergyRecord record;
    record.pending = {{1, model::Topoheight{0}}};
    ledger.put(model::energy_key(kSource), base::Boxed<model::EnergyRecord>(record));
    ledger.put(model::balance_key(kSource, model::kTosAsset),
               model::AmountRecord{model::Amount{kMaximum - model::kCoin + 1}});
    protocol::TransactionState state(ledger, 0);
    const auto effects = evaluate_energy(state, kSource, EnergyWithdraw{}, kNow, profile);
    EXPECT_EQ(effects.code, model::ErrorCode::kSuccess);
    EXPECT_EQ(commit_energy(state, kSource, effects), model::ErrorCode::kOverflow);
    EXPECT_EQ(state.find<model::EnergyRecord>(model::energy_key(kSource))->pending.size(), 1U);
}

}  // namespace
}  // namespace parallax::tos::e1
