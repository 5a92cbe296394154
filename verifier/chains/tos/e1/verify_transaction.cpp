#include "verifier/chains/tos/e1/agent_rules.hpp"
#include "verifier/chains/tos/e1/energy_rules.hpp"
#include "verifier/chains/tos/e1/identities.hpp"
#include "verifier/chains/tos/e1/multisig_rules.hpp"
#include "verifier/chains/tos/e1/name_rules.hpp"
#include "verifier/chains/tos/e1/shield_proof.hpp"
#include "verifier/chains/tos/e1/spending.hpp"
#include "verifier/chains/tos/e1/transaction_rules.hpp"
#include "verifier/chains/tos/e1/wire.hpp"

#include <algorithm>

namespace parallax::tos::e1 {
namespace {

// Steps 3 to 5 of the main sequence (protocol notes, 4.2).
model::ErrorCode check_fee_type(const Transaction& transaction) {
    const model::TransactionType type = transaction_type(transaction.payload);
    switch (transaction.fee_type) {
        case FeeType::kTos:
            return model::ErrorCode::kSuccess;
        case FeeType::kEnergy:
            if (type != model::TransactionType::kTransfers &&
                type != model::TransactionType::kUnoTransfers &&
                type != model::TransactionType::kShieldTransfers &&
                type != model::TransactionType::kUnshieldTransfers) {
                return model::ErrorCode::kInvalidFormat;
            }
            return transaction.fee == model::Amount{0} ? model::ErrorCode::kSuccess
                                                       : model::ErrorCode::kInvalidPayload;
        case FeeType::kUno: {
            if (type != model::TransactionType::kUnoTransfers) {
                return model::ErrorCode::kInvalidFormat;
            }
            const auto& commitments = transaction.uno.source_commitments;
            const bool has_uno =
                std::any_of(commitments.begin(), commitments.end(),
                            [](const SourceCommitment& c) { return c.asset == model::kUnoAsset; });
            return transaction.fee == model::Amount{0} && has_uno
                       ? model::ErrorCode::kSuccess
                       : model::ErrorCode::kInvalidPayload;
        }
    }
    return model::ErrorCode::kUnknown;
}

/// Sum of encoded extra data over the outputs, and the limit of each (1, 5.1).
class ExtraDataLimits {
  public:
    [[nodiscard]] bool add(const std::optional<base::Bytes>& extra_data) {
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

model::ErrorCode check_deposits_and_gas(const std::vector<ContractDeposit>& deposits,
                                        model::Amount max_gas) {
    if (max_gas.value() > kMaxGas) {
        return model::ErrorCode::kInvalidPayload;
    }
    const bool has_zero =
        std::any_of(deposits.begin(), deposits.end(),
                    [](const ContractDeposit& d) { return d.amount == model::Amount{0}; });
    return has_zero ? model::ErrorCode::kInvalidFormat : model::ErrorCode::kSuccess;
}

model::ErrorCode check_burn(const Transaction& transaction, const BurnPayload& burn) {
    if (burn.amount == model::Amount{0}) {
        return model::ErrorCode::kInvalidAmount;
    }
    return model::checked_add(burn.amount, transaction.fee) ? model::ErrorCode::kSuccess
                                                            : model::ErrorCode::kInvalidFormat;
}

model::ErrorCode check_transfers(const Transaction& transaction, const TransfersPayload& payload) {
    if (payload.transfers.empty() || payload.transfers.size() > kMaxTransfers) {
        return model::ErrorCode::kInvalidFormat;
    }
    ExtraDataLimits extra_data;
    for (const Transfer& transfer : payload.transfers) {
        if (transfer.destination == transaction.source) {
            return model::ErrorCode::kSelfOperation;
        }
        if (!extra_data.add(transfer.extra_data)) {
            return model::ErrorCode::kInvalidPayload;
        }
    }
    return extra_data.total_is_fine() ? model::ErrorCode::kSuccess
                                      : model::ErrorCode::kInvalidPayload;
}

/// Step 8: the type's own checks (5.1 to 5.12). One overload per type.
struct PayloadChecks {
    protocol::TransactionState& state;
    const AdmittedEntry& admitted;

    const Transaction& transaction() const { return admitted.transaction; }

    model::ErrorCode operator()(const BurnPayload& burn) const {
        return check_burn(transaction(), burn);
    }
    model::ErrorCode operator()(const TransfersPayload& payload) const {
        return check_transfers(transaction(), payload);
    }
    model::ErrorCode operator()(const MultisigPayload&) const {
        return verify_multisig_payload(state, transaction());
    }
    model::ErrorCode operator()(const InvokeContractPayload& invoke) const {
        if (const auto code = check_deposits_and_gas(invoke.deposits, invoke.max_gas);
            code != model::ErrorCode::kSuccess) {
            return code;
        }
        return state.exists(model::contract_module_key(invoke.contract))
                   ? model::ErrorCode::kSuccess
                   : model::ErrorCode::kContractNotFound;
    }
    model::ErrorCode operator()(const DeployContractPayload& deploy) const {
        if (deploy.constructor) {
            if (const auto code = check_deposits_and_gas(deploy.constructor->deposits,
                                                         deploy.constructor->max_gas);
                code != model::ErrorCode::kSuccess) {
                return code;
            }
        }
        const model::Hash address = contract_address(transaction().source, deploy.module);
        return state.exists(model::contract_module_key(address)) ? model::ErrorCode::kDomainExists
                                                                 : model::ErrorCode::kSuccess;
    }
    model::ErrorCode operator()(const EnergyPayload& energy) const {
        if (transaction().fee != model::Amount{0}) {
            return model::ErrorCode::kInvalidPayload;
        }
        return verify_energy_payload(state, transaction().source, energy);
    }
    model::ErrorCode operator()(const UnoTransfersPayload& payload) const {
        const bool to_self = std::any_of(
            payload.transfers.begin(), payload.transfers.end(),
            [this](const UnoTransfer& t) { return t.destination == transaction().source; });
        return to_self ? model::ErrorCode::kSelfOperation : model::ErrorCode::kSuccess;
    }
    model::ErrorCode operator()(const ShieldTransfersPayload& payload) const {
        if (payload.transfers.empty() || payload.transfers.size() > kMaxTransfers) {
            return model::ErrorCode::kInvalidFormat;
        }
        ExtraDataLimits extra_data;
        for (const ShieldTransfer& transfer : payload.transfers) {
            if (const auto code = check_shield(transfer); code != model::ErrorCode::kSuccess) {
                return code;
            }
            if (!extra_data.add(transfer.extra_data)) {
                return model::ErrorCode::kInvalidPayload;
            }
        }
        return extra_data.total_is_fine() ? model::ErrorCode::kSuccess
                                          : model::ErrorCode::kInvalidPayload;
    }
    model::ErrorCode operator()(const UnshieldTransfersPayload& payload) const {
        if (payload.transfers.empty() || payload.transfers.size() > kMaxTransfers) {
            return model::ErrorCode::kInvalidFormat;
        }
        const bool has_zero =
            std::any_of(payload.transfers.begin(), payload.transfers.end(),
                        [](const UnshieldTransfer& t) { return t.amount == model::Amount{0}; });
        return has_zero ? model::ErrorCode::kInvalidAmount : model::ErrorCode::kSuccess;
    }
    model::ErrorCode operator()(const RegisterNamePayload&) const {
        return verify_name(state, transaction());
    }
    // An agent payload is judged after signature and multisig (5.8), in step 13.
    model::ErrorCode operator()(const AgentAccountPayload&) const {
        return model::ErrorCode::kSuccess;
    }

  private:
    static model::ErrorCode check_shield(const ShieldTransfer& transfer) {
        if (transfer.amount.value() < kMinShieldAmount) {
            return model::ErrorCode::kInvalidAmount;
        }
        if (transfer.asset != model::kTosAsset) {
            return model::ErrorCode::kInvalidPayload;
        }
        if (!crypto::is_valid_point(transfer.commitment.bytes()) ||
            !crypto::is_valid_point(transfer.destination.bytes()) ||
            !crypto::is_valid_point(transfer.receiver_handle.bytes())) {
            return model::ErrorCode::kInvalidFormat;
        }
        // A proof error has no code of its own in the mempool path (11.2).
        return verify_shield_proof(transfer) ? model::ErrorCode::kSuccess
                                             : model::ErrorCode::kUnknown;
    }
};

// Step 14: every sum is covered by what the source may spend.
model::ErrorCode check_spending(protocol::TransactionState& state, const Transaction& transaction,
                                const RuleContext& context) {
    auto spending = compute_spending(state, transaction, context.block.verification_topoheight());
    if (!spending) {
        return model::ErrorCode::kOverflow;
    }
    if (transaction.fee_type == FeeType::kTos && !fee_pool(state, transaction) &&
        !spending->add(model::kTosAsset, transaction.fee)) {
        return model::ErrorCode::kOverflow;
    }
    for (const auto& [asset, sum] : spending->sums) {
        const auto spendable = state.spendable(model::balance_key(transaction.source, asset));
        if (!spendable) {
            return model::ErrorCode::kUnknown;
        }
        if (*spendable < sum) {
            return model::ErrorCode::kInsufficientBalance;
        }
    }
    return model::ErrorCode::kSuccess;
}

// Step 15.
model::ErrorCode check_energy_fee(protocol::TransactionState& state,
                                  const Transaction& transaction) {
    if (transaction.fee_type != FeeType::kEnergy) {
        return model::ErrorCode::kSuccess;
    }
    const auto* resource = state.find<model::EnergyRecord>(model::energy_key(transaction.source));
    return resource != nullptr && resource->energy >= 1 ? model::ErrorCode::kSuccess
                                                        : model::ErrorCode::kInsufficientEnergy;
}

// Steps 9 to 13.
model::ErrorCode check_authority(protocol::TransactionState& state, model::TxIndex index,
                                 const RuleContext& context) {
    const Transaction& transaction = context.transaction(index);
    if (transaction.chain_id != context.profile.chain_id) {
        return model::ErrorCode::kInvalidType;
    }
    const Authorization authorization = authorize(state, index, context);
    if (authorization.code != model::ErrorCode::kSuccess) {
        return authorization.code;
    }
    if (const auto code = verify_multisig_section(state, index, context, authorization.is_owner);
        code != model::ErrorCode::kSuccess) {
        return code;
    }
    if (std::holds_alternative<AgentAccountPayload>(transaction.payload)) {
        return verify_agent_payload(state, transaction, context.block.verification_topoheight());
    }
    return model::ErrorCode::kSuccess;
}

// Steps 1 to 6: what is checked before the nonce, and needs no state.
model::ErrorCode check_envelope(const AdmittedEntry& admitted, const RuleContext& context) {
    if (admitted.computed_size > kMaxTransactionSize) {
        return model::ErrorCode::kInvalidFormat;
    }
    if (const auto code = check_fee_type(admitted.transaction);
        code != model::ErrorCode::kSuccess) {
        return code;
    }
    if (admitted.transaction.fee < required_fee(admitted)) {
        return model::ErrorCode::kInsufficientFee;
    }
    return admitted.transaction.reference.topoheight <= context.block.verification_topoheight()
               ? model::ErrorCode::kSuccess
               : model::ErrorCode::kInvalidPayload;
}

}  // namespace

bool passes_without_state(model::TxIndex index, const RuleContext& context) {
    const AdmittedEntry& admitted = context.entry(index);
    const Transaction& transaction = admitted.transaction;
    model::ErrorCode payload = model::ErrorCode::kUnknown;
    if (const auto* transfers = std::get_if<TransfersPayload>(&transaction.payload)) {
        payload = check_transfers(transaction, *transfers);
    } else if (const auto* burn = std::get_if<BurnPayload>(&transaction.payload)) {
        payload = check_burn(transaction, *burn);
    }
    return payload == model::ErrorCode::kSuccess && transaction.fee_type == FeeType::kTos &&
           !transaction.multisig && transaction.chain_id == context.profile.chain_id &&
           check_envelope(admitted, context) == model::ErrorCode::kSuccess &&
           context.signatures.under_source(index) == crypto::SignatureCheck::kValid;
}

model::ErrorCode verify_transaction(protocol::TransactionState& state, model::TxIndex index,
                                    const RuleContext& context) {
    const AdmittedEntry& admitted = context.entry(index);
    const Transaction& transaction = admitted.transaction;

    if (const auto code = check_envelope(admitted, context); code != model::ErrorCode::kSuccess) {
        return code;
    }
    if (const auto code = check_nonce(state, transaction); code != model::ErrorCode::kSuccess) {
        return code;
    }
    if (const auto code = std::visit(PayloadChecks{state, admitted}, transaction.payload);
        code != model::ErrorCode::kSuccess) {
        return code;
    }
    if (const auto code = check_authority(state, index, context);
        code != model::ErrorCode::kSuccess) {
        return code;
    }
    if (const auto code = check_spending(state, transaction, context);
        code != model::ErrorCode::kSuccess) {
        return code;
    }
    if (const auto code = check_energy_fee(state, transaction);
        code != model::ErrorCode::kSuccess) {
        return code;
    }
    if (const auto* energy = std::get_if<EnergyPayload>(&transaction.payload)) {
        return evaluate_energy(state, transaction.source, *energy,
                               context.block.verification_topoheight(), context.profile)
            .code;
    }
    return model::ErrorCode::kSuccess;
}

}  // namespace parallax::tos::e1
