#pragma once

#include "verifier/protocol/block_state.hpp"
#include "verifier/protocol/transaction_rules.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace parallax {

/// A pass over the transactions of a block: `step` for each, in block order, on one block state.
/// The chain path has one pass; the vector paths have two, on separate block states, and only the
/// second one's state is kept (semantics reference, 4.1 and 7).
struct Pass {
    RuleResult (*step)(TransactionState&, TxIndex, const RuleContext&) = nullptr;
    TransactionState::Credits credits = TransactionState::Credits::kKept;
    /// The pass whose results and state are the block's.
    bool final_pass = true;
};
[[nodiscard]] std::span<const Pass> passes(ExecutionPath path);

struct BlockRejection {
    ErrorCode code = ErrorCode::kSuccess;
    TxIndex transaction;
};

/// What the harness checks over the whole list before any transaction (7, steps 2 and 3). Nothing
/// on the other paths.
[[nodiscard]] absl::StatusOr<std::optional<BlockRejection>> check_block_prologue(
    const LedgerReader& reader, const RuleContext& context);

/// Emission, development share, side blocks, miner reward, and the counters (8.3; 8.4 step 3.6), on
/// the receiver ledger, after all transactions. Fills emitted_supply, dev_reward and miner_reward
/// of `totals` from its fees. Does nothing on the vector paths.
void apply_epilogue(TransactionState& state, const RuleContext& context, BlockTotals& totals);

/// The block reward at a given emitted supply, side-block cut not yet made (8.3).
[[nodiscard]] Amount block_reward(Amount emitted) noexcept;
/// The reward left for the n-th side block at its height (8.3).
[[nodiscard]] Amount side_block_reward(Amount reward, std::uint32_t n) noexcept;

/// The keys a transaction reads or writes, as far as its bytes tell; ascending and distinct. What
/// depends on state (an agent account's energy pool) is not among them.
[[nodiscard]] std::vector<StateKey> static_keys(const AdmittedTransaction& transaction);

/// Account-level conflict keys (the V3 design): two transactions that share one must not run
/// together. Raw 32-byte names of accounts, contracts and names; ascending and distinct.
using ConflictKey = TaggedBytes<struct ConflictKeyTag, 33>;
[[nodiscard]] ConflictKey account_conflict_key(const PublicKey& account);
[[nodiscard]] std::vector<ConflictKey> account_conflict_keys(
    const AdmittedTransaction& transaction);

}  // namespace parallax
