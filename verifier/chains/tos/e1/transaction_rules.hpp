#pragma once

#include "verifier/chains/tos/e1/admitted_body.hpp"
#include "verifier/chains/tos/e1/profile.hpp"
#include "verifier/model/error_code.hpp"
#include "verifier/protocol/transaction_state.hpp"

namespace parallax::tos::e1 {

/// What the rules need to know besides state and transaction. References stay valid for the call.
struct RuleContext {
    const Profile& profile;
    const protocol::AdmittedBlock& block;
    const protocol::SignatureSource& signatures;

    [[nodiscard]] const AdmittedEntry& entry(model::TxIndex index) const {
        return entry_of(block, index);
    }
    [[nodiscard]] const Transaction& transaction(model::TxIndex index) const {
        return entry_of(block, index).transaction;
    }
};

using protocol::RuleResult;

/// The main signature under another key than the source's (agent accounts: controller, session
/// keys), and a co-signature over BLAKE3(signing bytes) (4.4). Valid where the block's signatures
/// are taken as valid.
[[nodiscard]] crypto::SignatureCheck signature_under(const RuleContext& context,
                                                     model::TxIndex index,
                                                     const model::PublicKey& key);
[[nodiscard]] crypto::SignatureCheck check_cosignature(const RuleContext& context,
                                                       model::TxIndex index,
                                                       const model::PublicKey& participant,
                                                       const crypto::Signature& signature);

/// The mempool sequence (protocol notes, 4.2) in its order, first failing check wins. Reads
/// only.
[[nodiscard]] model::ErrorCode verify_transaction(protocol::TransactionState& state,
                                                  model::TxIndex index, const RuleContext& context);

/// True for a transfer or burn that pays its fee in TOS, has no multisig section, and passes every
/// check of 4.2 that needs no state, the signature under its source key included: see
/// `Protocol::passes_without_state`.
[[nodiscard]] bool passes_without_state(model::TxIndex index, const RuleContext& context);

/// The apply phase (6.1): debits, nonce, fee, energy, then the type's effects. It fails as the node
/// does, leaving in `state` what was done before the failing step.
[[nodiscard]] RuleResult apply_transaction(protocol::TransactionState& state, model::TxIndex index,
                                           const RuleContext& context);

/// One transaction of a chain block (8.4, step 3.2): already executed? nonce; checks; apply; mark
/// as executed. Under `kOrphanPartial` the checks of 4.2 are the node's at arrival and not
/// repeated.
[[nodiscard]] RuleResult run_transaction(protocol::TransactionState& state, model::TxIndex index,
                                         const RuleContext& context);

}  // namespace parallax::tos::e1
