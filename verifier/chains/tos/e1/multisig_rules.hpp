#pragma once

#include "verifier/chains/tos/e1/transaction.hpp"
#include "verifier/chains/tos/e1/transaction_rules.hpp"
#include "verifier/model/error_code.hpp"
#include "verifier/protocol/transaction_state.hpp"

namespace parallax::tos::e1 {

/// The checks of a multisig payload (protocol notes, 5.3). Requires one. Reads only.
[[nodiscard]] model::ErrorCode verify_multisig_payload(protocol::TransactionState& state,
                                                       const Transaction& transaction);

/// The co-signatures of any transaction against its source's configuration (4.4). `is_owner` as
/// `authorize` found it: other roles of an agent account have no part in multisig. Reads only.
[[nodiscard]] model::ErrorCode verify_multisig_section(protocol::TransactionState& state,
                                                       model::TxIndex index,
                                                       const RuleContext& context, bool is_owner);

/// Replaces or deletes the source's configuration. Requires a multisig payload.
void apply_multisig_payload(protocol::TransactionState& state, const Transaction& transaction);

}  // namespace parallax::tos::e1
