#include "verifier/model/transaction_type.hpp"

namespace parallax::model {

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
        case TransactionType::kAiMining:
            return "ai_mining";
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

}  // namespace parallax::model
