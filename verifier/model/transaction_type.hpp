#pragma once

#include <cstdint>
#include <string_view>

namespace parallax::model {

/// What a transaction does; the number is its opcode in profile e1 (2.2), or in v3 for a kind that
/// only v3 has.
enum class TransactionType : std::uint8_t {
    kBurn = 0,
    kTransfers = 1,
    kMultisig = 2,
    kInvokeContract = 3,
    kDeployContract = 4,
    kEnergy = 5,
    kAiMining = 6,
    kUnoTransfers = 18,
    kShieldTransfers = 19,
    kUnshieldTransfers = 20,
    kRegisterName = 21,
    kAgentAccount = 23,
};

/// The field's word for a type, as the public vectors spell it: `transfers`, `register_name`.
[[nodiscard]] std::string_view transaction_type_name(TransactionType type) noexcept;

}  // namespace parallax::model
