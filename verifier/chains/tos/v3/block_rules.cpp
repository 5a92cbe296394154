#include "verifier/chains/tos/v3/block_rules.hpp"

#include "verifier/chains/tos/emission.hpp"
#include "verifier/chains/tos/v3/block_local.hpp"

#include "absl/container/flat_hash_set.h"

#include <utility>

namespace parallax::tos::v3 {
namespace {

/// The node's import ends where a reward does not fit, so that there is no block to follow.
void credit_or_keep(protocol::TransactionState& state, const model::StateKey& key,
                    model::Amount amount) {
    if (!state.credit(key, amount)) {
        static_cast<void>(state.credit(key, model::Amount{0}));  // nothing always fits
    }
}

/// How a balance was touched.
struct Touch {
    bool received = false;
    bool spent = false;
    bool brand_new = false;
    protocol::AmountInBlock amount;
};

Touch touch_of(protocol::TransactionState& state, const model::PublicKey& account,
               const model::AssetId& asset, bool rewarded) {
    Touch touch;
    touch.amount = state.amount_in_block(model::balance_key(account, asset));
    const auto entry = state.spendable(block_local_key(BlockLocal::kEntry, account, asset));
    touch.spent = entry.has_value();
    touch.brand_new = entry && entry->value() == static_cast<std::uint64_t>(EntryKind::kBrandNew);
    touch.received =
        rewarded || touch.amount.received.value() > 0 ||
        state.spendable(block_local_key(BlockLocal::kEmptyReceipt, account, asset)).has_value();
    return touch;
}

model::BalanceVersionRecord version_of(const model::BalanceVersionRecord* old, const Touch& touch,
                                       model::Topoheight now) {
    // A first spending out of a version that its reference does not reach takes nothing, unless
    // something was received, too (quirk Q2).
    const bool free = touch.spent && touch.brand_new && !touch.received;
    model::BalanceVersionRecord version;
    version.at = now;
    version.spent = touch.spent;
    version.received = touch.received || (touch.spent && !free);
    if (version.spent && version.received) {
        version.spendable_before = touch.amount.spendable;
    }
    if (old != nullptr) {
        version.previous = old->at;
    }
    const model::Amount before = touch.amount.stored.value_or(model::Amount{0});
    const std::uint64_t after =
        free ? before.value()
             : before.value() + touch.amount.received.value() - touch.amount.outputs.value();
    return model::next_version(old, before, std::move(version), model::Amount{after});
}

void register_account(protocol::TransactionState& state, const model::PublicKey& account,
                      model::Topoheight now) {
    if (state.exists(model::account_key(account))) {
        return;
    }
    state.put(model::account_key(account), model::AccountRecord{model::Nonce{0}, now});
    state.put(model::account_version_key(account),
              base::Boxed<model::AccountVersionRecord>({now, std::nullopt, std::nullopt}));
}

}  // namespace

std::vector<std::pair<model::PublicKey, model::AssetId>> touched_balances(
    const protocol::AdmittedBlock& block, const model::PublicKey& dev_key) {
    std::vector<std::pair<model::PublicKey, model::AssetId>> touched;
    absl::flat_hash_set<model::StateKey> seen;
    const auto add = [&](const model::PublicKey& account, const model::AssetId& asset) {
        if (seen.insert(model::balance_key(account, asset)).second) {
            touched.emplace_back(account, asset);
        }
    };
    add(dev_key, model::kTosAsset);
    add(block.miner(), model::kTosAsset);
    if (!block.placement().bodies_shown) {
        return touched;
    }
    for (const AdmittedEntry& entry : body_of(block).entries) {
        const Transaction& transaction = entry.transaction;
        const auto spending = spending_of(transaction);
        for (std::size_t i = 0; spending && i < spending->size(); ++i) {
            add(transaction.source, (*spending)[i].first);
        }
        if (const auto* transfers = std::get_if<TransfersPayload>(&transaction.payload)) {
            for (const Transfer& transfer : transfers->transfers) {
                add(transfer.destination, transfer.asset);
            }
        }
    }
    return touched;
}

void pay_rewards(protocol::TransactionState& state, const RuleContext& context,
                 model::BlockTotals& totals) {
    const model::StateKey counter = model::counter_key(model::Counter::kEmittedSupply);
    const model::Amount emitted = state.received_total(counter).value_or(model::Amount{0});
    model::Amount reward = block_reward(emitted);
    if (const auto& side_block = context.block.placement().side_block) {
        reward = side_block_reward(reward, *side_block);
    }
    totals.emitted_supply = reward;
    totals.dev_reward = dev_share(reward, context.block.height());
    totals.miner_reward = model::saturating_sub(reward, totals.dev_reward);
    credit_or_keep(state, model::balance_key(context.profile.dev_key, model::kTosAsset),
                   totals.dev_reward);
    credit_or_keep(state, model::balance_key(context.block.miner(), model::kTosAsset),
                   totals.miner_reward);
    credit_or_keep(state, counter, reward);
}

void commit_block(protocol::TransactionState& state, const RuleContext& context,
                  model::BlockTotals& totals) {
    const model::PublicKey& miner = context.block.miner();
    if (totals.fees.value() > 0) {
        credit_or_keep(state, model::balance_key(miner, model::kTosAsset), totals.fees);
        totals.miner_reward = model::saturating_add(totals.miner_reward, totals.fees);
    }
    for (const auto& [account, asset] : touched_balances(context.block, context.profile.dev_key)) {
        const bool rewarded =
            asset == model::kTosAsset && (account == miner || account == context.profile.dev_key);
        const Touch touch = touch_of(state, account, asset, rewarded);
        if (!touch.received && !touch.spent) {
            continue;
        }
        const model::StateKey key = model::balance_version_key(account, asset);
        model::BalanceVersionRecord version =
            version_of(state.find<model::BalanceVersionRecord>(key), touch, context.now());
        if (version.spent && !version.received) {
            // What it spent is taken back: subtracting it again makes the sum nothing.
            state.record_output(model::balance_key(account, asset),
                                model::Amount{0 - touch.amount.outputs.value()});
        }
        state.put(key, base::Boxed<model::BalanceVersionRecord>(std::move(version)));
        register_account(state, account, context.now());
    }
}

}  // namespace parallax::tos::v3
