#include "verifier/chains/tos/e1/agent_rules.hpp"
#include "verifier/chains/tos/e1/energy_rules.hpp"
#include "verifier/chains/tos/e1/identities.hpp"
#include "verifier/chains/tos/e1/multisig_rules.hpp"
#include "verifier/chains/tos/e1/name_rules.hpp"
#include "verifier/chains/tos/e1/shield_proof.hpp"
#include "verifier/chains/tos/e1/spending.hpp"
#include "verifier/chains/tos/e1/transaction_rules.hpp"
#include "verifier/crypto/signature.hpp"

namespace parallax::tos::e1 {
namespace {

/// Credits `amount` on the receiver ledger; an account seen for the first time is created with
/// nonce 0 (protocol notes, 5.1).
model::ErrorCode credit_account(protocol::TransactionState& state,
                                const model::PublicKey& destination, const model::AssetId& asset,
                                model::Amount amount, model::Topoheight now) {
    if (!state.exists(model::account_key(destination))) {
        state.put(model::account_key(destination), model::AccountRecord{model::Nonce{0}, now});
    }
    return state.credit(model::balance_key(destination, asset), amount)
               ? model::ErrorCode::kSuccess
               : model::ErrorCode::kOverflow;
}

/// Adds to the encrypted balance of a shield's destination (5.11). The commitment and handle were
/// checked to be points; a stored row that is not makes the transaction fail.
model::ErrorCode credit_encrypted(protocol::TransactionState& state, const ShieldTransfer& transfer,
                                  model::Topoheight now) {
    if (!state.exists(model::account_key(transfer.destination))) {
        state.put(model::account_key(transfer.destination),
                  model::AccountRecord{model::Nonce{0}, now});
    }
    const model::StateKey key =
        model::encrypted_balance_key(transfer.destination, model::kUnoAsset);
    model::EncryptedBalanceRecord sum{transfer.commitment, transfer.receiver_handle};
    if (const auto* known = state.find<model::EncryptedBalanceRecord>(key)) {
        const auto commitment = crypto::add_points(known->commitment, transfer.commitment);
        const auto handle = crypto::add_points(known->handle, transfer.receiver_handle);
        if (!commitment || !handle) {
            return model::ErrorCode::kInvalidPayload;
        }
        sum = {*commitment, *handle};
    }
    state.put(key, base::Boxed<model::EncryptedBalanceRecord>(sum));
    return model::ErrorCode::kSuccess;
}

/// Step 6: the type's effects (5.1 to 5.12). One overload per type.
struct PayloadEffects {
    protocol::TransactionState& state;
    const Transaction& transaction;
    const RuleContext& context;

    model::Topoheight now() const { return context.block.execution_topoheight(); }

    model::ErrorCode operator()(const BurnPayload& burn) const {
        if (burn.asset != model::kTosAsset) {
            return model::ErrorCode::kSuccess;
        }
        if (!state.credit(model::counter_key(model::Counter::kBurnedSupply), burn.amount)) {
            return model::ErrorCode::kOverflow;
        }
        state.totals().burned = burn.amount;
        return model::ErrorCode::kSuccess;
    }
    model::ErrorCode operator()(const TransfersPayload& payload) const {
        for (const Transfer& transfer : payload.transfers) {
            if (const auto code = credit_account(state, transfer.destination, transfer.asset,
                                                 transfer.amount, now());
                code != model::ErrorCode::kSuccess) {
                return code;
            }
        }
        return model::ErrorCode::kSuccess;
    }
    model::ErrorCode operator()(const MultisigPayload&) const {
        apply_multisig_payload(state, transaction);
        return model::ErrorCode::kSuccess;
    }
    // Needs the virtual machine; `is_unsupported` has kept it from getting here.
    model::ErrorCode operator()(const InvokeContractPayload&) const {
        return model::ErrorCode::kNotImplemented;
    }
    model::ErrorCode operator()(const DeployContractPayload& deploy) const {
        // The coin that a deploy costs leaves the sender and reaches no counter (quirk Q3).
        state.put(model::contract_module_key(contract_address(transaction.source, deploy.module)),
                  base::Boxed<model::BytesRecord>(model::BytesRecord{deploy.module}));
        return model::ErrorCode::kSuccess;
    }
    model::ErrorCode operator()(const EnergyPayload& energy) const {
        const EnergyEffects effects =
            evaluate_energy(state, transaction.source, energy, now(), context.profile);
        if (effects.code != model::ErrorCode::kSuccess) {
            return effects.code;
        }
        return commit_energy(state, transaction.source, effects);
    }
    model::ErrorCode operator()(const UnoTransfersPayload&) const {
        return model::ErrorCode::kNotImplemented;
    }
    model::ErrorCode operator()(const ShieldTransfersPayload& payload) const {
        for (const ShieldTransfer& transfer : payload.transfers) {
            if (const auto code = credit_encrypted(state, transfer, now());
                code != model::ErrorCode::kSuccess) {
                return code;
            }
        }
        return model::ErrorCode::kSuccess;
    }
    model::ErrorCode operator()(const UnshieldTransfersPayload&) const {
        return model::ErrorCode::kNotImplemented;
    }
    model::ErrorCode operator()(const RegisterNamePayload&) const {
        apply_name(state, transaction);
        return model::ErrorCode::kSuccess;
    }
    model::ErrorCode operator()(const AgentAccountPayload&) const {
        return apply_agent_payload(state, transaction, now());
    }
};

// Step 2: the sender versions go down one asset after the other; a shortfall is an overflow
// (quirk Q5), and what an earlier asset lost stays lost under `kOrphanPartial`.
model::ErrorCode debit(protocol::TransactionState& state, const model::PublicKey& source,
                       const Spending& spending) {
    for (const auto& [asset, sum] : spending.sums) {
        const model::StateKey key = model::balance_key(source, asset);
        const auto spendable = state.spendable(key);
        if (!spendable) {
            return model::ErrorCode::kUnknown;
        }
        const auto rest = model::checked_sub(*spendable, sum);
        if (!rest) {
            return model::ErrorCode::kOverflow;
        }
        state.set_spendable(key, *rest);
    }
    return model::ErrorCode::kSuccess;
}

// Quirk Q9: a pool pays the fee out of what it may still spend in this block, as it does in the
// node's verification; `fee_pool` has found that it can. Without this the fees of several
// transactions would each be measured against the whole pool, and their sum would pass its balance.
void debit_pool(protocol::TransactionState& state, const model::PublicKey& pool,
                model::Amount fee) {
    const model::StateKey key = model::balance_key(pool, model::kTosAsset);
    const model::Amount held = state.spendable(key).value_or(model::Amount{0});
    state.set_spendable(key, model::saturating_sub(held, fee));
}

// Step 4: the fee counter and the outputs, which the block's end takes from the stored balances. A
// pool's share is recorded on the pool, although the source's version paid it, too (quirk Q9).
void record_outputs(protocol::TransactionState& state, const Transaction& transaction,
                    const Spending& spending, const std::optional<model::PublicKey>& pool) {
    for (const auto& [asset, sum] : spending.sums) {
        const bool pool_pays = pool && asset == model::kTosAsset;
        const model::Amount own =
            pool_pays ? model::Amount{sum.value() - transaction.fee.value()} : sum;
        state.record_output(model::balance_key(transaction.source, asset), own);
    }
    if (pool) {
        state.record_output(model::balance_key(*pool, model::kTosAsset), transaction.fee);
    }
    if (transaction.fee_type == FeeType::kTos) {
        state.totals().gas_fee = transaction.fee;
    }
}

RuleResult failed(model::ErrorCode code, bool has_effects) {
    return {model::TransactionStatus::kFailed, code, has_effects};
}

}  // namespace

RuleResult apply_transaction(protocol::TransactionState& state, model::TxIndex index,
                             const RuleContext& context) {
    const Transaction& transaction = context.transaction(index);

    auto spending = compute_spending(state, transaction, context.block.execution_topoheight());
    if (!spending || (transaction.fee_type != FeeType::kEnergy &&
                      !spending->add(model::kTosAsset, transaction.fee))) {
        return failed(model::ErrorCode::kOverflow, false);
    }
    const auto pool = fee_pool(state, transaction);
    if (const auto code = debit(state, transaction.source, *spending);
        code != model::ErrorCode::kSuccess) {
        return failed(code, true);
    }
    if (pool) {
        debit_pool(state, *pool, transaction.fee);
    }
    const auto* account = state.find<model::AccountRecord>(model::account_key(transaction.source));
    if (account == nullptr) {
        return failed(model::ErrorCode::kAccountNotFound, true);
    }
    state.put(model::account_key(transaction.source),
              model::AccountRecord{model::next(transaction.nonce), account->registered_at});
    record_outputs(state, transaction, *spending, pool);
    if (const auto code = consume_energy_fee(state, transaction);
        code != model::ErrorCode::kSuccess) {
        return failed(code, true);
    }
    if (const auto code =
            std::visit(PayloadEffects{state, transaction, context}, transaction.payload);
        code != model::ErrorCode::kSuccess) {
        return failed(code, true);
    }
    if (transaction.fee_type == FeeType::kTos) {
        state.totals().fee = transaction.fee;
    }
    return {model::TransactionStatus::kExecuted, model::ErrorCode::kSuccess, true};
}

}  // namespace parallax::tos::e1
