#pragma once

#include "verifier/model/error_code.hpp"
#include "verifier/model/transaction.hpp"
#include "verifier/protocol/transaction_rules.hpp"
#include "verifier/protocol/transaction_state.hpp"

namespace parallax {

/// The checks of a multisig payload (semantics reference, 5.3). Requires one. Reads only.
[[nodiscard]] ErrorCode verify_multisig_payload(TransactionState& state,
                                                const Transaction& transaction);

/// The co-signatures of any transaction against its source's configuration (4.4). `is_owner` as
/// `authorize` found it: other roles of an agent account have no part in multisig. Reads only.
[[nodiscard]] ErrorCode verify_multisig_section(TransactionState& state, TxIndex index,
                                                const RuleContext& context, bool is_owner);

/// Replaces or deletes the source's configuration. Requires a multisig payload.
void apply_multisig_payload(TransactionState& state, const Transaction& transaction);

}  // namespace parallax
