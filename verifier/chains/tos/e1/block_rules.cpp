#include "verifier/chains/tos/e1/block_rules.hpp"

#include "verifier/chains/tos/e1/emission.hpp"
#include "verifier/chains/tos/e1/vector_rules.hpp"

#include "absl/container/flat_hash_map.h"

namespace parallax::tos::e1 {
namespace {

/// The node adds unchecked; here a row that cannot hold the amount keeps what it had. It is written
/// all the same, so that the invariants find it in the delta and can tell this from a forgotten
/// credit.
void credit_or_keep(protocol::TransactionState& state, const model::StateKey& key,
                    model::Amount amount) {
    if (!state.credit(key, amount)) {
        static_cast<void>(state.credit(key, model::Amount{0}));  // nothing always fits
    }
}

/// A reward on the receiver ledger (protocol notes, 8.4 step 3.6).
void pay(protocol::TransactionState& state, const model::PublicKey& account, model::Amount amount,
         model::Topoheight now) {
    if (!state.exists(model::account_key(account))) {
        state.put(model::account_key(account), model::AccountRecord{model::Nonce{0}, now});
    }
    credit_or_keep(state, model::balance_key(account, model::kTosAsset), amount);
}

void count(protocol::TransactionState& state, model::Counter counter, model::Amount amount) {
    credit_or_keep(state, model::counter_key(counter), amount);
}

/// The accounts and nonces of the whole list (7, steps 2 and 3).
absl::StatusOr<std::optional<BlockRejection>> check_nonces(const protocol::BlockStateReader& reader,
                                                           const RuleContext& context) {
    const auto& transactions = context.block.transactions();
    absl::flat_hash_map<model::PublicKey, model::Nonce> expected;
    for (std::uint32_t i = 0; i < transactions.size(); ++i) {
        const model::PublicKey& source = transactions[i].transaction.source;
        protocol::VisibleValue account;
        if (const auto read = reader.read_value(model::account_key(source), account); !read.ok()) {
            return read;
        }
        if (!account.value) {
            return BlockRejection{model::ErrorCode::kAccountNotFound, model::TxIndex{i}};
        }
        expected.try_emplace(source, std::get<model::AccountRecord>(*account.value).nonce);
    }
    for (std::uint32_t i = 0; i < transactions.size(); ++i) {
        const Transaction& transaction = transactions[i].transaction;
        model::Nonce& nonce = expected[transaction.source];
        if (transaction.nonce != nonce) {
            return BlockRejection{transaction.nonce > nonce ? model::ErrorCode::kNonceTooHigh
                                                            : model::ErrorCode::kNonceTooLow,
                                  model::TxIndex{i}};
        }
        nonce = model::next(nonce);
    }
    return std::nullopt;
}

/// Every transaction's verification, on what those before it spend (4.1; 7, step 4).
absl::StatusOr<std::optional<BlockRejection>> verify_all(const protocol::StateView& view,
                                                         const RuleContext& context,
                                                         const std::atomic<bool>& cancelled) {
    protocol::BlockState state(view);
    protocol::TransactionState transaction(state, 0,
                                           protocol::TransactionState::Credits::kDiscarded);
    for (std::uint32_t i = 0; i < context.block.transactions().size(); ++i) {
        if (cancelled.load(std::memory_order_relaxed)) {
            return absl::DeadlineExceededError("cancelled");
        }
        transaction.reset(i);
        const RuleResult result =
            verify_vector_transaction(transaction, model::TxIndex{i}, context);
        if (!transaction.status().ok()) {
            return transaction.status();
        }
        if (result.status == model::TransactionStatus::kFailed) {
            return BlockRejection{result.code, model::TxIndex{i}};
        }
        if (result.has_effects && !state.merge(transaction)) {
            return absl::InternalError("what was spent does not fit the state it was read from");
        }
    }
    return std::nullopt;
}

}  // namespace

absl::StatusOr<std::optional<BlockRejection>> check_block(const protocol::StateView& view,
                                                          const RuleContext& context,
                                                          const std::atomic<bool>& cancelled) {
    if (context.profile.path == protocol::ExecutionPath::kChain) {
        return std::nullopt;
    }
    if (context.profile.path == protocol::ExecutionPath::kVectorBlock) {
        auto rejection = check_nonces(protocol::BlockState(view), context);
        if (!rejection.ok() || *rejection) {
            return rejection;
        }
    }
    // Where failures do not reject a block, the apply phase alone decides.
    return context.profile.failure_model == protocol::FailureModel::kRejectBlock
               ? verify_all(view, context, cancelled)
               : std::nullopt;
}

RuleResult execute_transaction(protocol::TransactionState& state, model::TxIndex index,
                               const RuleContext& context) {
    return context.profile.path == protocol::ExecutionPath::kChain
               ? run_chain_transaction(state, index, context)
               : apply_vector_transaction(state, index, context);
}

void finalize_block(protocol::TransactionState& state, const RuleContext& context,
                    model::BlockTotals& totals) {
    if (context.profile.path != protocol::ExecutionPath::kChain) {
        return;
    }
    const model::Topoheight now = context.block.execution_topoheight();
    const model::Amount emitted =
        state.received_total(model::counter_key(model::Counter::kEmittedSupply))
            .value_or(model::Amount{0});
    model::Amount reward = block_reward(emitted);
    if (const auto& side_block = context.block.placement().side_block) {
        reward = side_block_reward(reward, *side_block);
    }
    const model::Amount dev = dev_share(reward, context.block.header().height);

    totals.emitted_supply = reward;
    totals.dev_reward = dev;
    // The miner's part of the reward and the fees; contract gas never reaches anybody (quirk Q1).
    totals.miner_reward = model::saturating_add(model::saturating_sub(reward, dev), totals.fees);

    pay(state, context.profile.dev_key, dev, now);
    pay(state, context.block.header().miner, totals.miner_reward, now);
    count(state, model::Counter::kEmittedSupply, totals.emitted_supply);
    count(state, model::Counter::kGasFee, totals.gas_fee);
    count(state, model::Counter::kMinerReward, totals.miner_reward);
}

}  // namespace parallax::tos::e1
