#pragma once

#include "verifier/model/error_code.hpp"
#include "verifier/protocol/admit.hpp"
#include "verifier/protocol/profile.hpp"
#include "verifier/protocol/transaction_state.hpp"

#include <atomic>

namespace parallax::tos::e1 {

/// What the rules need to know besides state and transaction. References stay valid for the call.
struct RuleContext {
    const protocol::Profile& profile;
    const protocol::AdmittedBlock& block;
    const protocol::SignatureSource& signatures;
};

/// How one step over one transaction ended.
struct RuleResult {
    /// kExecuted, kFailed, kSkipped or kUnsupported.
    model::TransactionStatus status = model::TransactionStatus::kExecuted;
    model::ErrorCode code = model::ErrorCode::kSuccess;
    /// False if nothing of `TransactionState` may be kept under any failure model.
    bool has_effects = false;
};

/// The mempool sequence (protocol notes, 4.2) in its order, first failing check wins. Reads
/// only. On the vector-transaction path the caller has run `harness_precheck`.
[[nodiscard]] model::ErrorCode verify_transaction(protocol::TransactionState& state,
                                                  model::TxIndex index, const RuleContext& context);

/// True for a transfer or burn that pays its fee in TOS, has no multisig section, and passes every
/// check of 4.2 that needs no state, the signature under its source key included. What is left
/// then are the reads of its source's rows: an executor that knows those may decide it by itself.
[[nodiscard]] bool passes_without_state(model::TxIndex index, const RuleContext& context);

/// The apply phase (6.1): debits, nonce, fee, energy, then the type's effects. It fails as the node
/// does, leaving in `state` what was done before the failing step.
[[nodiscard]] RuleResult apply_transaction(protocol::TransactionState& state, model::TxIndex index,
                                           const RuleContext& context);

/// One transaction of a chain block (8.4, step 3.2): already executed? nonce; checks; apply; mark
/// as executed. Under `kOrphanPartial` the checks of 4.2 are the node's at arrival and not
/// repeated.
[[nodiscard]] RuleResult run_chain_transaction(protocol::TransactionState& state,
                                               model::TxIndex index, const RuleContext& context);

}  // namespace parallax::tos::e1
