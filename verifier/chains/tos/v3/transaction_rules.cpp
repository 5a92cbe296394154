#include "verifier/chains/tos/v3/transaction_rules.hpp"

#include "verifier/chains/tos/v3/nonce_checker.hpp"

namespace parallax::tos::v3 {
namespace {

RuleResult failed(model::ErrorCode code) {
    return {model::TransactionStatus::kFailed, code, false};
}

RuleResult unsupported() {
    return {model::TransactionStatus::kUnsupported, model::ErrorCode::kNotImplemented, false};
}

/// No block that a node accepted holds a transaction whose signature is wrong: each was checked in
/// full once. So this is about the bytes, not about the rules.
model::ErrorCode check_signature(model::TxIndex index, const RuleContext& context) {
    switch (context.signatures.under_source(index)) {
        case crypto::SignatureCheck::kValid:
            return model::ErrorCode::kSuccess;
        case crypto::SignatureCheck::kInvalid:
            return model::ErrorCode::kInvalidSignature;
        case crypto::SignatureCheck::kBadPublicKey:
            return model::ErrorCode::kInvalidFormat;
    }
    return model::ErrorCode::kInvalidSignature;
}

/// The node's checker goes through all blocks that it orders in one go, so that a nonce which a
/// block beside this one has jumped over may be taken. Whether both were ordered in one go nothing
/// tells but what the node did.
bool depends_on_order(protocol::TransactionState& state, const Transaction& transaction,
                      model::ErrorCode code, const RuleContext& context) {
    if (code != model::ErrorCode::kNonceTooLow || !context.block.placement().side_block) {
        return false;
    }
    const auto* version =
        state.find<model::AccountVersionRecord>(model::account_version_key(transaction.source));
    return version != nullptr && context.now().value() - version->nonce_at.value() <= kStableLimit;
}

}  // namespace

RuleResult run_transaction(protocol::TransactionState& state, model::TxIndex index,
                           const RuleContext& context) {
    const model::Hash& hash = context.block.transactions()[index.value()].hash;
    if (state.exists(model::executed_transaction_key(hash))) {
        return {model::TransactionStatus::kSkipped, model::ErrorCode::kSuccess, false};
    }
    if (!context.block.placement().bodies_shown) {
        return unsupported();
    }
    if (const auto code = check_signature(index, context); code != model::ErrorCode::kSuccess) {
        return failed(code);
    }
    const Transaction& transaction = context.transaction(index);
    const auto checker = NonceChecker::open(state, transaction.source);
    if (!checker) {
        return failed(model::ErrorCode::kAccountNotFound);
    }
    if (const auto code = checker->check(transaction.nonce); code != model::ErrorCode::kSuccess) {
        return depends_on_order(state, transaction, code, context) ? unsupported() : failed(code);
    }
    if (runs_code(transaction.payload)) {
        return unsupported();
    }
    const RuleResult result = apply_transaction(state, index, context);
    if (result.status == model::TransactionStatus::kFailed) {
        checker->give_back();
    } else if (result.status == model::TransactionStatus::kExecuted) {
        checker->use(transaction.nonce);
        state.put(model::executed_transaction_key(hash), model::ExecutedRecord{context.now()});
    }
    return result;
}

}  // namespace parallax::tos::v3
