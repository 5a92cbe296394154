#include "verifier/protocol/spending.hpp"

#include "verifier/protocol/agent_rules.hpp"
#include "verifier/protocol/energy_rules.hpp"

namespace parallax {
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
    TransactionState& state;
    const Transaction& transaction;
    Topoheight now;
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
        return add_deposits(spending, invoke.deposits) && spending.add(kTosAsset, invoke.max_gas);
    }
    bool operator()(const DeployContractPayload& deploy) const {
        if (!spending.add(kTosAsset, Amount{kDeployBurn})) {
            return false;
        }
        return !deploy.constructor || (add_deposits(spending, deploy.constructor->deposits) &&
                                       spending.add(kTosAsset, deploy.constructor->max_gas));
    }
    bool operator()(const EnergyPayload& energy) const {
        const auto amount = energy_spending(state, transaction.source, energy, now);
        return amount && (*amount == Amount{0} || spending.add(kTosAsset, *amount));
    }
    bool operator()(const UnoTransfersPayload&) const { return true; }
    bool operator()(const ShieldTransfersPayload& payload) const {
        for (const ShieldTransfer& transfer : payload.transfers) {
            if (!spending.add(kTosAsset, transfer.amount)) {
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

bool Spending::add(const AssetId& asset, Amount amount) {
    for (auto& [known, sum] : sums) {
        if (known == asset) {
            const auto total = checked_add(sum, amount);
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

Amount Spending::of(const AssetId& asset) const {
    for (const auto& [known, sum] : sums) {
        if (known == asset) {
            return sum;
        }
    }
    return Amount{0};
}

std::optional<Spending> compute_spending(TransactionState& state, const Transaction& transaction,
                                         Topoheight now) {
    Spending spending;
    const PayloadSpending add{state, transaction, now, spending};
    if (!std::visit(add, transaction.payload)) {
        return std::nullopt;
    }
    return spending;
}

std::optional<PublicKey> fee_pool(TransactionState& state, const Transaction& transaction) {
    if (transaction.fee_type != FeeType::kTos || transaction.fee == Amount{0}) {
        return std::nullopt;
    }
    const auto pool = energy_pool_of(state, transaction.source);
    if (!pool || *pool == transaction.source) {
        return std::nullopt;
    }
    const auto spendable = state.spendable(balance_key(*pool, kTosAsset));
    return spendable && *spendable >= transaction.fee ? pool : std::nullopt;
}

Amount required_fee(const AdmittedTransaction& admitted) {
    const Transaction& transaction = admitted.transaction;
    if (transaction.fee_type == FeeType::kEnergy ||
        std::holds_alternative<EnergyPayload>(transaction.payload)) {
        return Amount{0};
    }
    const std::uint64_t kilobytes = (admitted.computed_size + 1023) / 1024;
    const std::uint64_t cosignatures =
        transaction.multisig ? transaction.multisig->signatures.size() : 0;
    return Amount{kilobytes * kFeePerKilobyte + output_count(transaction.payload) * kFeePerOutput +
                  cosignatures * kFeePerMultisigSignature};
}

ErrorCode check_nonce(TransactionState& state, const Transaction& transaction) {
    const auto* account = state.find<AccountRecord>(account_key(transaction.source));
    if (account == nullptr) {
        return ErrorCode::kAccountNotFound;
    }
    if (transaction.nonce == account->nonce) {
        return ErrorCode::kSuccess;
    }
    return transaction.nonce > account->nonce ? ErrorCode::kNonceTooHigh : ErrorCode::kNonceTooLow;
}

ErrorCode consume_energy_fee(TransactionState& state, const Transaction& transaction) {
    if (transaction.fee_type != FeeType::kEnergy) {
        return ErrorCode::kSuccess;
    }
    const StateKey key = energy_key(transaction.source);
    const auto* resource = state.find<EnergyRecord>(key);
    if (resource == nullptr || resource->energy < 1) {
        return ErrorCode::kInsufficientEnergy;
    }
    EnergyRecord rest = *resource;
    rest.energy -= 1;
    state.put(key, Boxed<EnergyRecord>(std::move(rest)));
    return ErrorCode::kSuccess;
}

}  // namespace parallax
