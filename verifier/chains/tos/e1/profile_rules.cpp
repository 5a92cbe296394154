#include "verifier/chains/tos/e1/block_rules.hpp"
#include "verifier/chains/tos/e1/identities.hpp"
#include "verifier/chains/tos/e1/laws.hpp"
#include "verifier/chains/tos/e1/profile.hpp"
#include "verifier/chains/tos/e1/transaction_rules.hpp"

// The door from `Protocol` to the rules: each of these is written where its name says.

namespace parallax::tos::e1 {

protocol::RuleResult Profile::execute(protocol::TransactionState& state, model::TxIndex index,
                                      const protocol::RuleContext& context) const {
    return run_transaction(state, index, {*this, context.block, context.signatures});
}

void Profile::finalize(protocol::TransactionState& state, const protocol::RuleContext& context,
                       model::BlockTotals& totals) const {
    finalize_block(state, {*this, context.block, context.signatures}, totals);
}

bool Profile::passes_without_state(model::TxIndex index,
                                   const protocol::RuleContext& context) const {
    // Under `kOrphanPartial` a nonce can be used up by a transaction that did not write it: more
    // than the contract of a plain payment allows for.
    return failure_model != protocol::FailureModel::kOrphanPartial &&
           e1::passes_without_state(index, {*this, context.block, context.signatures});
}

void Profile::check_invariants(const protocol::InvariantCase& judged) const {
    check_laws(judged, *this);
}

std::optional<model::StateKey> Profile::row_of_code(const protocol::AdmittedBlock& block,
                                                    model::TxIndex index,
                                                    model::ErrorCode code) const {
    const Transaction& transaction = transaction_of(block, index);
    const model::PublicKey& source = transaction.source;
    if (const auto* payload = std::get_if<RegisterNamePayload>(&transaction.payload);
        payload != nullptr && code == model::ErrorCode::kDomainExists) {
        return model::name_key(name_hash(payload->name));
    }
    if (code == model::ErrorCode::kNonceTooLow || code == model::ErrorCode::kNonceTooHigh ||
        code == model::ErrorCode::kNonceDuplicate || code == model::ErrorCode::kAccountNotFound) {
        return model::account_key(source);
    }
    if (code == model::ErrorCode::kInsufficientBalance ||
        code == model::ErrorCode::kInsufficientFee || code == model::ErrorCode::kOverflow) {
        return model::balance_key(source, model::kTosAsset);
    }
    if (code == model::ErrorCode::kInsufficientEnergy ||
        code == model::ErrorCode::kInsufficientFrozen) {
        return model::energy_key(source);
    }
    return std::nullopt;
}

}  // namespace parallax::tos::e1
