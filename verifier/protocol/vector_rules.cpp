#include "verifier/protocol/vector_rules.hpp"

#include "verifier/codec/wire.hpp"
#include "verifier/protocol/spending.hpp"

#include <algorithm>
#include <limits>

namespace parallax {
namespace {

constexpr std::size_t kMaxDeposits = 255;

RuleResult failed(ErrorCode code) {
    return {TransactionStatus::kFailed, code, false};
}

RuleResult executed() {
    return {TransactionStatus::kExecuted, ErrorCode::kSuccess, true};
}

Amount tos_balance(TransactionState& state, const PublicKey& account) {
    return state.spendable(balance_key(account, kTosAsset)).value_or(Amount{0});
}

// H2 to H4 (semantics reference, 4.1).
ErrorCode precheck(TransactionState& state, const Transaction& transaction) {
    if (!state.exists(account_key(transaction.source))) {
        return ErrorCode::kAccountNotFound;
    }
    if (const auto* payload = std::get_if<TransfersPayload>(&transaction.payload)) {
        if (payload->transfers.empty() || payload->transfers.size() > kMaxTransfers) {
            return ErrorCode::kInvalidFormat;
        }
    }
    if (transaction.fee_type == FeeType::kTos && transaction.fee > Amount{0} &&
        !std::holds_alternative<EnergyPayload>(transaction.payload) &&
        tos_balance(state, transaction.source) < transaction.fee) {
        return ErrorCode::kInsufficientFee;
    }
    return ErrorCode::kSuccess;
}

void bump_nonce(TransactionState& state, const Transaction& transaction) {
    const StateKey key = account_key(transaction.source);
    if (const auto* account = state.find<AccountRecord>(key)) {
        state.put(key, AccountRecord{next(account->nonce), account->registered_at});
    }
}

/// Takes from the sender's TOS, at most all of it: the shortcuts subtract saturating.
void debit_saturating(TransactionState& state, const PublicKey& source, Amount amount) {
    const StateKey key = balance_key(source, kTosAsset);
    const Amount balance = tos_balance(state, source);
    const Amount taken = std::min(balance, amount);
    state.set_spendable(key, saturating_sub(balance, taken));
    state.record_output(key, taken);
}

void credit_saturating(TransactionState& state, const PublicKey& destination, Amount amount,
                       Topoheight now) {
    if (!state.exists(account_key(destination))) {
        state.put(account_key(destination), AccountRecord{Nonce{0}, now});
    }
    const StateKey key = balance_key(destination, kTosAsset);
    const Amount held = state.received_total(key).value_or(Amount{0});
    const Amount room = Amount{std::numeric_limits<std::uint64_t>::max() - held.value()};
    // Never refused: the amount was cut to the room there is.
    static_cast<void>(state.credit(key, std::min(room, amount)));
}

Amount tos_fee(const Transaction& transaction) {
    return transaction.fee_type == FeeType::kTos ? transaction.fee : Amount{0};
}

// 5.5.1: nothing runs, deposits stay, and neither signature nor minimum fee is looked at.
RuleResult invoke_shortcut(TransactionState& state, const Transaction& transaction,
                           const InvokeContractPayload& invoke) {
    if (invoke.deposits.size() > kMaxDeposits || invoke.max_gas.value() > kMaxGas) {
        return failed(ErrorCode::kInvalidPayload);
    }
    for (const ContractDeposit& deposit : invoke.deposits) {
        if (deposit.amount == Amount{0}) {
            return failed(ErrorCode::kInvalidFormat);
        }
    }
    if (const auto code = check_nonce(state, transaction); code != ErrorCode::kSuccess) {
        return failed(code);
    }
    if (!state.exists(contract_module_key(invoke.contract))) {
        return failed(ErrorCode::kContractNotFound);
    }
    const Amount cost = saturating_add(transaction.fee, invoke.max_gas);
    if (tos_balance(state, transaction.source) < cost) {
        return failed(ErrorCode::kInsufficientBalance);
    }
    debit_saturating(state, transaction.source, cost);
    bump_nonce(state, transaction);
    return executed();
}

// 5.10: no proof, signature, chain id or minimum fee; encrypted balances are not moved.
RuleResult uno_shortcut(TransactionState& state, const Transaction& transaction,
                        const UnoTransfersPayload& payload) {
    if (payload.transfers.empty() || payload.transfers.size() > kMaxTransfers) {
        return failed(ErrorCode::kInvalidFormat);
    }
    for (const UnoTransfer& transfer : payload.transfers) {
        if (transfer.destination == transaction.source) {
            return failed(ErrorCode::kSelfOperation);
        }
    }
    if (const auto code = check_nonce(state, transaction); code != ErrorCode::kSuccess) {
        return failed(code);
    }
    if (transaction.fee_type == FeeType::kUno && transaction.fee != Amount{0}) {
        return failed(ErrorCode::kInvalidFormat);
    }
    if (transaction.fee_type == FeeType::kEnergy && transaction.fee != Amount{0}) {
        return failed(ErrorCode::kInvalidPayload);
    }
    if (const auto code = consume_energy_fee(state, transaction); code != ErrorCode::kSuccess) {
        return failed(code);
    }
    debit_saturating(state, transaction.source, tos_fee(transaction));
    bump_nonce(state, transaction);
    return executed();
}

// 5.12: each destination (the source is allowed) gains its amount, saturating.
RuleResult unshield_shortcut(TransactionState& state, const Transaction& transaction,
                             const UnshieldTransfersPayload& payload, Topoheight now) {
    if (payload.transfers.empty()) {
        return failed(ErrorCode::kInvalidFormat);
    }
    if (const auto code = check_nonce(state, transaction); code != ErrorCode::kSuccess) {
        return failed(code);
    }
    if (transaction.fee_type == FeeType::kEnergy && transaction.fee != Amount{0}) {
        return failed(ErrorCode::kInvalidPayload);
    }
    for (const UnshieldTransfer& transfer : payload.transfers) {
        if (transfer.amount == Amount{0}) {
            return failed(ErrorCode::kInvalidAmount);
        }
    }
    if (const auto code = consume_energy_fee(state, transaction); code != ErrorCode::kSuccess) {
        return failed(code);
    }
    for (const UnshieldTransfer& transfer : payload.transfers) {
        credit_saturating(state, transfer.destination, transfer.amount, now);
    }
    debit_saturating(state, transaction.source, tos_fee(transaction));
    bump_nonce(state, transaction);
    return executed();
}

/// The result of the type's shortcut, if it has one on this path.
std::optional<RuleResult> run_shortcut(TransactionState& state, const Transaction& transaction,
                                       const RuleContext& context) {
    if (context.profile.path != ExecutionPath::kVectorTransaction) {
        return std::nullopt;
    }
    if (const auto* invoke = std::get_if<InvokeContractPayload>(&transaction.payload)) {
        return invoke_shortcut(state, transaction, *invoke);
    }
    if (const auto* uno = std::get_if<UnoTransfersPayload>(&transaction.payload)) {
        return uno_shortcut(state, transaction, *uno);
    }
    if (const auto* unshield = std::get_if<UnshieldTransfersPayload>(&transaction.payload)) {
        return unshield_shortcut(state, transaction, *unshield,
                                 context.block.execution_topoheight());
    }
    return std::nullopt;
}

}  // namespace

RuleResult verify_vector_transaction(TransactionState& state, TxIndex index,
                                     const RuleContext& context) {
    const Transaction& transaction = context.block.transactions()[index.value()].transaction;
    if (context.profile.path == ExecutionPath::kVectorTransaction) {
        if (const auto code = precheck(state, transaction); code != ErrorCode::kSuccess) {
            return failed(code);
        }
    }
    if (const auto shortcut = run_shortcut(state, transaction, context)) {
        return *shortcut;
    }
    if (const auto code = verify_transaction(state, index, context); code != ErrorCode::kSuccess) {
        return failed(code);
    }
    // What later transactions of this sender must see: its debits, nonce, and own records. Credits
    // are discarded by the pass, and a failure here is the apply phase's to report.
    RuleResult applied = apply_transaction(state, index, context);
    applied.status = TransactionStatus::kExecuted;
    applied.code = ErrorCode::kSuccess;
    return applied;
}

RuleResult apply_vector_transaction(TransactionState& state, TxIndex index,
                                    const RuleContext& context) {
    const Transaction& transaction = context.block.transactions()[index.value()].transaction;
    if (const auto shortcut = run_shortcut(state, transaction, context)) {
        return *shortcut;
    }
    return apply_transaction(state, index, context);
}

}  // namespace parallax
