#pragma once

#include "verifier/model/identifiers.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <utility>

namespace parallax::model {

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
    kBalanceVersion = 17,
    kAccountVersion = 18,
    kStakedEnergy = 19,
};

/// The chain's own numbers, one row each in family `counter`. All are totals since genesis.
enum class Counter : std::uint8_t {
    kEmittedSupply = 1,
    kBurnedSupply = 2,
    kGasFee = 3,
    kMinerReward = 4,
};

struct StateKey;

namespace state_key_internal {
struct HashSecrets {
    std::uint64_t a;
    std::uint64_t b;
    std::uint64_t c;
    std::uint64_t d;
};
/// Drawn from the system when the program starts.
extern const HashSecrets hash_secrets;
std::uint64_t mix(const StateKey& key) noexcept;
}  // namespace state_key_internal

/// A key of the flat, ordered state space: (family, owner, detail). What owner and detail mean is
/// in the table; an unused part is zero. Build one through the functions below.
struct StateKey {
    Family family = Family::kAccount;
    std::array<std::uint8_t, 32> owner{};
    std::array<std::uint8_t, 32> detail{};

    friend bool operator==(const StateKey& a, const StateKey& b) noexcept {
        static_assert(sizeof(StateKey) == 65, "no padding: comparing and hashing take all bytes");
        return a.family == b.family && base::equal_bytes<32>(a.owner.data(), b.owner.data()) &&
               base::equal_bytes<32>(a.detail.data(), b.detail.data());
    }
    friend std::strong_ordering operator<=>(const StateKey& a, const StateKey& b) noexcept {
        return std::memcmp(&a, &b, sizeof(StateKey)) <=> 0;
    }
    template <typename H>
    friend H AbslHashValue(H h, const StateKey& key) {
        return H::combine(std::move(h), state_key_internal::mix(key));
    }
};

namespace state_key_internal {
/// Multiply-and-fold over the key's words with two secret odd numbers drawn once per process.
/// Whoever chooses account keys cannot make them collide, and it takes a quarter of the time of
/// hashing 65 bytes generically. Never let an order that it causes reach any output.
inline std::uint64_t mix(const StateKey& key) noexcept {
    const auto word = [](const std::uint8_t* bytes) {
        std::uint64_t value;
        std::memcpy(&value, bytes, 8);
        return value;
    };
    const auto fold = [](std::uint64_t a, std::uint64_t b) {
        __extension__ using Wide = unsigned __int128;  // both compilers have it; the standard not
        const Wide product = static_cast<Wide>(a) * b;
        return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
    };
    const HashSecrets& secrets = hash_secrets;
    const std::uint8_t* o = key.owner.data();
    const std::uint8_t* d = key.detail.data();
    const std::uint64_t owner = fold(word(o) ^ secrets.a, word(o + 8) ^ secrets.b) ^
                                fold(word(o + 16) ^ secrets.c, word(o + 24) ^ secrets.d);
    const std::uint64_t detail = fold(word(d) ^ secrets.b, word(d + 8) ^ secrets.c) ^
                                 fold(word(d + 16) ^ secrets.d, word(d + 24) ^ secrets.a);
    return fold(owner ^ static_cast<std::uint64_t>(key.family), detail ^ secrets.c);
}
}  // namespace state_key_internal

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
[[nodiscard]] inline StateKey ai_mining_key() noexcept {
    return {Family::kAiMining, {}, {}};
}
[[nodiscard]] inline StateKey encrypted_balance_key(const PublicKey& owner,
                                                    const AssetId& asset) noexcept {
    return {Family::kEncryptedBalance, owner.bytes(), asset.bytes()};
}
[[nodiscard]] inline StateKey executed_transaction_key(const Hash& transaction) noexcept {
    return {Family::kExecutedTransaction, transaction.bytes(), {}};
}
[[nodiscard]] inline StateKey balance_version_key(const PublicKey& owner,
                                                  const AssetId& asset) noexcept {
    return {Family::kBalanceVersion, owner.bytes(), asset.bytes()};
}
[[nodiscard]] inline StateKey account_version_key(const PublicKey& account) noexcept {
    return {Family::kAccountVersion, account.bytes(), {}};
}
[[nodiscard]] inline StateKey staked_energy_key(const PublicKey& account) noexcept {
    return {Family::kStakedEnergy, account.bytes(), {}};
}
[[nodiscard]] inline StateKey counter_key(Counter counter) noexcept {
    StateKey key{Family::kCounter, {}, {}};
    key.owner[0] = static_cast<std::uint8_t>(counter);
    return key;
}

}  // namespace parallax::model
