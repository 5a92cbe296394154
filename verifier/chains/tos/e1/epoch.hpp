#pragma once

#include "verifier/model/transaction_type.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace parallax::tos::e1 {

/// Which of the two epochs that share these rules is meant: E1, or HEAD, today's chain, which is E1
/// without energy, agent accounts and names, with other opcodes and kinds of fee (docs/protocol,
/// head).
enum class Epoch : std::uint8_t { kE1 = 0, kHead = 1 };

/// The name of its profile: `e1`, `head`.
[[nodiscard]] std::string_view profile_name(Epoch epoch) noexcept;

/// The kind of transaction that an opcode means; nothing if the epoch has not assigned it.
[[nodiscard]] std::optional<model::TransactionType> type_of_opcode(std::uint8_t opcode,
                                                                   Epoch epoch) noexcept;
/// 255, which no epoch assigns, for a kind that the epoch does not have.
[[nodiscard]] std::uint8_t opcode_of(model::TransactionType type, Epoch epoch) noexcept;

}  // namespace parallax::tos::e1
