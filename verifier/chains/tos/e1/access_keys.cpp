#include "verifier/chains/tos/e1/block_rules.hpp"
#include "verifier/chains/tos/e1/identities.hpp"

#include <algorithm>

namespace parallax::tos::e1 {
namespace {

/// First byte of a conflict key: what kind of thing its 32 bytes name.
enum class ConflictKind : std::uint8_t { kAccount = 0, kContract = 1, kName = 2 };

ConflictKey conflict_key(ConflictKind kind, const std::array<std::uint8_t, 32>& name) {
    ConflictKey key;
    key.mutable_bytes()[0] = static_cast<std::uint8_t>(kind);
    std::copy(name.begin(), name.end(), key.mutable_bytes().begin() + 1);
    return key;
}

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

template <class Key>
void sort_unique(std::vector<Key>& keys) {
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
}

}  // namespace

std::vector<model::StateKey> static_keys(const protocol::AdmittedTransaction& admitted) {
    const Transaction& transaction = admitted.transaction;
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
    sort_unique(keys);
    return keys;
}

ConflictKey account_conflict_key(const model::PublicKey& account) {
    return conflict_key(ConflictKind::kAccount, account.bytes());
}

std::vector<ConflictKey> account_conflict_keys(const protocol::AdmittedTransaction& admitted) {
    std::vector<ConflictKey> conflicts = {
        conflict_key(ConflictKind::kAccount, admitted.transaction.source.bytes())};
    std::vector<model::StateKey> keys;
    std::visit(PayloadKeys{admitted.transaction.source, keys}, admitted.transaction.payload);
    for (const model::StateKey& key : keys) {
        if (key.owner == admitted.transaction.source.bytes()) {
            continue;  // the source stands for all of its rows
        }
        switch (model::family_row(key.family).owner) {
            case model::KeyPart::kAccount:
                conflicts.push_back(conflict_key(ConflictKind::kAccount, key.owner));
                break;
            case model::KeyPart::kHash:
                conflicts.push_back(conflict_key(key.family == model::Family::kName
                                                     ? ConflictKind::kName
                                                     : ConflictKind::kContract,
                                                 key.owner));
                break;
            // Counters only ever grow by credits, which commute; assets and the rest are written
            // by no transaction.
            case model::KeyPart::kCounter:
            case model::KeyPart::kAsset:
            case model::KeyPart::kNone:
                break;
        }
    }
    sort_unique(conflicts);
    return conflicts;
}

}  // namespace parallax::tos::e1
