#pragma once

#include "verifier/chains/tos/e1/transaction.hpp"
#include "verifier/model/error_code.hpp"
#include "verifier/protocol/transaction_state.hpp"

#include <string_view>

namespace parallax::tos::e1 {

/// Whether a name as on the wire may be registered at all, whoever asks (protocol notes, 5.6,
/// checks 1 to 3).
[[nodiscard]] bool is_registrable_name(std::string_view name);

/// Checks 1 to 5 of 5.6 in order. Requires a register_name payload. Reads only.
[[nodiscard]] model::ErrorCode verify_name(protocol::TransactionState& state,
                                           const Transaction& transaction);

/// Ties the name's hash to its owner, both ways. Requires a register_name payload.
void apply_name(protocol::TransactionState& state, const Transaction& transaction);

}  // namespace parallax::tos::e1
