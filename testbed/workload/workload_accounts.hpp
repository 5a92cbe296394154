#pragma once

#include "testbed/workload/workload.hpp"
#include "testbed/workload/workload_draft.hpp"
#include "testbed/workload/workload_random.hpp"
#include "verifier/crypto/signature.hpp"
#include "verifier/model/delta.hpp"

#include "absl/container/flat_hash_map.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace parallax::testbed {

/// The accounts of a workload: their keys, the walk over the cold ones, and which of them can do
/// what. The first `hot_accounts` are hot. Accounts are added, never removed.
class WorkloadAccounts {
  public:
    explicit WorkloadAccounts(const WorkloadOptions& options);

    [[nodiscard]] const crypto::SigningKey& key(AccountIndex account) const {
        return *keys_[account.value()];
    }
    [[nodiscard]] const model::PublicKey& name(AccountIndex account) const {
        return key(account).public_key();
    }
    [[nodiscard]] std::optional<AccountIndex> find(const model::PublicKey& name) const;
    [[nodiscard]] std::uint32_t size() const noexcept {
        return static_cast<std::uint32_t>(keys_.size());
    }
    [[nodiscard]] bool is_hot(AccountIndex account) const noexcept {
        return account.value() < hot_;
    }
    [[nodiscard]] AccountIndex hot_account(WorkloadRandom& random) const {
        return AccountIndex{static_cast<std::uint32_t>(random.below(hot_))};
    }
    [[nodiscard]] std::size_t cold_count() const noexcept { return walk_.size(); }

    /// The next account of the endless walk over the cold accounts, in one shuffled order.
    [[nodiscard]] AccountIndex next_cold();
    /// Any cold account.
    [[nodiscard]] AccountIndex random_cold(WorkloadRandom& random) const;
    /// A new account; it joins the walk. Its name was not on the chain before.
    AccountIndex add_account();

    /// Names outside the walk: the miners', and the account whose balance is full.
    [[nodiscard]] const model::PublicKey& miner(std::size_t number) const {
        return miners_[number];
    }
    [[nodiscard]] const model::PublicKey& vault() const { return vault_; }
    static constexpr std::size_t kMiners = 3;

    /// Accounts with a multisig configuration, an energy resource, an agent record.
    [[nodiscard]] const std::set<AccountIndex>& multisig() const { return multisig_; }
    [[nodiscard]] const std::set<AccountIndex>& energy() const { return energy_; }
    [[nodiscard]] const std::set<AccountIndex>& agents() const { return agents_; }
    /// Keeps those sets up with the state.
    void note(const model::StateKey& key, bool present);

  private:
    [[nodiscard]] crypto::SigningKey derive(const char* role, std::uint64_t number) const;

    const std::uint64_t seed_;
    const std::uint32_t hot_;
    std::vector<std::optional<crypto::SigningKey>> keys_;
    absl::flat_hash_map<model::PublicKey, AccountIndex> index_;
    std::vector<AccountIndex> walk_;
    std::size_t cursor_ = 0;
    std::vector<model::PublicKey> miners_;
    model::PublicKey vault_;
    std::set<AccountIndex> multisig_;
    std::set<AccountIndex> energy_;
    std::set<AccountIndex> agents_;
};

/// The identifier of the n-th asset beside TOS.
[[nodiscard]] model::AssetId workload_asset(std::uint32_t number);
/// The asset of which `vault()` holds nearly 2^64 units, so that it can receive hardly any.
[[nodiscard]] model::AssetId overflow_asset();
/// Units of it that the vault can still take.
inline constexpr std::uint64_t kVaultRoom = 999;

/// The state before the first block: balances, nonces, and some accounts with an energy resource
/// (expired and locked records, pending unfreezes), a multisig configuration or an agent record, so
/// that every action is possible from the first block on.
[[nodiscard]] std::map<model::StateKey, model::StateValue> workload_genesis(
    const WorkloadOptions& options, const WorkloadAccounts& accounts, WorkloadRandom& random);

}  // namespace parallax::testbed
