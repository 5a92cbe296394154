#include "tests/chains/tos/v3/v3_chain.hpp"
#include "verifier/chains/tos/v3/staked_energy.hpp"
#include "verifier/protocol/block_state.hpp"

#include <gtest/gtest.h>

namespace parallax::tos::v3 {
namespace {

constexpr std::uint64_t kCoins100 = 100 * model::kCoin;

TEST(BlockV3, the_worked_block_writes_the_worked_versions) {
    // Protocol notes of V3, appendix A: a sender with 100 coins at 40, reference 60, block 65.
    Chain chain;
    chain.grow_to(40);
    chain.fund(2, kCoins100);
    chain.fund(3, 5);
    chain.grow_to(64);
    const auto outcome =
        chain.add({Chain::transaction(2, 0, Chain::pay(3, 10 * model::kCoin), 60)});
    EXPECT_EQ(outcome.results[0].status, model::TransactionStatus::kExecuted);
    EXPECT_EQ(chain.nonce(2), 1U);
    EXPECT_EQ(chain.balance(2), 8'999'985'000U);
    const model::BalanceVersionRecord sender = chain.version(2);
    EXPECT_EQ(sender.at.value(), 65U);
    EXPECT_TRUE(sender.spent && sender.received);
    EXPECT_EQ(sender.spendable_before, model::Amount{kCoins100});
    EXPECT_EQ(sender.previous, model::Topoheight{40});
    EXPECT_EQ(chain.balance(3), 10 * model::kCoin + 5);
    EXPECT_TRUE(chain.version(3).received && !chain.version(3).spent);
    EXPECT_EQ(outcome.totals.fees, model::Amount{15'000});
    EXPECT_EQ(outcome.totals.miner_reward.value(),
              outcome.totals.emitted_supply.value() - outcome.totals.dev_reward.value() + 15'000);
}

TEST(BlockV3, money_that_is_gone_can_be_spent_again_with_an_old_reference) {
    // Quirk Q1, as a real node had it: 2^64 - 10,030,000 in the end.
    Chain chain;
    chain.grow_to(10);
    chain.fund(2, 2 * model::kCoin);
    chain.grow_to(12);
    chain.add({Chain::transaction(2, 0, Chain::pay(3, 30'000'000), 12)});
    EXPECT_EQ(chain.balance(2), 169'985'000U);
    EXPECT_EQ(chain.version(2).spendable_before, model::Amount{200'000'000});
    chain.add({Chain::transaction(2, 1, Chain::pay(3, 180'000'000), 12)});
    EXPECT_EQ(chain.balance(2), 18'446'744'073'699'521'616U);
    EXPECT_EQ(chain.version(2).spendable_before, model::Amount{200'000'000});
}

TEST(BlockV3, a_reference_at_the_last_spending_sees_what_that_left) {
    Chain chain;
    chain.grow_to(10);
    chain.fund(2, 1'000'000);
    chain.add({Chain::transaction(2, 0, Chain::pay(3, 1'000), 10)});
    chain.add({Chain::transaction(2, 1, Chain::pay(3, 2'000), 11)});
    EXPECT_EQ(chain.version(2).spendable_before, model::Amount{1'000'000 - 16'000});
}

TEST(BlockV3, a_first_spending_that_its_reference_does_not_reach_is_free) {
    // Quirk Q2.
    Chain chain;
    chain.grow_to(10);
    chain.fund(2, 2 * model::kCoin);
    const auto outcome = chain.add({Chain::transaction(2, 0, Chain::pay(3, 1'000), 0)});
    EXPECT_EQ(outcome.results[0].status, model::TransactionStatus::kExecuted);
    EXPECT_EQ(chain.balance(2), 2 * model::kCoin);
    EXPECT_EQ(chain.balance(3), 1'000U);
    const model::BalanceVersionRecord version = chain.version(2);
    EXPECT_TRUE(version.spent && !version.received);
    EXPECT_EQ(version.spendable_before, std::nullopt);
    EXPECT_EQ(version.previous, model::Topoheight{10});
    EXPECT_EQ(outcome.totals.fees, model::Amount{15'000}) << "the miner is paid from nothing";
}

TEST(BlockV3, what_is_received_in_the_same_block_makes_a_first_spending_cost) {
    Chain chain;
    chain.grow_to(10);
    chain.fund(2, 2 * model::kCoin);
    chain.fund(4, model::kCoin);
    chain.grow_to(11);
    chain.add({Chain::transaction(2, 0, Chain::pay(3, 1'000), 0),
               Chain::transaction(4, 0, Chain::pay(2, 7), 11)});
    EXPECT_EQ(chain.balance(2), 2 * model::kCoin + 7 - 16'000);
    EXPECT_TRUE(chain.version(2).spent && chain.version(2).received);
}

TEST(BlockV3, a_failed_transaction_leaves_what_it_had_done_and_its_fee_vanishes) {
    Chain chain;
    chain.grow_to(10);
    chain.fund(2, 2 * model::kCoin);
    chain.fund(4, 2 * model::kCoin);
    chain.fund(5, model::kCoin);
    chain.grow_to(11);
    const EnergyPayload unfreeze = EnergyUnfreeze{model::Amount{model::kCoin}};
    const auto outcome =
        chain.add({Chain::transaction(2, 0, unfreeze, 11, 10'000),
                   Chain::transaction(4, 0, Chain::pay(5, 3'000), 11, 0, FeeType::kEnergy),
                   Chain::transaction(5, 0, Chain::pay(2, 1), 11)});
    EXPECT_EQ(outcome.results[0].code, model::ErrorCode::kInsufficientFrozen);
    EXPECT_EQ(outcome.results[1].code, model::ErrorCode::kInsufficientEnergy);
    EXPECT_EQ(outcome.results[2].status, model::TransactionStatus::kExecuted);
    EXPECT_EQ(chain.nonce(2), 1U);
    EXPECT_EQ(chain.balance(2), 2 * model::kCoin - 10'000 + 1);
    EXPECT_EQ(chain.nonce(4), 1U);
    EXPECT_EQ(chain.balance(4), 2 * model::kCoin - 3'000) << "quirk Q4: gone, and nowhere";
    EXPECT_EQ(outcome.totals.fees, model::Amount{15'000});
}

TEST(BlockV3, energy_pays_for_outputs_and_its_fee_field_is_paid_from_nothing) {
    Chain chain;
    chain.grow_to(10);
    chain.fund(2, 5 * model::kCoin);
    chain.fund(3, 1);
    chain.grow_to(11);
    const EnergyPayload freeze = EnergyFreeze{model::Amount{2 * model::kCoin}, 3};
    chain.add({Chain::transaction(2, 0, freeze, 11, 10'000)});
    const auto key = model::staked_energy_key(Chain::account(2));
    const auto* row = chain.find<base::Boxed<model::StakedEnergyRecord>>(key);
    ASSERT_NE(row, nullptr);
    EXPECT_EQ(row->get().total, 12U);
    EXPECT_EQ(row->get().stakes.front().unlock_at.value(), 12 + 3 * 86'400U);

    // Quirk Q5: a fee of 12,345 that nobody pays.
    const auto outcome =
        chain.add({Chain::transaction(2, 1, Chain::pay(3, 5), 12, 12'345, FeeType::kEnergy)});
    EXPECT_EQ(chain.balance(2), 3 * model::kCoin - 10'000 - 5);
    EXPECT_EQ(outcome.totals.fees, model::Amount{12'345});
    EXPECT_EQ(chain.find<base::Boxed<model::StakedEnergyRecord>>(key)->get().used, 1U);
}

TEST(BlockV3, a_freeze_of_no_whole_coins_takes_the_money_and_gives_nothing) {
    Chain chain;
    chain.grow_to(10);
    chain.fund(2, 5 * model::kCoin);
    const EnergyPayload freeze = EnergyFreeze{model::Amount{150'000'000}, 3};
    chain.add({Chain::transaction(2, 0, freeze, 10, 10'000)});
    EXPECT_EQ(chain.balance(2), 350'000'000U - 10'000);
    const auto* row = chain.find<base::Boxed<model::StakedEnergyRecord>>(
        model::staked_energy_key(Chain::account(2)));
    ASSERT_NE(row, nullptr) << "it is written all the same";
    EXPECT_EQ(row->get(), model::StakedEnergyRecord{});
}

/// A record with two stakes of 3 and 5 coins, of which the first is unlocked.
model::StakedEnergyRecord two_stakes() {
    model::StakedEnergyRecord record;
    record.frozen = model::Amount{8 * model::kCoin};
    record.total = 6 * 3 + 10 * 3;
    record.stakes = {{model::Amount{3 * model::kCoin}, 3, {}, model::BlockHeight{100}, 18},
                     {model::Amount{5 * model::kCoin}, 3, {}, model::BlockHeight{200}, 30}};
    return record;
}

/// The record after an unfreeze at a blue score.
std::pair<RuleResult, model::StakedEnergyRecord> unfreeze(std::uint64_t amount,
                                                          std::uint64_t blue_score) {
    testbed::RowsView::Rows rows;
    const model::StateKey key = model::staked_energy_key(Chain::account(2));
    rows.emplace(key, base::Boxed<model::StakedEnergyRecord>(two_stakes()));
    const testbed::RowsView view(std::move(rows));
    const protocol::BlockState block(view);
    protocol::TransactionState state(block, 0);
    const RuleResult result =
        apply_energy(state, Chain::account(2), EnergyUnfreeze{model::Amount{amount}},
                     model::BlockHeight{blue_score});
    return {result, *state.find<model::StakedEnergyRecord>(key)};
}

TEST(StakedEnergyV3, an_unfreeze_gives_nothing_back) {
    const auto [result, record] = unfreeze(3 * model::kCoin, 100);
    EXPECT_EQ(result.status, model::TransactionStatus::kExecuted);
    EXPECT_EQ(record.frozen, model::Amount{5 * model::kCoin});
    EXPECT_EQ(record.total, 30U);
    EXPECT_EQ(record.stakes.size(), 1U);
    EXPECT_EQ(record.last_update.value(), 100U);
}

TEST(StakedEnergyV3, a_part_of_the_first_record_stays_in_it) {
    const auto [result, record] = unfreeze(2 * model::kCoin, 150);
    EXPECT_EQ(result.status, model::TransactionStatus::kExecuted);
    ASSERT_EQ(record.stakes.size(), 2U);
    EXPECT_EQ(record.stakes[0].amount, model::Amount{model::kCoin});
    EXPECT_EQ(record.stakes[0].energy, 6U);
    EXPECT_EQ(record.total, 48U - 12U);
}

TEST(StakedEnergyV3, what_is_locked_or_no_whole_coin_is_refused) {
    EXPECT_EQ(unfreeze(4 * model::kCoin, 150).first.code, model::ErrorCode::kInsufficientFrozen);
    EXPECT_EQ(unfreeze(model::kCoin - 1, 150).first.code, model::ErrorCode::kInsufficientFrozen);
    EXPECT_EQ(unfreeze(9 * model::kCoin, 300).first.code, model::ErrorCode::kInsufficientFrozen);
    EXPECT_EQ(unfreeze(8 * model::kCoin, 300).second.stakes.size(), 0U);
}

TEST(StakedEnergyV3, a_part_behind_a_whole_record_would_change_another_one) {
    // Quirk Q13: at the node the index is that of before the removal.
    EXPECT_EQ(unfreeze(4 * model::kCoin, 300).first.status, model::TransactionStatus::kUnsupported);
}

TEST(BlockV3, co_signers_and_their_removal_are_versions) {
    Chain chain;
    chain.grow_to(10);
    chain.fund(2, model::kCoin);
    chain.add({Chain::transaction(2, 0, MultisigPayload{1, {Chain::account(3)}}, 10, 10'000)});
    const auto key = model::multisig_key(Chain::account(2));
    ASSERT_NE(chain.find<base::Boxed<model::MultisigRecord>>(key), nullptr);
    chain.add({Chain::transaction(2, 1, MultisigPayload{}, 11, 10'000)});
    EXPECT_EQ(chain.find<base::Boxed<model::MultisigRecord>>(key), nullptr);
    const auto* version = chain.find<base::Boxed<model::AccountVersionRecord>>(
        model::account_version_key(Chain::account(2)));
    ASSERT_NE(version, nullptr);
    EXPECT_EQ(version->get().multisig_at, model::Topoheight{12});
    EXPECT_EQ(version->get().nonce_at, model::Topoheight{12});
    EXPECT_EQ(version->get().previous_nonce_at, model::Topoheight{11});
}

TEST(BlockV3, nonces_may_jump_and_come_back_once) {
    Chain chain;
    chain.grow_to(10);
    chain.fund(2, model::kCoin);
    const auto outcome = chain.add({Chain::transaction(2, 1, Chain::pay(3, 1), 10),
                                    Chain::transaction(2, 0, Chain::pay(3, 1), 10),
                                    Chain::transaction(2, 0, Chain::pay(3, 2), 10),
                                    Chain::transaction(2, 5, Chain::pay(3, 1), 10)});
    EXPECT_EQ(outcome.results[0].status, model::TransactionStatus::kExecuted);
    EXPECT_EQ(outcome.results[1].status, model::TransactionStatus::kExecuted);
    EXPECT_EQ(outcome.results[2].code, model::ErrorCode::kNonceDuplicate);
    EXPECT_EQ(outcome.results[3].status, model::TransactionStatus::kExecuted);
    EXPECT_EQ(chain.nonce(2), 6U);
    EXPECT_EQ(chain.add({Chain::transaction(2, 3, Chain::pay(3, 1), 11)}).results[0].code,
              model::ErrorCode::kNonceTooLow);
}

TEST(BlockV3, a_nonce_that_a_block_beside_it_jumped_over_cannot_be_judged) {
    // A node takes it if it ordered both in one go, and refuses it if not.
    Chain chain;
    chain.grow_to(10);
    chain.fund(2, model::kCoin);
    chain.add({Chain::transaction(2, 1, Chain::pay(3, 1), 10)});
    EXPECT_EQ(chain.nonce(2), 2U);
    const Transaction late = Chain::transaction(2, 0, Chain::pay(3, 2), 10);
    EXPECT_EQ(chain.run(chain.prepare({late})).results[0].code, model::ErrorCode::kNonceTooLow);
    EXPECT_EQ(chain.run(chain.prepare({late}, 99, 0)).results[0].status,
              model::TransactionStatus::kUnsupported);
}

TEST(BlockV3, a_payment_of_nothing_writes_a_version) {
    Chain chain;
    chain.grow_to(10);
    chain.fund(2, model::kCoin);
    chain.fund(3, 5);
    chain.grow_to(11);
    chain.add({Chain::transaction(2, 0, Chain::pay(3, 0), 11)});
    EXPECT_EQ(chain.version(3).at, model::Topoheight{12});
    chain.add({Chain::transaction(2, 1, Chain::pay(7, 0), 12)});
    EXPECT_EQ(chain.version(7).at, model::Topoheight{13}) << "and makes an account";
}

TEST(BlockV3, the_same_transaction_is_executed_once) {
    Chain chain;
    chain.grow_to(10);
    chain.fund(2, model::kCoin);
    const Transaction payment = Chain::transaction(2, 0, Chain::pay(3, 1), 10);
    EXPECT_EQ(chain.add({payment}).results[0].status, model::TransactionStatus::kExecuted);
    EXPECT_EQ(chain.add({payment}).results[0].status, model::TransactionStatus::kSkipped);
    EXPECT_EQ(chain.balance(3), 1U);
}

TEST(BlockV3, a_reference_between_two_receipts_finds_the_older_balance) {
    Chain chain;
    chain.grow_to(10);
    chain.fund(2, model::kCoin);
    chain.fund(4, 10 * model::kCoin);
    chain.grow_to(11);
    chain.add({Chain::transaction(4, 0, Chain::pay(2, 500), 11)});
    chain.add({Chain::transaction(4, 1, Chain::pay(2, 600), 12)});
    chain.add({Chain::transaction(2, 0, Chain::pay(3, 1), 12)});
    EXPECT_EQ(chain.version(2).spendable_before, model::Amount{model::kCoin + 500});
    EXPECT_EQ(chain.balance(2), model::kCoin + 1'100 - 15'001);
}

TEST(BlockV3, a_reference_to_a_version_that_is_no_longer_kept_cannot_be_judged) {
    Chain chain;
    chain.grow_to(1);
    // The miner receives at every block, more often than versions are kept.
    chain.grow_to(model::kMaxPastBalances + 20);
    EXPECT_TRUE(chain.version(99).dropped);
    EXPECT_EQ(chain.version(99).past.size(), model::kMaxPastBalances);
    EXPECT_EQ(chain.add({Chain::transaction(99, 0, Chain::pay(3, 1), 5)}).results[0].status,
              model::TransactionStatus::kUnsupported);
    EXPECT_EQ(chain.nonce(99), 0U);
    EXPECT_EQ(chain.add({Chain::transaction(99, 0, Chain::pay(3, 1), 200)}).results[0].status,
              model::TransactionStatus::kExecuted);
}

/// Laws that an outcome breaks, and what they left unjudged.
std::pair<std::vector<model::Difference>, std::vector<model::UnjudgedInvariant>> judge(
    const Chain& chain, const protocol::AdmittedBlock& block, const model::BlockOutcome& outcome) {
    std::vector<model::Difference> broken;
    std::vector<model::UnjudgedInvariant> unjudged;
    chain.profile().check_invariants({block, outcome, broken, unjudged});
    return {std::move(broken), std::move(unjudged)};
}

TEST(LawsV3, coins_from_nothing_and_coins_that_are_gone_are_found) {
    Chain chain;
    chain.grow_to(10);
    chain.fund(2, 5 * model::kCoin);
    chain.grow_to(11);
    const auto block = chain.prepare(
        {Chain::transaction(2, 0, Chain::pay(3, 1'000), 11),
         Chain::transaction(2, 1, BurnPayload{model::kTosAsset, model::Amount{7}}, 11, 10'000),
         Chain::transaction(2, 2, EnergyPayload{EnergyFreeze{model::Amount{model::kCoin}, 3}}, 11,
                            10'000)});
    const model::BlockOutcome outcome = chain.run(block);
    EXPECT_TRUE(judge(chain, block, outcome).first.empty());
    EXPECT_TRUE(judge(chain, block, outcome).second.empty());
    for (const std::uint64_t by : {std::uint64_t{1}, ~std::uint64_t{0}}) {
        model::BlockOutcome changed = outcome;
        for (model::DeltaEntry& entry : changed.delta.entries) {
            if (entry.key == model::balance_key(Chain::account(3), model::kTosAsset)) {
                entry.after = model::AmountRecord{model::Amount{1'000 + by}};
            }
        }
        const auto broken = judge(chain, block, changed).first;
        ASSERT_EQ(broken.size(), 1U) << by;
        EXPECT_EQ(broken.front().path, "conservation[TOS]");
    }
}

TEST(LawsV3, what_a_failure_took_is_a_range_that_is_named) {
    Chain chain;
    chain.grow_to(10);
    chain.fund(2, 5 * model::kCoin);
    chain.grow_to(11);
    const auto block =
        chain.prepare({Chain::transaction(2, 0, Chain::pay(3, 1'000), 11, 0, FeeType::kEnergy)});
    model::BlockOutcome outcome = chain.run(block);
    auto [broken, unjudged] = judge(chain, block, outcome);
    EXPECT_TRUE(broken.empty());
    ASSERT_EQ(unjudged.size(), 1U);
    EXPECT_EQ(unjudged.front().law, "conservation[TOS]");
    for (model::DeltaEntry& entry : outcome.delta.entries) {
        if (entry.key == model::balance_key(Chain::account(2), model::kTosAsset)) {
            entry.after = model::AmountRecord{model::Amount{4 * model::kCoin}};
        }
    }
    EXPECT_FALSE(judge(chain, block, outcome).first.empty()) << "more than it could take";
}

TEST(LawsV3, a_hash_that_is_stated_is_named_as_not_proved) {
    const Chain chain;
    Block block;
    block.header.version = 3;
    block.header.stated_hash = model::Hash::from_array({7});
    const base::Bytes wire = encode_block(block);
    const auto admitted =
        chain.profile().admit(wire, protocol::Admission::at({model::Topoheight{1}, std::nullopt}));
    ASSERT_TRUE(admitted.ok()) << admitted.status();
    const auto [broken, unjudged] = judge(chain, *admitted, chain.run(*admitted));
    EXPECT_TRUE(broken.empty());
    ASSERT_EQ(unjudged.size(), 1U);
    EXPECT_EQ(unjudged.front().law, "block.hash");
    // Taken apart it is another block, with a hash of its own.
    const auto edited = chain.profile().edit(wire);
    ASSERT_TRUE(edited.ok()) << edited.status();
    EXPECT_NE(*chain.profile().block_hash((*edited)->wire()), admitted->hash());
}

TEST(BlockV3, contracts_and_wrong_signatures_change_nothing) {
    Chain chain;
    chain.grow_to(10);
    chain.fund(2, model::kCoin);
    Transaction forged = Chain::transaction(2, 0, Chain::pay(3, 1), 10);
    forged.signature = Chain::transaction(3, 0, Chain::pay(3, 1), 10).signature;
    const auto outcome = chain.add({Chain::transaction(2, 0, InvokeContractPayload{}, 10), forged});
    EXPECT_EQ(outcome.results[0].status, model::TransactionStatus::kUnsupported);
    EXPECT_EQ(outcome.results[1].code, model::ErrorCode::kInvalidSignature);
    EXPECT_EQ(chain.nonce(2), 0U);
    EXPECT_EQ(chain.balance(2), model::kCoin);
}

}  // namespace
}  // namespace parallax::tos::v3
