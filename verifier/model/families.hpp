#pragma once

#include "verifier/model/state_key.hpp"
#include "verifier/model/state_value.hpp"

#include <array>
#include <cstddef>
#include <string_view>
#include <type_traits>

namespace parallax::model {

/// What 32 bytes of a state key mean.
enum class KeyPart : std::uint8_t { kNone, kAccount, kAsset, kHash, kCounter };

/// Which alternative of `StateValue` a family holds: its index in the variant.
template <class T>
inline constexpr std::size_t kValueIndex = [] {
    std::size_t index = 0;
    [&]<class... Alternatives>(std::type_identity<std::variant<Alternatives...>>) {
        (void)((std::is_same_v<T, Alternatives> || (++index, false)) || ...);
    }(std::type_identity<StateValue>{});
    return index;
}();

/// One row of the table. `group` names the column family that stores it (families with similar
/// access share one); `summed` tells that the amounts of an asset add up over all keys, which the
/// conservation invariant uses.
struct FamilyRow {
    Family family;
    std::string_view name;
    KeyPart owner;
    KeyPart detail;
    std::size_t value_index;
    std::string_view group;
};

/// Every family of state: the one table that drives store, delta, comparator, reports and
/// invariants. In the order of `Family`.
inline constexpr std::array kFamilies = {
    FamilyRow{Family::kAccount, "account", KeyPart::kAccount, KeyPart::kNone,
              kValueIndex<AccountRecord>, "accounts"},
    FamilyRow{Family::kAccountAttributes, "account_attributes", KeyPart::kAccount, KeyPart::kNone,
              kValueIndex<base::Boxed<AccountAttributesRecord>>, "objects"},
    FamilyRow{Family::kBalance, "balance", KeyPart::kAccount, KeyPart::kAsset,
              kValueIndex<AmountRecord>, "balances"},
    FamilyRow{Family::kMultisig, "multisig", KeyPart::kAccount, KeyPart::kNone,
              kValueIndex<base::Boxed<MultisigRecord>>, "objects"},
    FamilyRow{Family::kEnergy, "energy", KeyPart::kAccount, KeyPart::kNone,
              kValueIndex<base::Boxed<EnergyRecord>>, "objects"},
    FamilyRow{Family::kAgentAccount, "agent_account", KeyPart::kAccount, KeyPart::kNone,
              kValueIndex<base::Boxed<AgentRecord>>, "objects"},
    FamilyRow{Family::kName, "name", KeyPart::kHash, KeyPart::kNone, kValueIndex<NameRecord>,
              "objects"},
    FamilyRow{Family::kNameOfAccount, "name_of_account", KeyPart::kAccount, KeyPart::kNone,
              kValueIndex<NameOfAccountRecord>, "objects"},
    FamilyRow{Family::kContractModule, "contract_module", KeyPart::kHash, KeyPart::kNone,
              kValueIndex<base::Boxed<BytesRecord>>, "contracts"},
    FamilyRow{Family::kContractStorage, "contract_storage", KeyPart::kHash, KeyPart::kHash,
              kValueIndex<base::Boxed<BytesRecord>>, "contracts"},
    FamilyRow{Family::kContractBalance, "contract_balance", KeyPart::kHash, KeyPart::kAsset,
              kValueIndex<AmountRecord>, "contracts"},
    FamilyRow{Family::kAssetSupply, "asset_supply", KeyPart::kAsset, KeyPart::kNone,
              kValueIndex<AmountRecord>, "objects"},
    FamilyRow{Family::kAiMining, "ai_mining", KeyPart::kNone, KeyPart::kNone,
              kValueIndex<base::Boxed<BytesRecord>>, "objects"},
    FamilyRow{Family::kEncryptedBalance, "encrypted_balance", KeyPart::kAccount, KeyPart::kAsset,
              kValueIndex<base::Boxed<EncryptedBalanceRecord>>, "objects"},
    FamilyRow{Family::kExecutedTransaction, "executed_transaction", KeyPart::kHash, KeyPart::kNone,
              kValueIndex<ExecutedRecord>, "executed"},
    FamilyRow{Family::kCounter, "counter", KeyPart::kCounter, KeyPart::kNone,
              kValueIndex<AmountRecord>, "objects"},
    FamilyRow{Family::kBalanceVersion, "balance_version", KeyPart::kAccount, KeyPart::kAsset,
              kValueIndex<base::Boxed<BalanceVersionRecord>>, "balances"},
    FamilyRow{Family::kAccountVersion, "account_version", KeyPart::kAccount, KeyPart::kNone,
              kValueIndex<base::Boxed<AccountVersionRecord>>, "objects"},
    FamilyRow{Family::kStakedEnergy, "staked_energy", KeyPart::kAccount, KeyPart::kNone,
              kValueIndex<base::Boxed<StakedEnergyRecord>>, "objects"},
};

/// The column families of the table, in the order the store creates them.
inline constexpr std::array<std::string_view, 5> kFamilyGroups = {"accounts", "balances", "objects",
                                                                  "contracts", "executed"};

/// Position of `family` in `kFamilies`.
[[nodiscard]] constexpr std::size_t family_index(Family family) noexcept {
    return static_cast<std::size_t>(family) - 1;
}
[[nodiscard]] constexpr const FamilyRow& family_row(Family family) noexcept {
    return kFamilies[family_index(family)];
}
/// The family with that number, if there is one: for keys that come from outside.
[[nodiscard]] constexpr const FamilyRow* find_family(std::uint8_t number) noexcept {
    return number >= 1 && number <= kFamilies.size() ? &kFamilies[number - 1U] : nullptr;
}

/// The default value of a family: zeros, and no elements.
[[nodiscard]] StateValue default_value(Family family);

/// Calls `f` with the record inside `value`, unboxed.
template <class F>
decltype(auto) visit_record(const StateValue& value, F&& f) {
    return std::visit(
        [&](const auto& alternative) -> decltype(auto) {
            if constexpr (requires { alternative.get(); }) {
                return f(alternative.get());
            } else {
                return f(alternative);
            }
        },
        value);
}

/// `balance[tos1...]`-like text of a key in raw form: family, then hex of each used part.
[[nodiscard]] std::string to_string(const StateKey& key);
[[nodiscard]] std::string_view counter_name(Counter counter) noexcept;

namespace families_internal {
constexpr bool table_is_complete() {
    for (std::size_t i = 0; i < kFamilies.size(); ++i) {
        if (family_index(kFamilies[i].family) != i ||
            kFamilies[i].value_index >= std::variant_size_v<StateValue>) {
            return false;
        }
    }
    return kFamilies.back().family == Family::kStakedEnergy;
}
static_assert(table_is_complete(), "kFamilies lists every family once, in order");
}  // namespace families_internal

}  // namespace parallax::model
