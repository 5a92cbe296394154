#include "verifier/model/transaction.hpp"

#include <array>

namespace parallax {

std::string_view transaction_type_name(TransactionType type) noexcept {
    switch (type) {
        case TransactionType::kBurn:
            return "burn";
        case TransactionType::kTransfers:
            return "transfers";
        case TransactionType::kMultisig:
            return "multisig";
        case TransactionType::kInvokeContract:
            return "invoke_contract";
        case TransactionType::kDeployContract:
            return "deploy_contract";
        case TransactionType::kEnergy:
            return "energy";
        case TransactionType::kUnoTransfers:
            return "uno_transfers";
        case TransactionType::kShieldTransfers:
            return "shield_transfers";
        case TransactionType::kUnshieldTransfers:
            return "unshield_transfers";
        case TransactionType::kRegisterName:
            return "register_name";
        case TransactionType::kAgentAccount:
            return "agent_account";
    }
    return "unknown";
}

TransactionType transaction_type(const Payload& payload) noexcept {
    static constexpr std::array kTypes = {
        TransactionType::kBurn,
        TransactionType::kTransfers,
        TransactionType::kMultisig,
        TransactionType::kInvokeContract,
        TransactionType::kDeployContract,
        TransactionType::kEnergy,
        TransactionType::kUnoTransfers,
        TransactionType::kShieldTransfers,
        TransactionType::kUnshieldTransfers,
        TransactionType::kRegisterName,
        TransactionType::kAgentAccount,
    };
    static_assert(kTypes.size() == std::variant_size_v<Payload>);
    return kTypes[payload.index()];
}

}  // namespace parallax
