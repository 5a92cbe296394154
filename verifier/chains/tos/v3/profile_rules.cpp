#include "verifier/chains/tos/v3/block_rules.hpp"
#include "verifier/chains/tos/v3/laws.hpp"
#include "verifier/chains/tos/v3/profile.hpp"
#include "verifier/chains/tos/v3/transaction_rules.hpp"

// The door from `Protocol` to the rules: each of these is written where its name says.

namespace parallax::tos::v3 {

protocol::RuleResult Profile::execute(protocol::TransactionState& state, model::TxIndex index,
                                      const protocol::RuleContext& context) const {
    return run_transaction(state, index, {*this, context.block, context.signatures});
}

void Profile::initialize(protocol::TransactionState& state, const protocol::RuleContext& context,
                         model::BlockTotals& totals) const {
    pay_rewards(state, {*this, context.block, context.signatures}, totals);
}

void Profile::finalize(protocol::TransactionState& state, const protocol::RuleContext& context,
                       model::BlockTotals& totals) const {
    commit_block(state, {*this, context.block, context.signatures}, totals);
}

void Profile::check_invariants(const protocol::InvariantCase& judged) const {
    check_laws(judged);
}

std::optional<model::StateKey> Profile::row_of_code(const protocol::AdmittedBlock& block,
                                                    model::TxIndex index,
                                                    model::ErrorCode code) const {
    const model::PublicKey& source = transaction_of(block, index).source;
    switch (code) {
        case model::ErrorCode::kNonceTooLow:
        case model::ErrorCode::kNonceDuplicate:
        case model::ErrorCode::kAccountNotFound:
            return model::account_key(source);
        case model::ErrorCode::kInsufficientBalance:
        case model::ErrorCode::kOverflow:
            return model::balance_key(source, model::kTosAsset);
        case model::ErrorCode::kInsufficientEnergy:
        case model::ErrorCode::kInsufficientFrozen:
            return model::staked_energy_key(source);
        default:
            return std::nullopt;
    }
}

}  // namespace parallax::tos::v3
