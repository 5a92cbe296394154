#include "testbed/vectors/vector_json.hpp"
#include "verifier/crypto/hashing.hpp"

#include <algorithm>
#include <map>

namespace parallax::testbed {
namespace {

/// What the harness assumes for a freeze record that does not say (12.3).
constexpr std::uint32_t kAssumedFreezeDays = 7;

using Rows = std::map<model::StateKey, model::StateValue>;

std::uint64_t whole_coins(model::Amount amount) {
    return amount.value() / model::kCoin;
}

void load_account(Rows& rows, const VectorAccount& account) {
    rows[model::account_key(account.address)] =
        model::AccountRecord{account.nonce, model::Topoheight{0}};
    rows[model::balance_key(account.address, model::kTosAsset)] =
        model::AmountRecord{account.balance};
    model::EnergyRecord energy;
    energy.energy = account.energy;
    energy.frozen = whole_coins(account.frozen);
    rows[model::energy_key(account.address)] = base::Boxed(std::move(energy));
    if (account.flags != 0 || !account.data.empty()) {
        rows[model::account_attributes_key(account.address)] =
            base::Boxed(model::AccountAttributesRecord{account.flags, account.data});
    }
}

void load_energy(Rows& rows, const VectorEnergy& resource) {
    model::EnergyRecord energy;
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
    rows[model::energy_key(resource.address)] = base::Boxed(std::move(energy));
}

/// Names are hashed as given here, not lower-cased as a registration's are (12.3).
model::Hash hash_as_given(const std::string& name) {
    const base::Bytes bytes(name.begin(), name.end());
    return crypto::blake3(bytes);
}

void load_objects(Rows& rows, const VectorState& state) {
    for (const VectorAgent& agent : state.agent_accounts) {
        model::AgentRecord record;
        record.owner = agent.owner;
        record.controller = agent.controller;
        record.policy_hash = agent.policy_hash;
        record.status = agent.status;
        rows[model::agent_account_key(agent.address)] = base::Boxed(std::move(record));
    }
    for (const VectorName& name : state.names) {
        const model::Hash hash = hash_as_given(name.name);
        rows[model::name_key(hash)] = model::NameRecord{name.owner};
        rows[model::name_of_account_key(name.owner)] = model::NameOfAccountRecord{hash};
    }
    for (const VectorContract& contract : state.contracts) {
        rows[model::contract_module_key(contract.hash)] =
            base::Boxed(model::BytesRecord{contract.module});
    }
}

}  // namespace

model::PublicKey vector_miner_key() {
    static const model::PublicKey key = *model::PublicKey::from_hex(
        "8c9240b456a9e6dc65c377a1048d745f94a08cdb7f44cbcd7b46f34048871134");
    return key;
}

std::vector<std::pair<model::StateKey, model::StateValue>> load_rows(const VectorState& state) {
    Rows rows;
    for (const VectorAccount& account : state.accounts) {
        load_account(rows, account);
    }
    for (const VectorEnergy& resource : state.energy_resources) {
        load_energy(rows, resource);
    }
    load_objects(rows, state);
    if (rows.try_emplace(model::account_key(vector_miner_key()), model::AccountRecord{}).second) {
        rows[model::balance_key(vector_miner_key(), model::kTosAsset)] = model::AmountRecord{};
    }
    return {rows.begin(), rows.end()};
}

model::Hash vector_state_digest(const VectorGlobals& globals,
                                std::span<const VectorAccount> accounts) {
    std::vector<const VectorAccount*> sorted;
    sorted.reserve(accounts.size());
    for (const VectorAccount& account : accounts) {
        sorted.push_back(&account);
    }
    std::ranges::stable_sort(sorted, {}, [](const VectorAccount* a) { return a->address; });
    crypto::Blake3Hasher hasher;
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

}  // namespace parallax::testbed
