#include "verifier/chains/tos/e1/profile.hpp"

#include <algorithm>
#include <array>

namespace parallax::tos::e1 {
namespace {

using protocol::TypeUse;
using enum model::TransactionType;

// What every transaction does to its source: nonce and fee are read and written, and the rows that
// say who must sign are read.
constexpr TypeUse account(model::TransactionType type, bool names_others) {
    return {type, model::Family::kAccount, true, names_others, true, false};
}
constexpr TypeUse balance(model::TransactionType type, bool reads_only, bool credits) {
    return {type, model::Family::kBalance, true, reads_only, true, credits};
}
constexpr TypeUse read_alone(model::TransactionType type, model::Family family) {
    return {type, family, true, true, false, false};
}
constexpr TypeUse rewritten(model::TransactionType type, model::Family family, bool reads_only) {
    return {type, family, true, reads_only, true, false};
}

constexpr std::array kUses = {
    account(kBurn, false),
    account(kTransfers, true),
    account(kMultisig, false),
    account(kDeployContract, false),
    account(kEnergy, true),
    account(kShieldTransfers, true),
    account(kRegisterName, false),
    account(kAgentAccount, true),
    balance(kBurn, false, false),
    balance(kTransfers, false, true),
    balance(kMultisig, false, false),
    balance(kDeployContract, false, false),
    balance(kEnergy, false, true),
    balance(kShieldTransfers, false, false),
    balance(kRegisterName, false, false),
    balance(kAgentAccount, false, false),
    read_alone(kBurn, model::Family::kMultisig),
    read_alone(kTransfers, model::Family::kMultisig),
    rewritten(kMultisig, model::Family::kMultisig, false),
    read_alone(kDeployContract, model::Family::kMultisig),
    read_alone(kEnergy, model::Family::kMultisig),
    read_alone(kShieldTransfers, model::Family::kMultisig),
    read_alone(kRegisterName, model::Family::kMultisig),
    read_alone(kAgentAccount, model::Family::kMultisig),
    read_alone(kBurn, model::Family::kAgentAccount),
    read_alone(kTransfers, model::Family::kAgentAccount),
    read_alone(kMultisig, model::Family::kAgentAccount),
    read_alone(kDeployContract, model::Family::kAgentAccount),
    read_alone(kEnergy, model::Family::kAgentAccount),
    read_alone(kShieldTransfers, model::Family::kAgentAccount),
    read_alone(kRegisterName, model::Family::kAgentAccount),
    rewritten(kAgentAccount, model::Family::kAgentAccount, false),
    rewritten(kTransfers, model::Family::kEnergy, false),
    rewritten(kEnergy, model::Family::kEnergy, false),
    rewritten(kRegisterName, model::Family::kName, false),
    rewritten(kRegisterName, model::Family::kNameOfAccount, false),
    rewritten(kDeployContract, model::Family::kContractModule, false),
    rewritten(kShieldTransfers, model::Family::kEncryptedBalance, false),
    TypeUse{kBurn, model::Family::kCounter, false, false, false, true},
};

/// Kinds of transaction and of row that HEAD has no more.
constexpr bool is_in_head(const TypeUse& use) {
    return use.type != kEnergy && use.type != kRegisterName && use.type != kAgentAccount &&
           use.family != model::Family::kEnergy && use.family != model::Family::kAgentAccount &&
           use.family != model::Family::kName && use.family != model::Family::kNameOfAccount;
}
constexpr std::size_t kUsesOfHeadCount =
    static_cast<std::size_t>(std::count_if(kUses.begin(), kUses.end(), is_in_head));
constexpr auto kUsesOfHead = [] {
    std::array<TypeUse, kUsesOfHeadCount> uses{};
    std::copy_if(kUses.begin(), kUses.end(), uses.begin(), is_in_head);
    return uses;
}();

}  // namespace

std::span<const protocol::TypeUse> Profile::type_uses() const noexcept {
    return epoch == Epoch::kE1 ? std::span<const TypeUse>(kUses)
                               : std::span<const TypeUse>(kUsesOfHead);
}

}  // namespace parallax::tos::e1
