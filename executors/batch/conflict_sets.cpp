#include "executors/batch/conflict_sets.hpp"

#include <algorithm>
#include <optional>

namespace parallax {
namespace {

/// The energy pool that the source's agent record names, if any (quirk Q9 of the semantics
/// reference): its balance pays the fee, and no byte of the transaction tells.
absl::StatusOr<std::optional<PublicKey>> energy_pool(const AdmittedTransaction& admitted,
                                                     const LedgerReader& state) {
    VisibleValue agent;
    if (const auto read = state.read_value(agent_account_key(admitted.transaction.source), agent);
        !read.ok()) {
        return read;
    }
    if (!agent.value) {
        return std::nullopt;
    }
    return std::get<Boxed<AgentRecord>>(*agent.value).get().energy_pool;
}

/// True if the transaction may write the row; otherwise it only reads it. A row of another account
/// is written if it is not there yet: a payment creates the account.
absl::StatusOr<bool> may_write(const StateKey& key, const Transaction& transaction,
                               const LedgerReader& state) {
    const bool own = key.owner == transaction.source.bytes();
    switch (key.family) {
        case Family::kAccount: {
            if (own) {
                return true;
            }
            VisibleValue account;
            if (const auto read = state.read_value(key, account); !read.ok()) {
                return read;
            }
            return !account.value.has_value();
        }
        case Family::kMultisig:
            return std::holds_alternative<MultisigPayload>(transaction.payload);
        case Family::kAgentAccount:
            return std::holds_alternative<AgentAccountPayload>(transaction.payload);
        case Family::kAccountAttributes:
        case Family::kBalance:
        case Family::kEnergy:
        case Family::kName:
        case Family::kNameOfAccount:
        case Family::kContractModule:
        case Family::kContractStorage:
        case Family::kContractBalance:
        case Family::kAssetSupply:
        case Family::kAiMining:
        case Family::kEncryptedBalance:
        case Family::kExecutedTransaction:
        case Family::kCounter:
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

absl::StatusOr<bool> ConflictSets::try_add(const AdmittedTransaction& admitted,
                                           const LedgerReader& state) {
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

bool ConflictSets::try_add_accounts(const AdmittedTransaction& admitted,
                                    const std::optional<PublicKey>& pool) {
    std::vector<ConflictKey> keys = account_conflict_keys(admitted);
    if (pool) {
        keys.push_back(account_conflict_key(*pool));
    }
    const bool conflict = std::any_of(
        keys.begin(), keys.end(), [this](const ConflictKey& k) { return accounts_.contains(k); });
    if (!conflict) {
        accounts_.insert(keys.begin(), keys.end());
    }
    return !conflict;
}

absl::StatusOr<bool> ConflictSets::try_add_rows(const AdmittedTransaction& admitted,
                                                const std::optional<PublicKey>& pool,
                                                const LedgerReader& state) {
    std::vector<StateKey> written;
    std::vector<StateKey> read;
    if (pool) {
        written.push_back(balance_key(*pool, kTosAsset));
    }
    for (const StateKey& key : static_keys(admitted)) {
        // Counters grow by credits, which commute; a marker is its transaction's own.
        if (key.family == Family::kCounter || key.family == Family::kExecutedTransaction) {
            continue;
        }
        const auto writes = may_write(key, admitted.transaction, state);
        if (!writes.ok()) {
            return writes.status();
        }
        (*writes ? written : read).push_back(key);
    }
    const bool conflict = std::any_of(written.begin(), written.end(),
                                      [this](const StateKey& k) {
                                          return written_.contains(k) || read_.contains(k);
                                      }) ||
                          std::any_of(read.begin(), read.end(),
                                      [this](const StateKey& k) { return written_.contains(k); });
    if (!conflict) {
        written_.insert(written.begin(), written.end());
        read_.insert(read.begin(), read.end());
    }
    return !conflict;
}

}  // namespace parallax
