#pragma once

#include <compare>
#include <cstdint>
#include <utility>

#include "verifier/model/identifiers.hpp"

namespace parallax {

/// Every kind of state that the verifier holds, stores, compares and reports. The numbers are the
/// first byte of a stored key: never reuse one. `families.hpp` is the one table that describes
/// them all; a family that is missing there, or in any place that it drives, fails to compile.
enum class Family : std::uint8_t {
    kAccount = 1,
    kAccountAttributes = 2,
    kBalance = 3,
    kMultisig = 4,
    kEnergy = 5,
    kAgentAccount = 6,
    kName = 7,
    kNameOfAccount = 8,
    kContractModule = 9,
    kContractStorage = 10,
    kContractBalance = 11,
    kAssetSupply = 12,
    kAiMining = 13,
    kEncryptedBalance = 14,
    kExecutedTransaction = 15,
    kCounter = 16,
};

/// The chain's own numbers, one row each in family `counter`. All are totals since genesis.
enum class Counter : std::uint8_t {
    kEmittedSupply = 1,
    kBurnedSupply = 2,
    kGasFee = 3,
    kMinerReward = 4,
};

/// A key of the flat, ordered state space: (family, owner, detail). What owner and detail mean is
/// in the table; an unused part is zero. Build one through the functions below.
struct StateKey {
    Family family = Family::kAccount;
    std::array<std::uint8_t, 32> owner{};
    std::array<std::uint8_t, 32> detail{};

    friend bool operator==(const StateKey&, const StateKey&) noexcept = default;
    friend std::strong_ordering operator<=>(const StateKey& a, const StateKey& b) noexcept {
        if (a.family != b.family) {
            return a.family <=> b.family;
        }
        if (const int c = std::memcmp(a.owner.data(), b.owner.data(), 32); c != 0) {
            return c <=> 0;
        }
        return std::memcmp(a.detail.data(), b.detail.data(), 32) <=> 0;
    }
    template <typename H>
    friend H AbslHashValue(H h, const StateKey& key) {
        static_assert(sizeof(StateKey) == 65);
        return H::combine_contiguous(std::move(h), reinterpret_cast<const unsigned char*>(&key),
                                     sizeof(StateKey));
    }
};

[[nodiscard]] inline StateKey account_key(const PublicKey& owner) noexcept {
    return {Family::kAccount, owner.bytes(), {}};
}
[[nodiscard]] inline StateKey account_attributes_key(const PublicKey& owner) noexcept {
    return {Family::kAccountAttributes, owner.bytes(), {}};
}
[[nodiscard]] inline StateKey balance_key(const PublicKey& owner, const AssetId& asset) noexcept {
    return {Family::kBalance, owner.bytes(), asset.bytes()};
}
[[nodiscard]] inline StateKey multisig_key(const PublicKey& owner) noexcept {
    return {Family::kMultisig, owner.bytes(), {}};
}
[[nodiscard]] inline StateKey energy_key(const PublicKey& owner) noexcept {
    return {Family::kEnergy, owner.bytes(), {}};
}
[[nodiscard]] inline StateKey agent_account_key(const PublicKey& owner) noexcept {
    return {Family::kAgentAccount, owner.bytes(), {}};
}
[[nodiscard]] inline StateKey name_key(const Hash& name_hash) noexcept {
    return {Family::kName, name_hash.bytes(), {}};
}
[[nodiscard]] inline StateKey name_of_account_key(const PublicKey& owner) noexcept {
    return {Family::kNameOfAccount, owner.bytes(), {}};
}
[[nodiscard]] inline StateKey contract_module_key(const Hash& contract) noexcept {
    return {Family::kContractModule, contract.bytes(), {}};
}
[[nodiscard]] inline StateKey contract_storage_key(const Hash& contract,
                                                   const Hash& slot) noexcept {
    return {Family::kContractStorage, contract.bytes(), slot.bytes()};
}
[[nodiscard]] inline StateKey contract_balance_key(const Hash& contract,
                                                   const AssetId& asset) noexcept {
    return {Family::kContractBalance, contract.bytes(), asset.bytes()};
}
[[nodiscard]] inline StateKey asset_supply_key(const AssetId& asset) noexcept {
    return {Family::kAssetSupply, asset.bytes(), {}};
}
[[nodiscard]] inline StateKey ai_mining_key() noexcept { return {Family::kAiMining, {}, {}}; }
[[nodiscard]] inline StateKey encrypted_balance_key(const PublicKey& owner,
                                                    const AssetId& asset) noexcept {
    return {Family::kEncryptedBalance, owner.bytes(), asset.bytes()};
}
[[nodiscard]] inline StateKey executed_transaction_key(const Hash& transaction) noexcept {
    return {Family::kExecutedTransaction, transaction.bytes(), {}};
}
[[nodiscard]] inline StateKey counter_key(Counter counter) noexcept {
    StateKey key{Family::kCounter, {}, {}};
    key.owner[0] = static_cast<std::uint8_t>(counter);
    return key;
}

}  // namespace parallax
