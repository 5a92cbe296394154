#include "verifier/chains/tos/e1/transaction_rules.hpp"
#include "verifier/crypto/hashing.hpp"

namespace parallax::tos::e1 {
namespace {

/// True for what only the chain's virtual machine or its Bulletproofs can decide: contract calls
/// and constructors, and transfers out of encrypted balances (protocol notes, 17).
bool is_unsupported(const Payload& payload) {
    if (const auto* deploy = std::get_if<DeployContractPayload>(&payload)) {
        return deploy->constructor.has_value();
    }
    return std::holds_alternative<InvokeContractPayload>(payload) ||
           std::holds_alternative<UnoTransfersPayload>(payload) ||
           std::holds_alternative<UnshieldTransfersPayload>(payload);
}

/// The nonce checker's own number for an account: under `kOrphanPartial` it stays used although
/// the transaction failed before it wrote the nonce (6.3). The row lives inside the block only:
/// nothing is ever credited to it or recorded as its output, so it reaches no delta.
model::StateKey nonce_checker_key(const model::PublicKey& account) {
    model::StateKey key{model::Family::kCounter, account.bytes(), {}};
    key.detail.fill(0xFF);
    return key;
}

RuleResult failed(model::ErrorCode code, bool has_effects) {
    return {model::TransactionStatus::kFailed, code, has_effects};
}

void mark_executed(protocol::TransactionState& state, const model::Hash& transaction,
                   const RuleContext& context) {
    state.put(model::executed_transaction_key(transaction),
              model::ExecutedRecord{context.block.execution_topoheight()});
}

/// The node's execution of a block that it verified on arrival: nonce checker, then apply (8.4).
RuleResult run_partial(protocol::TransactionState& state, model::TxIndex index,
                       const RuleContext& context) {
    const Transaction& transaction = context.transaction(index);
    const auto* account = state.find<model::AccountRecord>(model::account_key(transaction.source));
    if (account == nullptr) {
        return failed(model::ErrorCode::kAccountNotFound, false);
    }
    const model::StateKey checker = nonce_checker_key(transaction.source);
    const std::uint64_t expected =
        state.spendable(checker).value_or(model::Amount{account->nonce.value()}).value();
    if (transaction.nonce.value() != expected) {
        return failed(transaction.nonce.value() > expected ? model::ErrorCode::kNonceTooHigh
                                                           : model::ErrorCode::kNonceTooLow,
                      false);
    }
    state.set_spendable(checker, model::Amount{expected + 1});
    if (is_unsupported(transaction.payload)) {
        return {model::TransactionStatus::kUnsupported, model::ErrorCode::kNotImplemented, false};
    }
    RuleResult result = apply_transaction(state, index, context);
    result.has_effects = true;
    return result;
}

RuleResult run_atomic(protocol::TransactionState& state, model::TxIndex index,
                      const RuleContext& context) {
    const model::ErrorCode code = verify_transaction(state, index, context);
    if (code != model::ErrorCode::kSuccess) {
        return failed(code, false);
    }
    const Transaction& transaction = context.transaction(index);
    if (is_unsupported(transaction.payload)) {
        return {model::TransactionStatus::kUnsupported, model::ErrorCode::kNotImplemented, false};
    }
    return apply_transaction(state, index, context);
}

}  // namespace

crypto::SignatureCheck signature_under(const RuleContext& context, model::TxIndex index,
                                       const model::PublicKey& key) {
    if (context.signatures.policy() == model::SignaturePolicy::kOff) {
        return crypto::SignatureCheck::kValid;
    }
    const AdmittedEntry& entry = context.entry(index);
    return crypto::verify_signature(key, entry.signing_bytes, entry.transaction.signature);
}

crypto::SignatureCheck check_cosignature(const RuleContext& context, model::TxIndex index,
                                         const model::PublicKey& participant,
                                         const crypto::Signature& signature) {
    if (context.signatures.policy() == model::SignaturePolicy::kOff) {
        return crypto::SignatureCheck::kValid;
    }
    // Co-signers sign the hash of the signing bytes, not the bytes (protocol notes, 3.1).
    const model::Hash message = crypto::blake3(context.entry(index).signing_bytes);
    return crypto::verify_signature(participant, message.bytes(), signature);
}

RuleResult run_transaction(protocol::TransactionState& state, model::TxIndex index,
                           const RuleContext& context) {
    const model::Hash& hash = context.block.transactions()[index.value()].hash;
    if (state.exists(model::executed_transaction_key(hash))) {
        return {model::TransactionStatus::kSkipped, model::ErrorCode::kSuccess, false};
    }
    if (!context.block.placement().bodies_shown) {
        return {model::TransactionStatus::kUnsupported, model::ErrorCode::kNotImplemented, false};
    }
    const RuleResult result =
        context.profile.failure_model == protocol::FailureModel::kOrphanPartial
            ? run_partial(state, index, context)
            : run_atomic(state, index, context);
    if (result.status == model::TransactionStatus::kExecuted) {
        mark_executed(state, hash, context);
    }
    return result;
}

}  // namespace parallax::tos::e1
