#include "verifier/codec/hashing.hpp"
#include "verifier/codec/wire.hpp"
#include "verifier/protocol/agent_rules.hpp"
#include "verifier/protocol/energy_rules.hpp"
#include "verifier/protocol/multisig_rules.hpp"
#include "verifier/protocol/name_rules.hpp"
#include "verifier/protocol/spending.hpp"
#include "verifier/protocol/transaction_rules.hpp"

#include <algorithm>

namespace parallax {
namespace {

// Steps 3 to 5 of the main sequence (semantics reference, 4.2).
ErrorCode check_fee_type(const Transaction& transaction) {
    const TransactionType type = transaction_type(transaction.payload);
    switch (transaction.fee_type) {
        case FeeType::kTos:
            return ErrorCode::kSuccess;
        case FeeType::kEnergy:
            if (type != TransactionType::kTransfers && type != TransactionType::kUnoTransfers &&
                type != TransactionType::kShieldTransfers &&
                type != TransactionType::kUnshieldTransfers) {
                return ErrorCode::kInvalidFormat;
            }
            return transaction.fee == Amount{0} ? ErrorCode::kSuccess : ErrorCode::kInvalidPayload;
        case FeeType::kUno: {
            if (type != TransactionType::kUnoTransfers) {
                return ErrorCode::kInvalidFormat;
            }
            const auto& commitments = transaction.uno.source_commitments;
            const bool has_uno =
                std::any_of(commitments.begin(), commitments.end(),
                            [](const SourceCommitment& c) { return c.asset == kUnoAsset; });
            return transaction.fee == Amount{0} && has_uno ? ErrorCode::kSuccess
                                                           : ErrorCode::kInvalidPayload;
        }
    }
    return ErrorCode::kUnknown;
}

/// Sum of encoded extra data over the outputs, and the limit of each (1, 5.1).
class ExtraDataLimits {
  public:
    [[nodiscard]] bool add(const std::optional<Bytes>& extra_data) {
        if (!extra_data) {
            return true;
        }
        total_ += 2 + extra_data->size();
        return extra_data->size() <= kMaxExtraDataPerOutput;
    }
    [[nodiscard]] bool total_is_fine() const { return total_ <= kMaxExtraDataEncodedTotal; }

  private:
    std::size_t total_ = 0;
};

ErrorCode check_deposits_and_gas(const std::vector<ContractDeposit>& deposits, Amount max_gas) {
    if (max_gas.value() > kMaxGas) {
        return ErrorCode::kInvalidPayload;
    }
    const bool has_zero =
        std::any_of(deposits.begin(), deposits.end(),
                    [](const ContractDeposit& d) { return d.amount == Amount{0}; });
    return has_zero ? ErrorCode::kInvalidFormat : ErrorCode::kSuccess;
}

ErrorCode check_burn(const Transaction& transaction, const BurnPayload& burn) {
    if (burn.amount == Amount{0}) {
        return ErrorCode::kInvalidAmount;
    }
    return checked_add(burn.amount, transaction.fee) ? ErrorCode::kSuccess
                                                     : ErrorCode::kInvalidFormat;
}

ErrorCode check_transfers(const Transaction& transaction, const TransfersPayload& payload) {
    if (payload.transfers.empty() || payload.transfers.size() > kMaxTransfers) {
        return ErrorCode::kInvalidFormat;
    }
    ExtraDataLimits extra_data;
    for (const Transfer& transfer : payload.transfers) {
        if (transfer.destination == transaction.source) {
            return ErrorCode::kSelfOperation;
        }
        if (!extra_data.add(transfer.extra_data)) {
            return ErrorCode::kInvalidPayload;
        }
    }
    return extra_data.total_is_fine() ? ErrorCode::kSuccess : ErrorCode::kInvalidPayload;
}

/// Step 8: the type's own checks (5.1 to 5.12). One overload per type.
struct PayloadChecks {
    TransactionState& state;
    const AdmittedTransaction& admitted;

    const Transaction& transaction() const { return admitted.transaction; }

    ErrorCode operator()(const BurnPayload& burn) const { return check_burn(transaction(), burn); }
    ErrorCode operator()(const TransfersPayload& payload) const {
        return check_transfers(transaction(), payload);
    }
    ErrorCode operator()(const MultisigPayload&) const {
        return verify_multisig_payload(state, transaction());
    }
    ErrorCode operator()(const InvokeContractPayload& invoke) const {
        if (const auto code = check_deposits_and_gas(invoke.deposits, invoke.max_gas);
            code != ErrorCode::kSuccess) {
            return code;
        }
        return state.exists(contract_module_key(invoke.contract)) ? ErrorCode::kSuccess
                                                                  : ErrorCode::kContractNotFound;
    }
    ErrorCode operator()(const DeployContractPayload& deploy) const {
        if (deploy.constructor) {
            if (const auto code = check_deposits_and_gas(deploy.constructor->deposits,
                                                         deploy.constructor->max_gas);
                code != ErrorCode::kSuccess) {
                return code;
            }
        }
        const Hash address = contract_address(transaction().source, deploy.module);
        return state.exists(contract_module_key(address)) ? ErrorCode::kDomainExists
                                                          : ErrorCode::kSuccess;
    }
    ErrorCode operator()(const EnergyPayload& energy) const {
        if (transaction().fee != Amount{0}) {
            return ErrorCode::kInvalidPayload;
        }
        return verify_energy_payload(state, transaction().source, energy);
    }
    ErrorCode operator()(const UnoTransfersPayload& payload) const {
        const bool to_self = std::any_of(
            payload.transfers.begin(), payload.transfers.end(),
            [this](const UnoTransfer& t) { return t.destination == transaction().source; });
        return to_self ? ErrorCode::kSelfOperation : ErrorCode::kSuccess;
    }
    ErrorCode operator()(const ShieldTransfersPayload& payload) const {
        if (payload.transfers.empty() || payload.transfers.size() > kMaxTransfers) {
            return ErrorCode::kInvalidFormat;
        }
        ExtraDataLimits extra_data;
        for (const ShieldTransfer& transfer : payload.transfers) {
            if (const auto code = check_shield(transfer); code != ErrorCode::kSuccess) {
                return code;
            }
            if (!extra_data.add(transfer.extra_data)) {
                return ErrorCode::kInvalidPayload;
            }
        }
        return extra_data.total_is_fine() ? ErrorCode::kSuccess : ErrorCode::kInvalidPayload;
    }
    ErrorCode operator()(const UnshieldTransfersPayload& payload) const {
        if (payload.transfers.empty() || payload.transfers.size() > kMaxTransfers) {
            return ErrorCode::kInvalidFormat;
        }
        const bool has_zero =
            std::any_of(payload.transfers.begin(), payload.transfers.end(),
                        [](const UnshieldTransfer& t) { return t.amount == Amount{0}; });
        return has_zero ? ErrorCode::kInvalidAmount : ErrorCode::kSuccess;
    }
    ErrorCode operator()(const RegisterNamePayload&) const {
        return verify_name(state, transaction());
    }
    // An agent payload is judged after signature and multisig (5.8), in step 13.
    ErrorCode operator()(const AgentAccountPayload&) const { return ErrorCode::kSuccess; }

  private:
    static ErrorCode check_shield(const ShieldTransfer& transfer) {
        if (transfer.amount.value() < kMinShieldAmount) {
            return ErrorCode::kInvalidAmount;
        }
        if (transfer.asset != kTosAsset) {
            return ErrorCode::kInvalidPayload;
        }
        if (!is_valid_point(transfer.commitment.bytes()) ||
            !is_valid_point(transfer.destination.bytes()) ||
            !is_valid_point(transfer.receiver_handle.bytes())) {
            return ErrorCode::kInvalidFormat;
        }
        // A proof error has no code of its own in the mempool path (11.2).
        return verify_shield_proof(transfer) ? ErrorCode::kSuccess : ErrorCode::kUnknown;
    }
};

// Step 14: every sum is covered by what the source may spend.
ErrorCode check_spending(TransactionState& state, const Transaction& transaction,
                         const RuleContext& context) {
    auto spending = compute_spending(state, transaction, context.block.verification_topoheight());
    if (!spending) {
        return ErrorCode::kOverflow;
    }
    if (transaction.fee_type == FeeType::kTos && !fee_pool(state, transaction) &&
        !spending->add(kTosAsset, transaction.fee)) {
        return ErrorCode::kOverflow;
    }
    for (const auto& [asset, sum] : spending->sums) {
        const auto spendable = state.spendable(balance_key(transaction.source, asset));
        if (!spendable) {
            return ErrorCode::kUnknown;
        }
        if (*spendable < sum) {
            return ErrorCode::kInsufficientBalance;
        }
    }
    return ErrorCode::kSuccess;
}

// Step 15.
ErrorCode check_energy_fee(TransactionState& state, const Transaction& transaction) {
    if (transaction.fee_type != FeeType::kEnergy) {
        return ErrorCode::kSuccess;
    }
    const auto* resource = state.find<EnergyRecord>(energy_key(transaction.source));
    return resource != nullptr && resource->energy >= 1 ? ErrorCode::kSuccess
                                                        : ErrorCode::kInsufficientEnergy;
}

// Steps 9 to 13.
ErrorCode check_authority(TransactionState& state, TxIndex index, const RuleContext& context) {
    const Transaction& transaction = context.block.transactions()[index.value()].transaction;
    if (transaction.chain_id != context.profile.chain_id) {
        return ErrorCode::kInvalidType;
    }
    const Authorization authorization = authorize(state, index, context);
    if (authorization.code != ErrorCode::kSuccess) {
        return authorization.code;
    }
    if (const auto code = verify_multisig_section(state, index, context, authorization.is_owner);
        code != ErrorCode::kSuccess) {
        return code;
    }
    if (std::holds_alternative<AgentAccountPayload>(transaction.payload)) {
        return verify_agent_payload(state, transaction, context.block.verification_topoheight());
    }
    return ErrorCode::kSuccess;
}

// Steps 1 to 6: what is checked before the nonce, and needs no state.
ErrorCode check_envelope(const AdmittedTransaction& admitted, const RuleContext& context) {
    if (admitted.computed_size > kMaxTransactionSize) {
        return ErrorCode::kInvalidFormat;
    }
    if (const auto code = check_fee_type(admitted.transaction); code != ErrorCode::kSuccess) {
        return code;
    }
    if (admitted.transaction.fee < required_fee(admitted)) {
        return ErrorCode::kInsufficientFee;
    }
    return admitted.transaction.reference.topoheight <= context.block.verification_topoheight()
               ? ErrorCode::kSuccess
               : ErrorCode::kInvalidPayload;
}

}  // namespace

bool passes_without_state(TxIndex index, const RuleContext& context) {
    const AdmittedTransaction& admitted = context.block.transactions()[index.value()];
    const Transaction& transaction = admitted.transaction;
    ErrorCode payload = ErrorCode::kUnknown;
    if (const auto* transfers = std::get_if<TransfersPayload>(&transaction.payload)) {
        payload = check_transfers(transaction, *transfers);
    } else if (const auto* burn = std::get_if<BurnPayload>(&transaction.payload)) {
        payload = check_burn(transaction, *burn);
    }
    return payload == ErrorCode::kSuccess && transaction.fee_type == FeeType::kTos &&
           !transaction.multisig && transaction.chain_id == context.profile.chain_id &&
           check_envelope(admitted, context) == ErrorCode::kSuccess &&
           context.signatures.under_source(index) == SignatureCheck::kValid;
}

ErrorCode verify_transaction(TransactionState& state, TxIndex index, const RuleContext& context) {
    const AdmittedTransaction& admitted = context.block.transactions()[index.value()];
    const Transaction& transaction = admitted.transaction;

    if (const auto code = check_envelope(admitted, context); code != ErrorCode::kSuccess) {
        return code;
    }
    if (const auto code = check_nonce(state, transaction); code != ErrorCode::kSuccess) {
        return code;
    }
    if (const auto code = std::visit(PayloadChecks{state, admitted}, transaction.payload);
        code != ErrorCode::kSuccess) {
        return code;
    }
    if (const auto code = check_authority(state, index, context); code != ErrorCode::kSuccess) {
        return code;
    }
    if (const auto code = check_spending(state, transaction, context);
        code != ErrorCode::kSuccess) {
        return code;
    }
    if (const auto code = check_energy_fee(state, transaction); code != ErrorCode::kSuccess) {
        return code;
    }
    if (const auto* energy = std::get_if<EnergyPayload>(&transaction.payload)) {
        return evaluate_energy(state, transaction.source, *energy,
                               context.block.verification_topoheight(), context.profile)
            .code;
    }
    return ErrorCode::kSuccess;
}

}  // namespace parallax
