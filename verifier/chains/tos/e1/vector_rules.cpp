#include "verifier/chains/tos/e1/vector_rules.hpp"

#include "verifier/chains/tos/e1/spending.hpp"
#include "verifier/chains/tos/e1/wire.hpp"

#include <algorithm>
#include <limits>

namespace parallax::tos::e1 {
namespace {

constexpr std::size_t kMaxDeposits = 255;

RuleResult failed(model::ErrorCode code) {
    return {model::TransactionStatus::kFailed, code, false};
}

RuleResult executed() {
    return {model::TransactionStatus::kExecuted, model::ErrorCode::kSuccess, true};
}

model::Amount tos_balance(protocol::TransactionState& state, const model::PublicKey& account) {
    return state.spendable(model::balance_key(account, model::kTosAsset))
        .value_or(model::Amount{0});
}

// H2 to H4 (protocol notes, 4.1).
model::ErrorCode precheck(protocol::TransactionState& state, const Transaction& transaction) {
    if (!state.exists(model::account_key(transaction.source))) {
        return model::ErrorCode::kAccountNotFound;
    }
    if (const auto* payload = std::get_if<TransfersPayload>(&transaction.payload)) {
        if (payload->transfers.empty() || payload->transfers.size() > kMaxTransfers) {
            return model::ErrorCode::kInvalidFormat;
        }
    }
    if (transaction.fee_type == FeeType::kTos && transaction.fee > model::Amount{0} &&
        !std::holds_alternative<EnergyPayload>(transaction.payload) &&
        tos_balance(state, transaction.source) < transaction.fee) {
        return model::ErrorCode::kInsufficientFee;
    }
    return model::ErrorCode::kSuccess;
}

void bump_nonce(protocol::TransactionState& state, const Transaction& transaction) {
    const model::StateKey key = model::account_key(transaction.source);
    if (const auto* account = state.find<model::AccountRecord>(key)) {
        state.put(key, model::AccountRecord{model::next(account->nonce), account->registered_at});
    }
}

/// Takes from the sender's TOS, at most all of it: the shortcuts subtract saturating.
void debit_saturating(protocol::TransactionState& state, const model::PublicKey& source,
                      model::Amount amount) {
    const model::StateKey key = model::balance_key(source, model::kTosAsset);
    const model::Amount balance = tos_balance(state, source);
    const model::Amount taken = std::min(balance, amount);
    state.set_spendable(key, model::saturating_sub(balance, taken));
    state.record_output(key, taken);
}

void credit_saturating(protocol::TransactionState& state, const model::PublicKey& destination,
                       model::Amount amount, model::Topoheight now) {
    if (!state.exists(model::account_key(destination))) {
        state.put(model::account_key(destination), model::AccountRecord{model::Nonce{0}, now});
    }
    const model::StateKey key = model::balance_key(destination, model::kTosAsset);
    const model::Amount held = state.received_total(key).value_or(model::Amount{0});
    const model::Amount room =
        model::Amount{std::numeric_limits<std::uint64_t>::max() - held.value()};
    // Never refused: the amount was cut to the room there is.
    static_cast<void>(state.credit(key, std::min(room, amount)));
}

model::Amount tos_fee(const Transaction& transaction) {
    return transaction.fee_type == FeeType::kTos ? transaction.fee : model::Amount{0};
}

// 5.5.1: nothing runs, deposits stay, and neither signature nor minimum fee is looked at.
RuleResult invoke_shortcut(protocol::TransactionState& state, const Transaction& transaction,
                           const InvokeContractPayload& invoke) {
    if (invoke.deposits.size() > kMaxDeposits || invoke.max_gas.value() > protocol::kMaxGas) {
        return failed(model::ErrorCode::kInvalidPayload);
    }
    for (const ContractDeposit& deposit : invoke.deposits) {
        if (deposit.amount == model::Amount{0}) {
            return failed(model::ErrorCode::kInvalidFormat);
        }
    }
    if (const auto code = check_nonce(state, transaction); code != model::ErrorCode::kSuccess) {
        return failed(code);
    }
    if (!state.exists(model::contract_module_key(invoke.contract))) {
        return failed(model::ErrorCode::kContractNotFound);
    }
    const model::Amount cost = model::saturating_add(transaction.fee, invoke.max_gas);
    if (tos_balance(state, transaction.source) < cost) {
        return failed(model::ErrorCode::kInsufficientBalance);
    }
    debit_saturating(state, transaction.source, cost);
    bump_nonce(state, transaction);
    return executed();
}

// 5.10: no proof, signature, chain id or minimum fee; encrypted balances are not moved.
RuleResult uno_shortcut(protocol::TransactionState& state, const Transaction& transaction,
                        const UnoTransfersPayload& payload) {
    if (payload.transfers.empty() || payload.transfers.size() > kMaxTransfers) {
        return failed(model::ErrorCode::kInvalidFormat);
    }
    for (const UnoTransfer& transfer : payload.transfers) {
        if (transfer.destination == transaction.source) {
            return failed(model::ErrorCode::kSelfOperation);
        }
    }
    if (const auto code = check_nonce(state, transaction); code != model::ErrorCode::kSuccess) {
        return failed(code);
    }
    if (transaction.fee_type == FeeType::kUno && transaction.fee != model::Amount{0}) {
        return failed(model::ErrorCode::kInvalidFormat);
    }
    if (transaction.fee_type == FeeType::kEnergy && transaction.fee != model::Amount{0}) {
        return failed(model::ErrorCode::kInvalidPayload);
    }
    if (const auto code = consume_energy_fee(state, transaction);
        code != model::ErrorCode::kSuccess) {
        return failed(code);
    }
    debit_saturating(state, transaction.source, tos_fee(transaction));
    bump_nonce(state, transaction);
    return executed();
}

// 5.12: each destination (the source is allowed) gains its amount, saturating.
RuleResult unshield_shortcut(protocol::TransactionState& state, const Transaction& transaction,
                             const UnshieldTransfersPayload& payload, model::Topoheight now) {
    if (payload.transfers.empty()) {
        return failed(model::ErrorCode::kInvalidFormat);
    }
    if (const auto code = check_nonce(state, transaction); code != model::ErrorCode::kSuccess) {
        return failed(code);
    }
    if (transaction.fee_type == FeeType::kEnergy && transaction.fee != model::Amount{0}) {
        return failed(model::ErrorCode::kInvalidPayload);
    }
    for (const UnshieldTransfer& transfer : payload.transfers) {
        if (transfer.amount == model::Amount{0}) {
            return failed(model::ErrorCode::kInvalidAmount);
        }
    }
    if (const auto code = consume_energy_fee(state, transaction);
        code != model::ErrorCode::kSuccess) {
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
std::optional<RuleResult> run_shortcut(protocol::TransactionState& state,
                                       const Transaction& transaction, const RuleContext& context) {
    if (context.profile.path != protocol::ExecutionPath::kVectorTransaction) {
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

RuleResult verify_vector_transaction(protocol::TransactionState& state, model::TxIndex index,
                                     const RuleContext& context) {
    const Transaction& transaction = context.block.transactions()[index.value()].transaction;
    if (context.profile.path == protocol::ExecutionPath::kVectorTransaction) {
        if (const auto code = precheck(state, transaction); code != model::ErrorCode::kSuccess) {
            return failed(code);
        }
    }
    if (const auto shortcut = run_shortcut(state, transaction, context)) {
        return *shortcut;
    }
    if (const auto code = verify_transaction(state, index, context);
        code != model::ErrorCode::kSuccess) {
        return failed(code);
    }
    // What later transactions of this sender must see: its debits, nonce, and own records. Credits
    // are discarded by `check_block`, and a failure here is the apply phase's to report.
    RuleResult applied = apply_transaction(state, index, context);
    applied.status = model::TransactionStatus::kExecuted;
    applied.code = model::ErrorCode::kSuccess;
    return applied;
}

RuleResult apply_vector_transaction(protocol::TransactionState& state, model::TxIndex index,
                                    const RuleContext& context) {
    const Transaction& transaction = context.block.transactions()[index.value()].transaction;
    if (const auto shortcut = run_shortcut(state, transaction, context)) {
        return *shortcut;
    }
    return apply_transaction(state, index, context);
}

}  // namespace parallax::tos::e1
