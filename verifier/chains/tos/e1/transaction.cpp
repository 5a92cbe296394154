#include "verifier/chains/tos/e1/transaction.hpp"

#include <array>

namespace parallax::tos::e1 {

model::TransactionType transaction_type(const Payload& payload) noexcept {
    static constexpr std::array kTypes = {
        model::TransactionType::kBurn,
        model::TransactionType::kTransfers,
        model::TransactionType::kMultisig,
        model::TransactionType::kInvokeContract,
        model::TransactionType::kDeployContract,
        model::TransactionType::kEnergy,
        model::TransactionType::kUnoTransfers,
        model::TransactionType::kShieldTransfers,
        model::TransactionType::kUnshieldTransfers,
        model::TransactionType::kRegisterName,
        model::TransactionType::kAgentAccount,
    };
    static_assert(kTypes.size() == std::variant_size_v<Payload>);
    return kTypes[payload.index()];
}

}  // namespace parallax::tos::e1
