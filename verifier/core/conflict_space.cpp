#include "verifier/core/conflict_space.hpp"

#include <algorithm>
#include <tuple>

namespace parallax {
namespace {

using enum TransactionType;

// What every transaction does to its source: nonce and fee are read and written, and the rows that
// say who must sign are read.
constexpr TypeUse account(TransactionType type, bool names_others) {
    return {type, Family::kAccount, true, names_others, true, false};
}
constexpr TypeUse balance(TransactionType type, bool reads_only, bool credits) {
    return {type, Family::kBalance, true, reads_only, true, credits};
}
constexpr TypeUse read_alone(TransactionType type, Family family) {
    return {type, family, true, true, false, false};
}
constexpr TypeUse rewritten(TransactionType type, Family family, bool reads_only) {
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
    read_alone(kBurn, Family::kMultisig),
    read_alone(kTransfers, Family::kMultisig),
    rewritten(kMultisig, Family::kMultisig, false),
    read_alone(kDeployContract, Family::kMultisig),
    read_alone(kEnergy, Family::kMultisig),
    read_alone(kShieldTransfers, Family::kMultisig),
    read_alone(kRegisterName, Family::kMultisig),
    read_alone(kAgentAccount, Family::kMultisig),
    read_alone(kBurn, Family::kAgentAccount),
    read_alone(kTransfers, Family::kAgentAccount),
    read_alone(kMultisig, Family::kAgentAccount),
    read_alone(kDeployContract, Family::kAgentAccount),
    read_alone(kEnergy, Family::kAgentAccount),
    read_alone(kShieldTransfers, Family::kAgentAccount),
    read_alone(kRegisterName, Family::kAgentAccount),
    rewritten(kAgentAccount, Family::kAgentAccount, false),
    rewritten(kTransfers, Family::kEnergy, false),
    rewritten(kEnergy, Family::kEnergy, false),
    rewritten(kRegisterName, Family::kName, false),
    rewritten(kRegisterName, Family::kNameOfAccount, false),
    rewritten(kDeployContract, Family::kContractModule, false),
    rewritten(kShieldTransfers, Family::kEncryptedBalance, false),
    TypeUse{kBurn, Family::kCounter, false, false, false, true},
};

bool can_meet(const TypeUse& first, const TypeUse& second, Dependency hazard) {
    switch (hazard) {
        case Dependency::kReadAfterWrite:
            return first.writes && second.reads;
        case Dependency::kWriteAfterRead:
            return first.reads_only && second.writes;
        case Dependency::kWriteAfterWrite:
            return first.writes && second.writes;
        case Dependency::kCreditAfterCredit:
            return first.credits && second.credits;
    }
    return false;
}

std::vector<ConflictCount> make_shapes() {
    std::vector<ConflictCount> shapes;
    for (const TypeUse& first : kUses) {
        for (const TypeUse& second : kUses) {
            for (const Dependency hazard :
                 {Dependency::kReadAfterWrite, Dependency::kWriteAfterRead,
                  Dependency::kWriteAfterWrite, Dependency::kCreditAfterCredit}) {
                if (first.family == second.family && can_meet(first, second, hazard)) {
                    shapes.push_back({first.type, second.type, first.family, hazard, 0});
                }
            }
        }
    }
    const auto order = [](const ConflictCount& shape) {
        return std::tie(shape.first, shape.second, shape.family, shape.hazard);
    };
    std::sort(shapes.begin(), shapes.end(),
              [&](const ConflictCount& a, const ConflictCount& b) { return order(a) < order(b); });
    return shapes;
}

}  // namespace

std::span<const TypeUse> type_uses() noexcept {
    return kUses;
}

const std::vector<ConflictCount>& possible_shapes() {
    static const std::vector<ConflictCount> kShapes = make_shapes();
    return kShapes;
}

}  // namespace parallax
