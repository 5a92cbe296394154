#pragma once

#include "verifier/model/delta.hpp"
#include "verifier/model/error_code.hpp"
#include "verifier/model/fields.hpp"
#include "verifier/model/identifiers.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace parallax::model {

/// How a transaction ended inside its block.
enum class TransactionStatus : std::uint8_t {
    kExecuted = 0,
    /// Orphaned (or, under `reject_block`, the reason of the rejection): `code` says why.
    kFailed = 1,
    /// Already executed by an earlier block of the order (protocol notes, 8.4).
    kSkipped = 2,
    /// Needs something this executor does not have (a virtual machine): nothing was changed.
    kUnsupported = 3,
    /// Not reached, because the block was rejected first.
    kNotReached = 4,
};
[[nodiscard]] std::string_view transaction_status_name(TransactionStatus status) noexcept;

/// The result of one transaction. Every field is compared.
struct TransactionResult {
    Hash hash;
    TransactionStatus status = TransactionStatus::kNotReached;
    ErrorCode code = ErrorCode::kSuccess;
    /// Fee that the miner is credited with: 0 unless executed.
    Amount fee;
    /// Native units added to the burned supply by this transaction.
    Amount burned;
    friend bool operator==(const TransactionResult&, const TransactionResult&) = default;
};

/// The block's own sums (8.3, 8.4). Every field is compared.
struct BlockTotals {
    /// Sum of `fee` over executed transactions: what the miner gets on top of the reward.
    Amount fees;
    /// The outer gas-fee counter of quirk Q1: fees taken at apply, and contract gas.
    Amount gas_fee;
    Amount burned_supply;
    Amount emitted_supply;
    Amount dev_reward;
    /// All that the miner gets: its share of the reward, and the fees. (The wire contract's is
    /// without the fees.)
    Amount miner_reward;
    friend bool operator==(const BlockTotals&, const BlockTotals&) = default;
};

/// What a transaction did to one key, in the order it did it.
enum class AccessKind : std::uint8_t {
    /// Read a value.
    kRead = 0,
    /// Wrote a value; `value` is its digest.
    kWrite = 1,
    /// Read the spendable (sender) side of a balance.
    kReadSpendable = 2,
    /// Wrote the spendable side; `value` is the new spendable amount.
    kSpend = 3,
    /// Added to the receiver side of a balance or counter; `value` is the amount added.
    kCredit = 4,
    /// Recorded an amount that the block's end takes from the stored balance.
    kOutput = 5,
};
[[nodiscard]] std::string_view access_kind_name(AccessKind kind) noexcept;

/// Index of a pseudo-transaction in an access log: the state before the block, the epilogue, and
/// what a block does before its transactions.
inline constexpr std::uint32_t kPreState = 0xFFFF'FFFF;
inline constexpr std::uint32_t kEpilogueTransaction = 0xFFFF'FFFE;
inline constexpr std::uint32_t kInitializeTransaction = 0xFFFF'FFFD;
/// Where a transaction or pseudo-transaction stands in a block, for comparing: what comes before
/// the transactions is 0.
[[nodiscard]] constexpr std::uint64_t block_order(std::uint32_t transaction) noexcept {
    return transaction == kInitializeTransaction || transaction == kPreState
               ? 0
               : std::uint64_t{transaction} + 1;
}
[[nodiscard]] constexpr bool is_transaction(std::uint32_t index) noexcept {
    return index < kInitializeTransaction;
}
/// `pre_state`, `epilogue` or `initialize`, as formats have it; empty for a transaction.
[[nodiscard]] std::string_view pseudo_transaction_name(std::uint32_t index) noexcept;
[[nodiscard]] std::optional<std::uint32_t> find_pseudo_transaction(std::string_view name) noexcept;

/// One line of the access log.
struct Access {
    TxIndex transaction;
    AccessKind kind = AccessKind::kRead;
    StateKey key;
    /// For reads: the transaction whose write was seen, or `kPreState`.
    std::uint32_t observed_writer = kPreState;
    /// See `AccessKind`; for reads the digest or amount that was seen. 0 stands for absent.
    std::uint64_t value = 0;
    friend bool operator==(const Access&, const Access&) = default;
};

/// Taken at the state boundary, not by the scheduler under test. Grouped by transaction, in block
/// order; what the block does before them first, the epilogue last.
struct AccessLog {
    std::vector<Access> accesses;
    friend bool operator==(const AccessLog&, const AccessLog&) = default;
};

/// How the executor went about it: reported, never compared. Keys are sorted by the map.
struct ExecutionNotes {
    std::map<std::string, std::string> text;
    std::map<std::string, std::uint64_t> counters;
};

enum class BlockStatus : std::uint8_t { kAccepted = 0, kRejected = 1 };

/// What an executor returns for one block. A plain value; nothing has been written anywhere.
struct BlockOutcome {
    BlockStatus status = BlockStatus::kAccepted;
    /// The code that rejected the block, or `kSuccess`.
    ErrorCode code = ErrorCode::kSuccess;
    /// One per transaction, in block order.
    std::vector<TransactionResult> results;
    /// Hashes of the orphaned transactions, ascending.
    std::vector<Hash> orphans;
    BlockTotals totals;
    /// Empty if the block was rejected.
    Delta delta;
    std::optional<AccessLog> access_log;
    ExecutionNotes notes;
};

template <class V, SameRecord<TransactionResult> S>
void visit_fields(S& self, V& visit) {
    auto& [hash, status, code, fee, burned] = self;
    visit("hash", hash);
    visit("status", status);
    visit("code", code);
    visit("fee", fee);
    visit("burned", burned);
}
template <class V, SameRecord<BlockTotals> S>
void visit_fields(S& self, V& visit) {
    auto& [fees, gas_fee, burned_supply, emitted_supply, dev_reward, miner_reward] = self;
    visit("fees", fees);
    visit("gas_fee", gas_fee);
    visit("burned_supply", burned_supply);
    visit("emitted_supply", emitted_supply);
    visit("dev_reward", dev_reward);
    visit("miner_reward", miner_reward);
}
template <class V, SameRecord<Access> S>
void visit_fields(S& self, V& visit) {
    auto& [transaction, kind, key, observed_writer, value] = self;
    visit("transaction", transaction);
    visit("kind", kind);
    visit("key", key);
    visit("observed_writer", observed_writer);
    visit("value", value);
}
template <class V, SameRecord<AccessLog> S>
void visit_fields(S& self, V& visit) {
    auto& [accesses] = self;
    visit("accesses", accesses);
}
/// All but the notes, which say how and not what.
template <class V, SameRecord<BlockOutcome> S>
void visit_fields(S& self, V& visit) {
    auto& [status, code, results, orphans, totals, delta, access_log, notes] = self;
    visit("status", status);
    visit("code", code);
    visit("results", results);
    visit("orphans", orphans);
    visit("totals", totals);
    visit("delta", delta);
    visit("access_log", access_log);
}

}  // namespace parallax::model
