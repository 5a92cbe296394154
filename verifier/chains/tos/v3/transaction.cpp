#include "verifier/chains/tos/v3/transaction.hpp"

#include <array>

namespace parallax::tos::v3 {

model::TransactionType transaction_type(const Payload& payload) noexcept {
    // In the order of the variant.
    constexpr std::array kTypes = {
        model::TransactionType::kBurn,           model::TransactionType::kTransfers,
        model::TransactionType::kMultisig,       model::TransactionType::kInvokeContract,
        model::TransactionType::kDeployContract, model::TransactionType::kEnergy,
        model::TransactionType::kAiMining,
    };
    static_assert(kTypes.size() == std::variant_size_v<Payload>);
    return kTypes[payload.index()];
}

bool runs_code(const Payload& payload) noexcept {
    return std::holds_alternative<InvokeContractPayload>(payload) ||
           std::holds_alternative<DeployContractPayload>(payload);
}

std::size_t output_count(const Payload& payload) noexcept {
    const auto* transfers = std::get_if<TransfersPayload>(&payload);
    return transfers == nullptr ? 0 : transfers->transfers.size();
}

}  // namespace parallax::tos::v3
