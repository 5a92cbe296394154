#include "verifier/chains/tos/v3/ai_mining.hpp"
#include "verifier/chains/tos/v3/block_local.hpp"
#include "verifier/chains/tos/v3/reference_search.hpp"
#include "verifier/chains/tos/v3/staked_energy.hpp"
#include "verifier/chains/tos/v3/transaction_rules.hpp"

#include <algorithm>

namespace parallax::tos::v3 {
namespace {

using Spending = std::vector<std::pair<model::AssetId, model::Amount>>;

RuleResult failed(model::ErrorCode code) {
    return {model::TransactionStatus::kFailed, code, true};
}

bool add(Spending& spending, const model::AssetId& asset, model::Amount amount) {
    auto known = std::ranges::find(spending, asset, &Spending::value_type::first);
    if (known == spending.end()) {
        spending.emplace_back(asset, amount);
        return true;
    }
    const auto sum = model::checked_add(known->second, amount);
    known->second = sum.value_or(known->second);
    return sum.has_value();
}

bool add_deposits(Spending& spending, const std::vector<ContractDeposit>& deposits) {
    return std::ranges::all_of(deposits, [&](const ContractDeposit& deposit) {
        return add(spending, deposit.asset, deposit.amount);
    });
}

bool add_payload(Spending& spending, const Payload& payload) {
    if (const auto* transfers = std::get_if<TransfersPayload>(&payload)) {
        return std::ranges::all_of(transfers->transfers, [&](const Transfer& transfer) {
            return add(spending, transfer.asset, transfer.amount);
        });
    }
    if (const auto* burn = std::get_if<BurnPayload>(&payload)) {
        return add(spending, burn->asset, burn->amount);
    }
    if (const auto* invoke = std::get_if<InvokeContractPayload>(&payload)) {
        return add_deposits(spending, invoke->deposits) &&
               add(spending, model::kTosAsset, invoke->max_gas);
    }
    if (const auto* deploy = std::get_if<DeployContractPayload>(&payload)) {
        return add(spending, model::kTosAsset, model::Amount{kDeployCost}) &&
               (!deploy->constructor ||
                (add_deposits(spending, deploy->constructor->deposits) &&
                 add(spending, model::kTosAsset, deploy->constructor->max_gas)));
    }
    const auto* energy = std::get_if<EnergyPayload>(&payload);
    const auto* freeze = energy != nullptr ? std::get_if<EnergyFreeze>(energy) : nullptr;
    return freeze == nullptr || add(spending, model::kTosAsset, freeze->amount);
}

/// The version of the sender's nonce that the block writes, whatever becomes of the transaction.
void set_nonce(protocol::TransactionState& state, const Transaction& transaction,
               model::Topoheight now) {
    const model::StateKey key = model::account_key(transaction.source);
    const auto* account = state.find<model::AccountRecord>(key);
    const model::Topoheight registered = account != nullptr ? account->registered_at : now;
    state.put(key, model::AccountRecord{model::next(transaction.nonce), registered});

    const model::StateKey version_key = model::account_version_key(transaction.source);
    const auto* known = state.find<model::AccountVersionRecord>(version_key);
    model::AccountVersionRecord version =
        known != nullptr ? *known : model::AccountVersionRecord{now, std::nullopt, std::nullopt};
    if (known != nullptr && known->nonce_at != now) {
        version.previous_nonce_at = known->nonce_at;
        version.nonce_at = now;
    }
    state.put(version_key, base::Boxed<model::AccountVersionRecord>(version));
}

/// Adds to what the block's end takes from the stored balance. The node's sum stops at 2^64-1, so
/// what it came to is kept, too.
void record_output(protocol::TransactionState& state, const model::PublicKey& source,
                   const model::AssetId& asset, model::Amount amount) {
    const model::StateKey total = block_local_key(BlockLocal::kSpentTotal, source, asset);
    const model::Amount before = state.spendable(total).value_or(model::Amount{0});
    const model::Amount after = model::saturating_add(before, amount);
    state.set_spendable(total, after);
    state.record_output(model::balance_key(source, asset),
                        model::Amount{after.value() - before.value()});
}

/// Finds what may be spent of one asset, once for each sender and block, and notes what is.
std::optional<RuleResult> spend(protocol::TransactionState& state, const Transaction& transaction,
                                const model::AssetId& asset, model::Amount amount,
                                model::Topoheight now) {
    const model::PublicKey& source = transaction.source;
    const model::StateKey key = model::balance_key(source, asset);
    const model::StateKey entry = block_local_key(BlockLocal::kEntry, source, asset);
    if (!state.spendable(entry)) {
        const SearchResult found =
            search_by_reference(state, source, asset, transaction.reference, now);
        if (found.end == SearchEnd::kForgotten) {
            return RuleResult{model::TransactionStatus::kUnsupported,
                              model::ErrorCode::kNotImplemented, false};
        }
        if (found.end == SearchEnd::kNoBalance) {
            return failed(model::ErrorCode::kInsufficientBalance);
        }
        const EntryKind kind =
            found.end == SearchEnd::kBrandNew ? EntryKind::kBrandNew : EntryKind::kFound;
        state.set_spendable(entry, model::Amount{static_cast<std::uint64_t>(kind)});
        state.set_spendable(key, found.spendable);
    }
    record_output(state, source, asset, amount);
    return std::nullopt;
}

/// What the type does, once nonce and spending are noted. One overload per type.
struct PayloadEffects {
    protocol::TransactionState& state;
    const Transaction& transaction;
    const RuleContext& context;

    static RuleResult done() {
        return {model::TransactionStatus::kExecuted, model::ErrorCode::kSuccess, true};
    }

    RuleResult operator()(const BurnPayload& burn) const {
        if (burn.asset != model::kTosAsset) {
            return done();
        }
        if (!state.credit(model::counter_key(model::Counter::kBurnedSupply), burn.amount)) {
            return failed(model::ErrorCode::kOverflow);
        }
        state.totals().burned = burn.amount;
        return done();
    }
    RuleResult operator()(const TransfersPayload& payload) const {
        for (const Transfer& transfer : payload.transfers) {
            const model::StateKey key = model::balance_key(transfer.destination, transfer.asset);
            const bool fits = state.credit(key, transfer.amount);
            if (!fits || transfer.amount.value() == 0) {
                // A version is written all the same.
                static_cast<void>(state.credit(key, model::Amount{0}));
                state.set_spendable(block_local_key(BlockLocal::kEmptyReceipt, transfer.destination,
                                                    transfer.asset),
                                    model::Amount{1});
            }
            if (!fits) {
                return failed(model::ErrorCode::kOverflow);
            }
        }
        return done();
    }
    RuleResult operator()(const MultisigPayload& payload) const {
        const model::StateKey key = model::multisig_key(transaction.source);
        if (payload.threshold == 0) {
            state.erase(key);
        } else {
            state.put(
                key, base::Boxed<model::MultisigRecord>({payload.threshold, payload.participants}));
        }
        const model::StateKey version_key = model::account_version_key(transaction.source);
        const auto* known = state.find<model::AccountVersionRecord>(version_key);
        model::AccountVersionRecord version =
            known != nullptr ? *known : model::AccountVersionRecord{};
        version.multisig_at = context.now();
        state.put(version_key, base::Boxed<model::AccountVersionRecord>(version));
        return done();
    }
    RuleResult operator()(const EnergyPayload& payload) const {
        return apply_energy(state, transaction.source, payload, context.block.height());
    }
    RuleResult operator()(const AiMiningPayload& payload) const {
        const auto code =
            apply_ai_mining(state, transaction.source, payload,
                            {context.block.height().value(), context.block.timestamp().value()});
        return code == model::ErrorCode::kSuccess ? done() : failed(code);
    }
    // Left to the contract machine before this is asked.
    RuleResult operator()(const InvokeContractPayload&) const { return done(); }
    RuleResult operator()(const DeployContractPayload&) const { return done(); }
};

}  // namespace

std::optional<Spending> spending_of(const Transaction& transaction) {
    Spending spending;
    if (!add_payload(spending, transaction.payload) ||
        (transaction.fee_type == FeeType::kTos &&
         !add(spending, model::kTosAsset, transaction.fee))) {
        return std::nullopt;
    }
    return spending;
}

RuleResult apply_transaction(protocol::TransactionState& state, model::TxIndex index,
                             const RuleContext& context) {
    const Transaction& transaction = context.transaction(index);
    set_nonce(state, transaction, context.now());
    const auto spending = spending_of(transaction);
    if (!spending) {
        return failed(model::ErrorCode::kOverflow);
    }
    if (transaction.fee_type == FeeType::kTos) {
        state.totals().gas_fee = transaction.fee;
    }
    for (const auto& [asset, amount] : *spending) {
        if (const auto ended = spend(state, transaction, asset, amount, context.now())) {
            return *ended;
        }
    }
    const auto outputs = output_count(transaction.payload);
    if (transaction.fee_type == FeeType::kEnergy && outputs > 0) {
        if (const auto code = consume_energy(state, transaction.source, outputs);
            code != model::ErrorCode::kSuccess) {
            return failed(code);
        }
    }
    const RuleResult result =
        std::visit(PayloadEffects{state, transaction, context}, transaction.payload);
    if (result.status == model::TransactionStatus::kExecuted) {
        // Whatever its kind (quirk Q5).
        state.totals().fee = transaction.fee;
    }
    return result;
}

}  // namespace parallax::tos::v3
