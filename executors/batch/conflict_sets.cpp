#include "executors/batch/conflict_sets.hpp"

#include <algorithm>
#include <optional>

namespace parallax::executors::batch {
namespace {

/// The energy pool that the source's agent record names, if any (quirk Q9 of the protocol
/// notes): its balance pays the fee, and no byte of the transaction tells.
absl::StatusOr<std::optional<model::PublicKey>> energy_pool(
    const protocol::AdmittedTransaction& admitted, const protocol::BlockStateReader& state) {
    protocol::VisibleValue agent;
    if (const auto read =
            state.read_value(model::agent_account_key(admitted.transaction.source), agent);
        !read.ok()) {
        return read;
    }
    if (!agent.value) {
        return std::nullopt;
    }
    return std::get<base::Boxed<model::AgentRecord>>(*agent.value).get().energy_pool;
}

/// True if the transaction may write the row; otherwise it only reads it. A row of another account
/// is written if it is not there yet: a payment creates the account.
absl::StatusOr<bool> may_write(const model::StateKey& key, const tos::e1::Transaction& transaction,
                               const protocol::BlockStateReader& state) {
    const bool own = key.owner == transaction.source.bytes();
    switch (key.family) {
        case model::Family::kAccount: {
            if (own) {
                return true;
            }
            protocol::VisibleValue account;
            if (const auto read = state.read_value(key, account); !read.ok()) {
                return read;
            }
            return !account.value.has_value();
        }
        case model::Family::kMultisig:
            return std::holds_alternative<tos::e1::MultisigPayload>(transaction.payload);
        case model::Family::kAgentAccount:
            return std::holds_alternative<tos::e1::AgentAccountPayload>(transaction.payload);
        case model::Family::kAccountAttributes:
        case model::Family::kBalance:
        case model::Family::kEnergy:
        case model::Family::kName:
        case model::Family::kNameOfAccount:
        case model::Family::kContractModule:
        case model::Family::kContractStorage:
        case model::Family::kContractBalance:
        case model::Family::kAssetSupply:
        case model::Family::kAiMining:
        case model::Family::kEncryptedBalance:
        case model::Family::kExecutedTransaction:
        case model::Family::kCounter:
            return true;
    }
    return true;
}

}  // namespace

void ConflictSets::clear() {
    accounts_.clear();
    written_.clear();
    read_.clear();
}

absl::StatusOr<bool> ConflictSets::try_add(const protocol::AdmittedTransaction& admitted,
                                           const protocol::BlockStateReader& state) {
    const auto pool = energy_pool(admitted, state);
    if (!pool.ok()) {
        return pool.status();
    }
    switch (granularity_) {
        case ConflictGranularity::kAccount:
            return try_add_accounts(admitted, *pool);
        case ConflictGranularity::kAccountAsset:
            return try_add_rows(admitted, *pool, state);
    }
    return false;
}

bool ConflictSets::try_add_accounts(const protocol::AdmittedTransaction& admitted,
                                    const std::optional<model::PublicKey>& pool) {
    std::vector<tos::e1::ConflictKey> keys = tos::e1::account_conflict_keys(admitted);
    if (pool) {
        keys.push_back(tos::e1::account_conflict_key(*pool));
    }
    const bool conflict =
        std::any_of(keys.begin(), keys.end(),
                    [this](const tos::e1::ConflictKey& k) { return accounts_.contains(k); });
    if (!conflict) {
        accounts_.insert(keys.begin(), keys.end());
    }
    return !conflict;
}

absl::StatusOr<bool> ConflictSets::try_add_rows(const protocol::AdmittedTransaction& admitted,
                                                const std::optional<model::PublicKey>& pool,
                                                const protocol::BlockStateReader& state) {
    std::vector<model::StateKey> written;
    std::vector<model::StateKey> read;
    if (pool) {
        written.push_back(model::balance_key(*pool, model::kTosAsset));
    }
    for (const model::StateKey& key : tos::e1::static_keys(admitted)) {
        // Counters grow by credits, which commute; a marker is its transaction's own.
        if (key.family == model::Family::kCounter ||
            key.family == model::Family::kExecutedTransaction) {
            continue;
        }
        const auto writes = may_write(key, admitted.transaction, state);
        if (!writes.ok()) {
            return writes.status();
        }
        (*writes ? written : read).push_back(key);
    }
    const bool conflict = std::any_of(written.begin(), written.end(),
                                      [this](const model::StateKey& k) {
                                          return written_.contains(k) || read_.contains(k);
                                      }) ||
                          std::any_of(read.begin(), read.end(), [this](const model::StateKey& k) {
                              return written_.contains(k);
                          });
    if (!conflict) {
        written_.insert(written.begin(), written.end());
        read_.insert(read.begin(), read.end());
    }
    return !conflict;
}

}  // namespace parallax::executors::batch
