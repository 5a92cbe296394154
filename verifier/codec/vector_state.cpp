#include "verifier/codec/hashing.hpp"
#include "verifier/codec/vector_json.hpp"

#include <algorithm>
#include <map>

namespace parallax {
namespace {

/// What the harness assumes for a freeze record that does not say (12.3).
constexpr std::uint32_t kAssumedFreezeDays = 7;

using Rows = std::map<StateKey, StateValue>;

std::uint64_t whole_coins(Amount amount) {
    return amount.value() / kCoin;
}

void load_account(Rows& rows, const VectorAccount& account) {
    rows[account_key(account.address)] = AccountRecord{account.nonce, Topoheight{0}};
    rows[balance_key(account.address, kTosAsset)] = AmountRecord{account.balance};
    EnergyRecord energy;
    energy.energy = account.energy;
    energy.frozen = whole_coins(account.frozen);
    rows[energy_key(account.address)] = Boxed(std::move(energy));
    if (account.flags != 0 || !account.data.empty()) {
        rows[account_attributes_key(account.address)] =
            Boxed(AccountAttributesRecord{account.flags, account.data});
    }
}

void load_energy(Rows& rows, const VectorEnergy& resource) {
    EnergyRecord energy;
    energy.energy = resource.energy;
    energy.frozen = whole_coins(resource.frozen);
    for (const VectorFreeze& freeze : resource.freeze_records) {
        energy.self_records.push_back(
            {whole_coins(freeze.amount), freeze.duration_days.value_or(kAssumedFreezeDays),
             freeze.freeze_height, freeze.unlock_height, freeze.energy_gained});
    }
    for (const VectorUnfreeze& unfreeze : resource.pending_unfreezes) {
        energy.pending.push_back({whole_coins(unfreeze.amount), unfreeze.expire_height});
    }
    rows[energy_key(resource.address)] = Boxed(std::move(energy));
}

/// Names are hashed as given here, not lower-cased as a registration's are (12.3).
Hash hash_as_given(const std::string& name) {
    const Bytes bytes(name.begin(), name.end());
    return blake3(bytes);
}

void load_objects(Rows& rows, const VectorState& state) {
    for (const VectorAgent& agent : state.agent_accounts) {
        AgentRecord record;
        record.owner = agent.owner;
        record.controller = agent.controller;
        record.policy_hash = agent.policy_hash;
        record.status = agent.status;
        rows[agent_account_key(agent.address)] = Boxed(std::move(record));
    }
    for (const VectorName& name : state.names) {
        const Hash hash = hash_as_given(name.name);
        rows[name_key(hash)] = NameRecord{name.owner};
        rows[name_of_account_key(name.owner)] = NameOfAccountRecord{hash};
    }
    for (const VectorContract& contract : state.contracts) {
        rows[contract_module_key(contract.hash)] = Boxed(BytesRecord{contract.module});
    }
}

}  // namespace

PublicKey vector_miner_key() {
    static const PublicKey key =
        *PublicKey::from_hex("8c9240b456a9e6dc65c377a1048d745f94a08cdb7f44cbcd7b46f34048871134");
    return key;
}

std::vector<std::pair<StateKey, StateValue>> load_rows(const VectorState& state) {
    Rows rows;
    for (const VectorAccount& account : state.accounts) {
        load_account(rows, account);
    }
    for (const VectorEnergy& resource : state.energy_resources) {
        load_energy(rows, resource);
    }
    load_objects(rows, state);
    if (rows.try_emplace(account_key(vector_miner_key()), AccountRecord{}).second) {
        rows[balance_key(vector_miner_key(), kTosAsset)] = AmountRecord{};
    }
    return {rows.begin(), rows.end()};
}

Hash vector_state_digest(const VectorGlobals& globals, std::span<const VectorAccount> accounts) {
    std::vector<const VectorAccount*> sorted;
    sorted.reserve(accounts.size());
    for (const VectorAccount& account : accounts) {
        sorted.push_back(&account);
    }
    std::ranges::stable_sort(sorted, {}, [](const VectorAccount* a) { return a->address; });
    Blake3Hasher hasher;
    hasher.update_u64(globals.total_supply)
        .update_u64(globals.total_burned)
        .update_u64(globals.total_energy)
        .update_u64(globals.block_height)
        .update_u64(globals.timestamp);
    for (const VectorAccount* account : sorted) {
        hasher.update(account->address.bytes())
            .update_u64(account->balance.value())
            .update_u64(account->nonce.value())
            .update_u64(account->frozen.value())
            .update_u64(account->energy)
            .update_u64(account->flags)
            .update_u64(account->data.size())
            .update(account->data);
    }
    return hasher.finish();
}

}  // namespace parallax
