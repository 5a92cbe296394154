#include "verifier/protocol/block_rules.hpp"

#include "verifier/protocol/emission.hpp"
#include "verifier/protocol/vector_rules.hpp"

#include "absl/container/flat_hash_map.h"

#include <array>

namespace parallax {
namespace {

constexpr std::array kChainPasses = {
    Pass{&run_chain_transaction, TransactionState::Credits::kKept, true}};
constexpr std::array kVectorPasses = {
    Pass{&verify_vector_transaction, TransactionState::Credits::kDiscarded, false},
    Pass{&apply_vector_transaction, TransactionState::Credits::kKept, true}};

/// The node adds unchecked; here a row that cannot hold the amount keeps what it had. It is written
/// all the same, so that the laws find it in the delta and can tell this from a forgotten credit.
void credit_or_keep(TransactionState& state, const StateKey& key, Amount amount) {
    if (!state.credit(key, amount)) {
        static_cast<void>(state.credit(key, Amount{0}));  // nothing always fits
    }
}

/// A reward on the receiver ledger (semantics reference, 8.4 step 3.6).
void pay(TransactionState& state, const PublicKey& account, Amount amount, Topoheight now) {
    if (!state.exists(account_key(account))) {
        state.put(account_key(account), AccountRecord{Nonce{0}, now});
    }
    credit_or_keep(state, balance_key(account, kTosAsset), amount);
}

void count(TransactionState& state, Counter counter, Amount amount) {
    credit_or_keep(state, counter_key(counter), amount);
}

}  // namespace

std::span<const Pass> passes(ExecutionPath path) {
    switch (path) {
        case ExecutionPath::kChain:
            return kChainPasses;
        case ExecutionPath::kVectorTransaction:
        case ExecutionPath::kVectorBlock:
            return kVectorPasses;
    }
    return {};
}

absl::StatusOr<std::optional<BlockRejection>> check_block_prologue(const LedgerReader& reader,
                                                                   const RuleContext& context) {
    if (context.profile.path != ExecutionPath::kVectorBlock) {
        return std::nullopt;
    }
    const auto& transactions = context.block.transactions();
    absl::flat_hash_map<PublicKey, Nonce> expected;
    for (std::uint32_t i = 0; i < transactions.size(); ++i) {
        const PublicKey& source = transactions[i].transaction.source;
        VisibleValue account;
        if (const auto read = reader.read_value(account_key(source), account); !read.ok()) {
            return read;
        }
        if (!account.value) {
            return BlockRejection{ErrorCode::kAccountNotFound, TxIndex{i}};
        }
        expected.try_emplace(source, std::get<AccountRecord>(*account.value).nonce);
    }
    for (std::uint32_t i = 0; i < transactions.size(); ++i) {
        const Transaction& transaction = transactions[i].transaction;
        Nonce& nonce = expected[transaction.source];
        if (transaction.nonce != nonce) {
            return BlockRejection{
                transaction.nonce > nonce ? ErrorCode::kNonceTooHigh : ErrorCode::kNonceTooLow,
                TxIndex{i}};
        }
        nonce = next(nonce);
    }
    return std::nullopt;
}

void apply_epilogue(TransactionState& state, const RuleContext& context, BlockTotals& totals) {
    if (context.profile.path != ExecutionPath::kChain) {
        return;
    }
    const Topoheight now = context.block.execution_topoheight();
    const Amount emitted =
        state.received_total(counter_key(Counter::kEmittedSupply)).value_or(Amount{0});
    Amount reward = block_reward(emitted);
    if (const auto& side_block = context.block.placement().side_block) {
        reward = side_block_reward(reward, *side_block);
    }
    const Amount dev = dev_share(reward, context.block.header().height);

    totals.emitted_supply = reward;
    totals.dev_reward = dev;
    // The miner's part of the reward and the fees; contract gas never reaches anybody (quirk Q1).
    totals.miner_reward = saturating_add(saturating_sub(reward, dev), totals.fees);

    pay(state, context.profile.dev_key, dev, now);
    pay(state, context.block.header().miner, totals.miner_reward, now);
    count(state, Counter::kEmittedSupply, totals.emitted_supply);
    count(state, Counter::kGasFee, totals.gas_fee);
    count(state, Counter::kMinerReward, totals.miner_reward);
}

}  // namespace parallax
