#include "verifier/chains/tos/e1/spending.hpp"

#include "verifier/chains/tos/e1/agent_rules.hpp"
#include "verifier/chains/tos/e1/energy_rules.hpp"

namespace parallax::tos::e1 {
namespace {

bool add_deposits(Spending& spending, const std::vector<ContractDeposit>& deposits) {
    for (const ContractDeposit& deposit : deposits) {
        if (!spending.add(deposit.asset, deposit.amount)) {
            return false;
        }
    }
    return true;
}

/// Adds what the payload takes; one overload per type, so that a new type fails to compile.
struct PayloadSpending {
    protocol::TransactionState& state;
    const Transaction& transaction;
    model::Topoheight now;
    Spending& spending;

    bool operator()(const BurnPayload& burn) const { return spending.add(burn.asset, burn.amount); }
    bool operator()(const TransfersPayload& payload) const {
        for (const Transfer& transfer : payload.transfers) {
            if (!spending.add(transfer.asset, transfer.amount)) {
                return false;
            }
        }
        return true;
    }
    bool operator()(const MultisigPayload&) const { return true; }
    bool operator()(const InvokeContractPayload& invoke) const {
        return add_deposits(spending, invoke.deposits) &&
               spending.add(model::kTosAsset, invoke.max_gas);
    }
    bool operator()(const DeployContractPayload& deploy) const {
        if (!spending.add(model::kTosAsset, model::Amount{kDeployBurn})) {
            return false;
        }
        return !deploy.constructor || (add_deposits(spending, deploy.constructor->deposits) &&
                                       spending.add(model::kTosAsset, deploy.constructor->max_gas));
    }
    bool operator()(const EnergyPayload& energy) const {
        const auto amount = energy_spending(state, transaction.source, energy, now);
        return amount && (*amount == model::Amount{0} || spending.add(model::kTosAsset, *amount));
    }
    bool operator()(const UnoTransfersPayload&) const { return true; }
    bool operator()(const ShieldTransfersPayload& payload) const {
        for (const ShieldTransfer& transfer : payload.transfers) {
            if (!spending.add(model::kTosAsset, transfer.amount)) {
                return false;
            }
        }
        return true;
    }
    bool operator()(const UnshieldTransfersPayload&) const { return true; }
    bool operator()(const RegisterNamePayload&) const { return true; }
    bool operator()(const AgentAccountPayload&) const { return true; }
};

std::uint64_t output_count(const Payload& payload) {
    const auto* transfers = std::get_if<TransfersPayload>(&payload);
    return transfers == nullptr ? 0 : transfers->transfers.size();
}

}  // namespace

bool Spending::add(const model::AssetId& asset, model::Amount amount) {
    for (auto& [known, sum] : sums) {
        if (known == asset) {
            const auto total = model::checked_add(sum, amount);
            if (!total) {
                return false;
            }
            sum = *total;
            return true;
        }
    }
    sums.emplace_back(asset, amount);
    return true;
}

model::Amount Spending::of(const model::AssetId& asset) const {
    for (const auto& [known, sum] : sums) {
        if (known == asset) {
            return sum;
        }
    }
    return model::Amount{0};
}

std::optional<Spending> compute_spending(protocol::TransactionState& state,
                                         const Transaction& transaction, model::Topoheight now) {
    Spending spending;
    const PayloadSpending add{state, transaction, now, spending};
    if (!std::visit(add, transaction.payload)) {
        return std::nullopt;
    }
    return spending;
}

std::optional<model::PublicKey> fee_pool(protocol::TransactionState& state,
                                         const Transaction& transaction) {
    if (transaction.fee_type != FeeType::kTos || transaction.fee == model::Amount{0}) {
        return std::nullopt;
    }
    const auto pool = energy_pool_of(state, transaction.source);
    if (!pool || *pool == transaction.source) {
        return std::nullopt;
    }
    const auto spendable = state.spendable(model::balance_key(*pool, model::kTosAsset));
    return spendable && *spendable >= transaction.fee ? pool : std::nullopt;
}

model::Amount required_fee(const AdmittedEntry& admitted) {
    const Transaction& transaction = admitted.transaction;
    if (transaction.fee_type == FeeType::kEnergy ||
        std::holds_alternative<EnergyPayload>(transaction.payload)) {
        return model::Amount{0};
    }
    const std::uint64_t kilobytes = (admitted.computed_size + 1023) / 1024;
    const std::uint64_t cosignatures =
        transaction.multisig ? transaction.multisig->signatures.size() : 0;
    return model::Amount{kilobytes * kFeePerKilobyte +
                         output_count(transaction.payload) * kFeePerOutput +
                         cosignatures * kFeePerMultisigSignature};
}

model::ErrorCode check_nonce(protocol::TransactionState& state, const Transaction& transaction) {
    const auto* account = state.find<model::AccountRecord>(model::account_key(transaction.source));
    if (account == nullptr) {
        return model::ErrorCode::kAccountNotFound;
    }
    if (transaction.nonce == account->nonce) {
        return model::ErrorCode::kSuccess;
    }
    return transaction.nonce > account->nonce ? model::ErrorCode::kNonceTooHigh
                                              : model::ErrorCode::kNonceTooLow;
}

model::ErrorCode consume_energy_fee(protocol::TransactionState& state,
                                    const Transaction& transaction) {
    if (transaction.fee_type != FeeType::kEnergy) {
        return model::ErrorCode::kSuccess;
    }
    const model::StateKey key = model::energy_key(transaction.source);
    const auto* resource = state.find<model::EnergyRecord>(key);
    if (resource == nullptr || resource->energy < 1) {
        return model::ErrorCode::kInsufficientEnergy;
    }
    model::EnergyRecord rest = *resource;
    rest.energy -= 1;
    state.put(key, base::Boxed<model::EnergyRecord>(std::move(rest)));
    return model::ErrorCode::kSuccess;
}

}  // namespace parallax::tos::e1
