#include "verifier/chains/tos/e1/block_rules.hpp"

#include "verifier/chains/tos/emission.hpp"

namespace parallax::tos::e1 {
namespace {

/// The node adds unchecked; here a row that cannot hold the amount keeps what it had. It is written
/// all the same, so that the invariants find it in the delta and can tell this from a forgotten
/// credit.
void credit_or_keep(protocol::TransactionState& state, const model::StateKey& key,
                    model::Amount amount) {
    if (!state.credit(key, amount)) {
        static_cast<void>(state.credit(key, model::Amount{0}));  // nothing always fits
    }
}

/// A reward on the receiver ledger (protocol notes, 8.4 step 3.6).
void pay(protocol::TransactionState& state, const model::PublicKey& account, model::Amount amount,
         model::Topoheight now) {
    if (!state.exists(model::account_key(account))) {
        state.put(model::account_key(account), model::AccountRecord{model::Nonce{0}, now});
    }
    credit_or_keep(state, model::balance_key(account, model::kTosAsset), amount);
}

void count(protocol::TransactionState& state, model::Counter counter, model::Amount amount) {
    credit_or_keep(state, model::counter_key(counter), amount);
}

}  // namespace

void finalize_block(protocol::TransactionState& state, const RuleContext& context,
                    model::BlockTotals& totals) {
    const model::Topoheight now = context.block.execution_topoheight();
    const model::Amount emitted =
        state.received_total(model::counter_key(model::Counter::kEmittedSupply))
            .value_or(model::Amount{0});
    model::Amount reward = block_reward(emitted);
    if (const auto& side_block = context.block.placement().side_block) {
        reward = side_block_reward(reward, *side_block);
    }
    const model::Amount dev = dev_share(reward, context.block.height());

    totals.emitted_supply = reward;
    totals.dev_reward = dev;
    // The miner's part of the reward and the fees; contract gas never reaches anybody (quirk Q1).
    totals.miner_reward = model::saturating_add(model::saturating_sub(reward, dev), totals.fees);

    pay(state, context.profile.dev_key, dev, now);
    pay(state, context.block.miner(), totals.miner_reward, now);
    count(state, model::Counter::kEmittedSupply, totals.emitted_supply);
    count(state, model::Counter::kGasFee, totals.gas_fee);
    count(state, model::Counter::kMinerReward, totals.miner_reward);
}

}  // namespace parallax::tos::e1
