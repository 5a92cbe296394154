#include "verifier/chains/tos/e1/admitted_body.hpp"
#include "verifier/chains/tos/e1/identities.hpp"
#include "verifier/chains/tos/e1/profile.hpp"

#include <algorithm>

namespace parallax::tos::e1 {
namespace {

/// Collects the keys of a payload, beyond those of the source; one overload per type.
struct PayloadKeys {
    const model::PublicKey& source;
    std::vector<model::StateKey>& keys;

    void account(const model::PublicKey& account) const {
        keys.push_back(model::account_key(account));
    }
    void balance(const model::PublicKey& account, const model::AssetId& asset) const {
        keys.push_back(model::balance_key(account, asset));
    }

    void operator()(const BurnPayload& burn) const {
        balance(source, burn.asset);
        keys.push_back(model::counter_key(model::Counter::kBurnedSupply));
    }
    void operator()(const TransfersPayload& payload) const {
        for (const Transfer& transfer : payload.transfers) {
            balance(source, transfer.asset);
            account(transfer.destination);
            balance(transfer.destination, transfer.asset);
        }
    }
    void operator()(const MultisigPayload&) const {}
    void operator()(const InvokeContractPayload& invoke) const {
        keys.push_back(model::contract_module_key(invoke.contract));
        for (const ContractDeposit& deposit : invoke.deposits) {
            balance(source, deposit.asset);
            keys.push_back(model::contract_balance_key(invoke.contract, deposit.asset));
        }
    }
    void operator()(const DeployContractPayload& deploy) const {
        keys.push_back(model::contract_module_key(contract_address(source, deploy.module)));
    }
    void operator()(const EnergyPayload& energy) const {
        keys.push_back(model::energy_key(source));
        if (const auto* delegate = std::get_if<EnergyDelegate>(&energy)) {
            for (const EnergyDelegatee& entry : delegate->delegatees) {
                account(entry.delegatee);
                keys.push_back(model::energy_key(entry.delegatee));
            }
        }
    }
    void operator()(const UnoTransfersPayload& payload) const {
        for (const UnoTransfer& transfer : payload.transfers) {
            account(transfer.destination);
        }
    }
    void operator()(const ShieldTransfersPayload& payload) const {
        for (const ShieldTransfer& transfer : payload.transfers) {
            account(transfer.destination);
            keys.push_back(model::encrypted_balance_key(transfer.destination, model::kUnoAsset));
        }
    }
    void operator()(const UnshieldTransfersPayload& payload) const {
        for (const UnshieldTransfer& transfer : payload.transfers) {
            account(transfer.destination);
            balance(transfer.destination, model::kTosAsset);
        }
    }
    void operator()(const RegisterNamePayload& payload) const {
        keys.push_back(model::name_key(name_hash(payload.name)));
        keys.push_back(model::name_of_account_key(source));
    }
    void operator()(const AgentAccountPayload& payload) const {
        const auto pool = [this](const std::optional<model::PublicKey>& key) {
            if (key) {
                account(*key);
            }
        };
        if (const auto* registration = std::get_if<AgentRegister>(&payload)) {
            pool(registration->energy_pool);
        } else if (const auto* set_pool = std::get_if<AgentSetEnergyPool>(&payload)) {
            pool(set_pool->energy_pool);
        }
    }
};

/// The rows that the bytes of a transaction tell, ascending and distinct.
std::vector<model::StateKey> static_rows(const protocol::AdmittedTransaction& admitted,
                                         const Transaction& transaction) {
    std::vector<model::StateKey> keys = {
        model::account_key(transaction.source),
        model::balance_key(transaction.source, model::kTosAsset),
        model::multisig_key(transaction.source),
        model::agent_account_key(transaction.source),
        model::executed_transaction_key(admitted.hash),
    };
    if (transaction.fee_type == FeeType::kEnergy) {
        keys.push_back(model::energy_key(transaction.source));
    }
    std::visit(PayloadKeys{transaction.source, keys}, transaction.payload);
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    return keys;
}

/// True if the transaction may write the row; otherwise it only reads it. A row of another account
/// is written if it is not there yet: a payment creates the account.
absl::StatusOr<bool> may_write(const model::StateKey& key, const Transaction& transaction,
                               const protocol::BlockStateReader* state) {
    switch (key.family) {
        case model::Family::kAccount: {
            if (state == nullptr || key.owner == transaction.source.bytes()) {
                return true;
            }
            protocol::VisibleValue account;
            if (const auto read = state->read_value(key, account); !read.ok()) {
                return read;
            }
            return !account.value.has_value();
        }
        case model::Family::kMultisig:
            return std::holds_alternative<MultisigPayload>(transaction.payload);
        case model::Family::kAgentAccount:
            return std::holds_alternative<AgentAccountPayload>(transaction.payload);
        default:
            return true;
    }
}

/// The energy pool that the source's agent record names, if any (quirk Q9 of the protocol notes):
/// its balance pays the fee, and no byte of the transaction tells.
absl::Status add_energy_pool(const Transaction& transaction,
                             const protocol::BlockStateReader& state, protocol::Accesses& out) {
    protocol::VisibleValue agent;
    if (const auto read = state.read_value(model::agent_account_key(transaction.source), agent);
        !read.ok()) {
        return read;
    }
    if (!agent.value) {
        return absl::OkStatus();
    }
    const auto& pool = std::get<base::Boxed<model::AgentRecord>>(*agent.value).get().energy_pool;
    const model::StateKey key =
        pool ? model::balance_key(*pool, model::kTosAsset) : model::StateKey{};
    if (pool && std::find(out.written.begin(), out.written.end(), key) == out.written.end()) {
        out.written.push_back(key);
    }
    return absl::OkStatus();
}

}  // namespace

absl::Status Profile::accesses(const protocol::AdmittedBlock& block, model::TxIndex index,
                               const protocol::BlockStateReader* state,
                               protocol::Accesses& out) const {
    const Transaction& transaction = transaction_of(block, index);
    for (const model::StateKey& key :
         static_rows(block.transactions()[index.value()], transaction)) {
        const auto writes = may_write(key, transaction, state);
        if (!writes.ok()) {
            return writes.status();
        }
        (*writes ? out.written : out.read).push_back(key);
    }
    return state == nullptr ? absl::OkStatus() : add_energy_pool(transaction, *state, out);
}

std::vector<model::StateKey> Profile::block_rows(const protocol::AdmittedBlock& block) const {
    std::vector<model::StateKey> keys;
    for (const model::Counter counter :
         {model::Counter::kEmittedSupply, model::Counter::kBurnedSupply, model::Counter::kGasFee,
          model::Counter::kMinerReward}) {
        keys.push_back(model::counter_key(counter));
    }
    for (const model::PublicKey& account : {block.miner(), dev_key}) {
        keys.push_back(model::account_key(account));
        keys.push_back(model::balance_key(account, model::kTosAsset));
    }
    return keys;
}

}  // namespace parallax::tos::e1
