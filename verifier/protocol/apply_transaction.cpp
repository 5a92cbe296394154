#include "verifier/codec/hashing.hpp"
#include "verifier/protocol/agent_rules.hpp"
#include "verifier/protocol/energy_rules.hpp"
#include "verifier/protocol/multisig_rules.hpp"
#include "verifier/protocol/name_rules.hpp"
#include "verifier/protocol/spending.hpp"
#include "verifier/protocol/transaction_rules.hpp"

namespace parallax {
namespace {

/// Credits `amount` on the receiver ledger; an account seen for the first time is created with
/// nonce 0 (semantics reference, 5.1).
ErrorCode credit_account(TransactionState& state, const PublicKey& destination,
                         const AssetId& asset, Amount amount, Topoheight now) {
    if (!state.exists(account_key(destination))) {
        state.put(account_key(destination), AccountRecord{Nonce{0}, now});
    }
    return state.credit(balance_key(destination, asset), amount) ? ErrorCode::kSuccess
                                                                 : ErrorCode::kOverflow;
}

/// Adds to the encrypted balance of a shield's destination (5.11). The commitment and handle were
/// checked to be points; a stored row that is not makes the transaction fail.
ErrorCode credit_encrypted(TransactionState& state, const ShieldTransfer& transfer,
                           Topoheight now) {
    if (!state.exists(account_key(transfer.destination))) {
        state.put(account_key(transfer.destination), AccountRecord{Nonce{0}, now});
    }
    const StateKey key = encrypted_balance_key(transfer.destination, kUnoAsset);
    EncryptedBalanceRecord sum{transfer.commitment, transfer.receiver_handle};
    if (const auto* known = state.find<EncryptedBalanceRecord>(key)) {
        const auto commitment = add_points(known->commitment, transfer.commitment);
        const auto handle = add_points(known->handle, transfer.receiver_handle);
        if (!commitment || !handle) {
            return ErrorCode::kInvalidPayload;
        }
        sum = {*commitment, *handle};
    }
    state.put(key, Boxed<EncryptedBalanceRecord>(sum));
    return ErrorCode::kSuccess;
}

/// Step 6: the type's effects (5.1 to 5.12). One overload per type.
struct PayloadEffects {
    TransactionState& state;
    const Transaction& transaction;
    const RuleContext& context;

    Topoheight now() const { return context.block.execution_topoheight(); }

    ErrorCode operator()(const BurnPayload& burn) const {
        if (burn.asset != kTosAsset) {
            return ErrorCode::kSuccess;
        }
        if (!state.credit(counter_key(Counter::kBurnedSupply), burn.amount)) {
            return ErrorCode::kOverflow;
        }
        state.totals().burned = burn.amount;
        return ErrorCode::kSuccess;
    }
    ErrorCode operator()(const TransfersPayload& payload) const {
        for (const Transfer& transfer : payload.transfers) {
            if (const auto code = credit_account(state, transfer.destination, transfer.asset,
                                                 transfer.amount, now());
                code != ErrorCode::kSuccess) {
                return code;
            }
        }
        return ErrorCode::kSuccess;
    }
    ErrorCode operator()(const MultisigPayload&) const {
        apply_multisig_payload(state, transaction);
        return ErrorCode::kSuccess;
    }
    // Needs the virtual machine; `is_unsupported` has kept it from getting here.
    ErrorCode operator()(const InvokeContractPayload&) const { return ErrorCode::kNotImplemented; }
    ErrorCode operator()(const DeployContractPayload& deploy) const {
        // The coin that a deploy costs leaves the sender and reaches no counter (quirk Q3).
        state.put(contract_module_key(contract_address(transaction.source, deploy.module)),
                  Boxed<BytesRecord>(BytesRecord{deploy.module}));
        return ErrorCode::kSuccess;
    }
    ErrorCode operator()(const EnergyPayload& energy) const {
        const EnergyEffects effects =
            evaluate_energy(state, transaction.source, energy, now(), context.profile);
        if (effects.code != ErrorCode::kSuccess) {
            return effects.code;
        }
        return commit_energy(state, transaction.source, effects);
    }
    ErrorCode operator()(const UnoTransfersPayload&) const { return ErrorCode::kNotImplemented; }
    ErrorCode operator()(const ShieldTransfersPayload& payload) const {
        for (const ShieldTransfer& transfer : payload.transfers) {
            if (const auto code = credit_encrypted(state, transfer, now());
                code != ErrorCode::kSuccess) {
                return code;
            }
        }
        return ErrorCode::kSuccess;
    }
    ErrorCode operator()(const UnshieldTransfersPayload&) const {
        return ErrorCode::kNotImplemented;
    }
    ErrorCode operator()(const RegisterNamePayload&) const {
        apply_name(state, transaction);
        return ErrorCode::kSuccess;
    }
    ErrorCode operator()(const AgentAccountPayload&) const {
        return apply_agent_payload(state, transaction, now());
    }
};

// Step 2: the sender versions go down one asset after the other; a shortfall is an overflow
// (quirk Q5), and what an earlier asset lost stays lost under `kOrphanPartial`.
ErrorCode debit(TransactionState& state, const PublicKey& source, const Spending& spending) {
    for (const auto& [asset, sum] : spending.sums) {
        const StateKey key = balance_key(source, asset);
        const auto spendable = state.spendable(key);
        if (!spendable) {
            return ErrorCode::kUnknown;
        }
        const auto rest = checked_sub(*spendable, sum);
        if (!rest) {
            return ErrorCode::kOverflow;
        }
        state.set_spendable(key, *rest);
    }
    return ErrorCode::kSuccess;
}

// Quirk Q9: a pool pays the fee out of what it may still spend in this block, as it does in the
// node's verification; `fee_pool` has found that it can. Without this the fees of several
// transactions would each be measured against the whole pool, and their sum would pass its balance.
void debit_pool(TransactionState& state, const PublicKey& pool, Amount fee) {
    const StateKey key = balance_key(pool, kTosAsset);
    const Amount held = state.spendable(key).value_or(Amount{0});
    state.set_spendable(key, saturating_sub(held, fee));
}

// Step 4: the fee counter and the outputs, which the block's end takes from the stored balances. A
// pool's share is recorded on the pool, although the source's version paid it, too (quirk Q9).
void record_outputs(TransactionState& state, const Transaction& transaction,
                    const Spending& spending, const std::optional<PublicKey>& pool) {
    for (const auto& [asset, sum] : spending.sums) {
        const bool pool_pays = pool && asset == kTosAsset;
        const Amount own = pool_pays ? Amount{sum.value() - transaction.fee.value()} : sum;
        state.record_output(balance_key(transaction.source, asset), own);
    }
    if (pool) {
        state.record_output(balance_key(*pool, kTosAsset), transaction.fee);
    }
    if (transaction.fee_type == FeeType::kTos) {
        state.totals().gas_fee = transaction.fee;
    }
}

RuleResult failed(ErrorCode code, bool has_effects) {
    return {TransactionStatus::kFailed, code, has_effects};
}

}  // namespace

RuleResult apply_transaction(TransactionState& state, TxIndex index, const RuleContext& context) {
    const Transaction& transaction = context.block.transactions()[index.value()].transaction;

    auto spending = compute_spending(state, transaction, context.block.execution_topoheight());
    if (!spending ||
        (transaction.fee_type != FeeType::kEnergy && !spending->add(kTosAsset, transaction.fee))) {
        return failed(ErrorCode::kOverflow, false);
    }
    const auto pool = fee_pool(state, transaction);
    if (const auto code = debit(state, transaction.source, *spending);
        code != ErrorCode::kSuccess) {
        return failed(code, true);
    }
    if (pool) {
        debit_pool(state, *pool, transaction.fee);
    }
    const auto* account = state.find<AccountRecord>(account_key(transaction.source));
    if (account == nullptr) {
        return failed(ErrorCode::kAccountNotFound, true);
    }
    state.put(account_key(transaction.source),
              AccountRecord{next(transaction.nonce), account->registered_at});
    record_outputs(state, transaction, *spending, pool);
    if (const auto code = consume_energy_fee(state, transaction); code != ErrorCode::kSuccess) {
        return failed(code, true);
    }
    if (const auto code =
            std::visit(PayloadEffects{state, transaction, context}, transaction.payload);
        code != ErrorCode::kSuccess) {
        return failed(code, true);
    }
    if (transaction.fee_type == FeeType::kTos) {
        state.totals().fee = transaction.fee;
    }
    return {TransactionStatus::kExecuted, ErrorCode::kSuccess, true};
}

}  // namespace parallax
