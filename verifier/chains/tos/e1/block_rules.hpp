#pragma once

#include "verifier/chains/tos/e1/transaction_rules.hpp"
#include "verifier/protocol/block_state.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace parallax::tos::e1 {

/// A pass over the transactions of a block: `step` for each, in block order, on one block state.
/// The chain path has one pass; the vector paths have two, on separate block states, and only the
/// second one's state is kept (protocol notes, 4.1 and 7).
struct Pass {
    RuleResult (*step)(protocol::TransactionState&, model::TxIndex, const RuleContext&) = nullptr;
    protocol::TransactionState::Credits credits = protocol::TransactionState::Credits::kKept;
    /// The pass whose results and state are the block's.
    bool final_pass = true;
};
[[nodiscard]] std::span<const Pass> passes(protocol::ExecutionPath path);

struct BlockRejection {
    model::ErrorCode code = model::ErrorCode::kSuccess;
    model::TxIndex transaction;
};

/// What the harness checks over the whole list before any transaction (7, steps 2 and 3). Nothing
/// on the other paths.
[[nodiscard]] absl::StatusOr<std::optional<BlockRejection>> check_block_prologue(
    const protocol::BlockStateReader& reader, const RuleContext& context);

/// Emission, development share, side blocks, miner reward, and the counters (8.3; 8.4 step 3.6), on
/// the receiver ledger, after all transactions. Fills emitted_supply, dev_reward and miner_reward
/// of `totals` from its fees. Does nothing on the vector paths.
void apply_epilogue(protocol::TransactionState& state, const RuleContext& context,
                    model::BlockTotals& totals);

/// The block reward at a given emitted supply, side-block cut not yet made (8.3).
[[nodiscard]] model::Amount block_reward(model::Amount emitted) noexcept;
/// The reward left for the n-th side block at its height (8.3).
[[nodiscard]] model::Amount side_block_reward(model::Amount reward, std::uint32_t n) noexcept;

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
