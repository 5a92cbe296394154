#pragma once

#include "verifier/chains/tos/e1/transaction_rules.hpp"
#include "verifier/protocol/block_state.hpp"

#include <atomic>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace parallax::tos::e1 {

/// One transaction of a block, on the state that the transactions before it have left: what every
/// executor runs, once for each and again where its schedule wants it.
[[nodiscard]] RuleResult execute_transaction(protocol::TransactionState& state,
                                             model::TxIndex index, const RuleContext& context);

struct BlockRejection {
    model::ErrorCode code = model::ErrorCode::kSuccess;
    model::TxIndex transaction;
};

/// What is checked over the whole block, on the state before it, before any transaction is run: of
/// the vector harness the accounts and nonces (7, steps 2 and 3), then the verification of every
/// transaction on what those before it spend, credits unseen (4.1; 7, step 4). Nothing on the chain
/// path. An error is a failed read, or DeadlineExceeded once `cancelled` is set.
[[nodiscard]] absl::StatusOr<std::optional<BlockRejection>> check_block(
    const protocol::StateView& view, const RuleContext& context,
    const std::atomic<bool>& cancelled);

/// Emission, development share, side blocks, miner reward, and the counters (8.3; 8.4 step 3.6), on
/// the receiver ledger, after all transactions. Fills emitted_supply, dev_reward and miner_reward
/// of `totals` from its fees. Does nothing on the vector paths.
void finalize_block(protocol::TransactionState& state, const RuleContext& context,
                    model::BlockTotals& totals);

/// The keys a transaction reads or writes, as far as its bytes tell; ascending and distinct. What
/// depends on state (an agent account's energy pool) is not among them.
[[nodiscard]] std::vector<model::StateKey> static_keys(
    const protocol::AdmittedTransaction& transaction);

/// Account-level conflict keys (the V3 design): two transactions that share one must not run
/// together. Raw 32-byte names of accounts, contracts and names; ascending and distinct.
using ConflictKey = base::TaggedBytes<struct ConflictKeyTag, 33>;
[[nodiscard]] ConflictKey account_conflict_key(const model::PublicKey& account);
[[nodiscard]] std::vector<ConflictKey> account_conflict_keys(
    const protocol::AdmittedTransaction& transaction);

}  // namespace parallax::tos::e1
