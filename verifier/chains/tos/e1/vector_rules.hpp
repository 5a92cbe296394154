#pragma once

#include "verifier/chains/tos/e1/transaction_rules.hpp"

namespace parallax::tos::e1 {

/// The public vectors' harness (protocol notes, 4.1 and 7): what it does before and instead of
/// the node's own path. Both steps of a vector run over one transaction each.

/// Verification of one transaction of a vector: for `kVectorTransaction` the pre-checks H2 to H4,
/// then the shortcut of its type (5.5.1, 5.10, 5.12) or the mempool sequence; on success the
/// sender-side effects, which later transactions of the sender see.
[[nodiscard]] RuleResult verify_vector_transaction(protocol::TransactionState& state,
                                                   model::TxIndex index,
                                                   const RuleContext& context);

/// The apply phase of one transaction of a vector, with the codes of 11.3.
[[nodiscard]] RuleResult apply_vector_transaction(protocol::TransactionState& state,
                                                  model::TxIndex index, const RuleContext& context);

}  // namespace parallax::tos::e1
