#include "verifier/codec/hashing.hpp"
#include "verifier/protocol/block_rules.hpp"

#include <algorithm>

namespace parallax {
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
    const PublicKey& source;
    std::vector<StateKey>& keys;

    void account(const PublicKey& account) const { keys.push_back(account_key(account)); }
    void balance(const PublicKey& account, const AssetId& asset) const {
        keys.push_back(balance_key(account, asset));
    }

    void operator()(const BurnPayload& burn) const {
        balance(source, burn.asset);
        keys.push_back(counter_key(Counter::kBurnedSupply));
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
        keys.push_back(contract_module_key(invoke.contract));
        for (const ContractDeposit& deposit : invoke.deposits) {
            balance(source, deposit.asset);
            keys.push_back(contract_balance_key(invoke.contract, deposit.asset));
        }
    }
    void operator()(const DeployContractPayload& deploy) const {
        keys.push_back(contract_module_key(contract_address(source, deploy.module)));
    }
    void operator()(const EnergyPayload& energy) const {
        keys.push_back(energy_key(source));
        if (const auto* delegate = std::get_if<EnergyDelegate>(&energy)) {
            for (const EnergyDelegatee& entry : delegate->delegatees) {
                account(entry.delegatee);
                keys.push_back(energy_key(entry.delegatee));
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
            keys.push_back(encrypted_balance_key(transfer.destination, kUnoAsset));
        }
    }
    void operator()(const UnshieldTransfersPayload& payload) const {
        for (const UnshieldTransfer& transfer : payload.transfers) {
            account(transfer.destination);
            balance(transfer.destination, kTosAsset);
        }
    }
    void operator()(const RegisterNamePayload& payload) const {
        keys.push_back(name_key(name_hash(payload.name)));
        keys.push_back(name_of_account_key(source));
    }
    void operator()(const AgentAccountPayload& payload) const {
        const auto pool = [this](const std::optional<PublicKey>& key) {
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

std::vector<StateKey> static_keys(const AdmittedTransaction& admitted) {
    const Transaction& transaction = admitted.transaction;
    std::vector<StateKey> keys = {
        account_key(transaction.source),         balance_key(transaction.source, kTosAsset),
        multisig_key(transaction.source),        agent_account_key(transaction.source),
        executed_transaction_key(admitted.hash),
    };
    if (transaction.fee_type == FeeType::kEnergy) {
        keys.push_back(energy_key(transaction.source));
    }
    std::visit(PayloadKeys{transaction.source, keys}, transaction.payload);
    sort_unique(keys);
    return keys;
}

ConflictKey account_conflict_key(const PublicKey& account) {
    return conflict_key(ConflictKind::kAccount, account.bytes());
}

std::vector<ConflictKey> account_conflict_keys(const AdmittedTransaction& admitted) {
    std::vector<ConflictKey> conflicts = {
        conflict_key(ConflictKind::kAccount, admitted.transaction.source.bytes())};
    std::vector<StateKey> keys;
    std::visit(PayloadKeys{admitted.transaction.source, keys}, admitted.transaction.payload);
    for (const StateKey& key : keys) {
        if (key.owner == admitted.transaction.source.bytes()) {
            continue;  // the source stands for all of its rows
        }
        switch (family_row(key.family).owner) {
            case KeyPart::kAccount:
                conflicts.push_back(conflict_key(ConflictKind::kAccount, key.owner));
                break;
            case KeyPart::kHash:
                conflicts.push_back(conflict_key(
                    key.family == Family::kName ? ConflictKind::kName : ConflictKind::kContract,
                    key.owner));
                break;
            // Counters only ever grow by credits, which commute; assets and the rest are written
            // by no transaction.
            case KeyPart::kCounter:
            case KeyPart::kAsset:
            case KeyPart::kNone:
                break;
        }
    }
    sort_unique(conflicts);
    return conflicts;
}

}  // namespace parallax
