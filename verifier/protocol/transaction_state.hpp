#pragma once

#include "verifier/model/families.hpp"
#include "verifier/model/outcome.hpp"
#include "verifier/model/state_key.hpp"
#include "verifier/model/state_value.hpp"

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace parallax::protocol {

inline constexpr std::uint32_t kNoSlot = 0xFFFF'FFFF;

/// True for a key that lives inside a block only (the nonce checker's number of an account,
/// protocol notes 6.3): never stored, never logged.
[[nodiscard]] constexpr bool is_block_local(const model::StateKey& key) noexcept {
    return key.family == model::Family::kCounter && key.detail[0] != 0;
}

/// A value as a transaction sees it, and who wrote it.
struct VisibleValue {
    std::optional<model::StateValue> value;
    std::uint32_t writer = model::kPreState;
    /// Where the reader keeps the row, if it does: saves it a search when merging.
    std::uint32_t slot = kNoSlot;
};

/// A one-number row (balance, counter) inside a block: the two ledgers of the protocol notes,
/// 6.2. Spending reads `spendable` (the sender version), never `received`.
struct VisibleAmount {
    /// The row at the block's start.
    std::optional<model::Amount> stored;
    /// The sender version once a transaction of this block has set it; before that it is `stored`.
    std::optional<model::Amount> spendable;
    model::Amount outputs;
    model::Amount received;
    std::uint32_t spend_writer = model::kPreState;
    std::uint32_t slot = kNoSlot;
};

/// A one-number row as a block has made it so far: for what a block does at its end.
struct AmountInBlock {
    std::optional<model::Amount> stored;
    /// Set once a transaction has set the sender version.
    std::optional<model::Amount> spendable;
    model::Amount outputs;
    model::Amount received;
};

/// The state of a block at some point in its execution, as a transaction reads it. `BlockState` is
/// one; a multi-version memory may be another. Reads may come from many threads at once.
class BlockStateReader {
  public:
    virtual ~BlockStateReader() = default;
    [[nodiscard]] virtual absl::Status read_value(const model::StateKey& key,
                                                  VisibleValue& out) const = 0;
    [[nodiscard]] virtual absl::Status read_amount(const model::StateKey& key,
                                                   VisibleAmount& out) const = 0;
};

/// What one transaction adds to the block's own sums.
struct TransactionTotals {
    model::Amount fee;
    model::Amount gas_fee;
    model::Amount burned;
};

/// Everything that one transaction does, privately: the rules write here and nowhere else. An
/// executor merges it into its block state or drops it. One thread at a time.
///
/// A read that fails (I/O) makes `status()` an error; the rules then see absent rows, and the
/// executor must discard the whole attempt. The reader must outlive it.
class TransactionState {
  public:
    TransactionState(const BlockStateReader& reader, std::uint32_t transaction);

    // Values: every family but the one-number ones.

    /// The record at `key` as this transaction sees it, or null. The pointer is valid until the
    /// next non-const call.
    template <class T>
    [[nodiscard]] const T* find(const model::StateKey& key) {
        const auto& value = visible_value(key);
        if (!value) {
            return nullptr;
        }
        if constexpr (model::kValueIndex<T> < std::variant_size_v<model::StateValue>) {
            return std::get_if<T>(&*value);
        } else {
            const auto* boxed = std::get_if<base::Boxed<T>>(&*value);
            return boxed ? &boxed->get() : nullptr;
        }
    }
    [[nodiscard]] bool exists(const model::StateKey& key) { return visible_value(key).has_value(); }
    void put(const model::StateKey& key, model::StateValue value);
    void erase(const model::StateKey& key);

    // One-number rows.

    /// What the sender side may spend, or nothing if the row does not exist (6.2, 9).
    [[nodiscard]] std::optional<model::Amount> spendable(const model::StateKey& key);
    /// Sets the sender version. It does not change the stored balance by itself: `record_output`
    /// does (6.1, steps 2 and 4), and the difference is what a partial failure leaves behind.
    void set_spendable(const model::StateKey& key, model::Amount amount);
    /// Adds to what the block's end subtracts from the stored balance.
    void record_output(const model::StateKey& key, model::Amount amount);
    /// Adds to the receiver side, creating the row if absent. False, and nothing changes, if the
    /// row's total would exceed 2^64-1.
    [[nodiscard]] bool credit(const model::StateKey& key, model::Amount amount);
    /// The row's amount at the block's start plus what was received so far, if the row exists.
    [[nodiscard]] std::optional<model::Amount> received_total(const model::StateKey& key);

    /// Both sides of the row, with what this transaction does to it, for what a block does at its
    /// end: what transactions that run beside this one do to them is not seen.
    [[nodiscard]] AmountInBlock amount_in_block(const model::StateKey& key);

    [[nodiscard]] TransactionTotals& totals() noexcept { return totals_; }
    [[nodiscard]] const TransactionTotals& totals() const noexcept { return totals_; }
    [[nodiscard]] const absl::Status& status() const noexcept { return status_; }
    [[nodiscard]] std::uint32_t transaction() const noexcept { return transaction_; }

    /// One key that was touched. Exposed for executors that merge.
    struct Entry {
        model::StateKey key;
        bool is_amount = false;
        bool value_read = false;
        bool value_written = false;
        bool spend_read = false;
        bool spend_written = false;
        bool output_written = false;
        bool credited = false;
        /// As read from the block, before this transaction.
        VisibleValue base_value;
        VisibleAmount base_amount;
        /// As this transaction leaves them.
        std::optional<model::StateValue> value;
        std::optional<model::Amount> spendable;
        model::Amount outputs;
        model::Amount received;
    };
    [[nodiscard]] const std::vector<Entry>& entries() const noexcept { return entries_; }
    /// Back to the state of a new object for another transaction; keeps its memory.
    void reset(std::uint32_t transaction);

    /// Appends this transaction's lines to `log`, in the order the keys were first touched.
    void append_accesses(std::vector<model::Access>& log) const;

  private:
    Entry& entry(const model::StateKey& key, bool is_amount);
    const std::optional<model::StateValue>& visible_value(const model::StateKey& key);

    const BlockStateReader& reader_;
    std::uint32_t transaction_;
    std::vector<Entry> entries_;
    /// Filled once a linear search over `entries_` would be slow.
    absl::flat_hash_map<model::StateKey, std::uint32_t> index_;
    TransactionTotals totals_;
    absl::Status status_;
};

}  // namespace parallax::protocol
