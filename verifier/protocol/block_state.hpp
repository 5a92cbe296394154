#pragma once

#include "verifier/model/delta.hpp"
#include "verifier/protocol/state_view.hpp"
#include "verifier/protocol/transaction_state.hpp"

#include "absl/container/flat_hash_map.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace parallax::protocol {

/// The block's merge point: what the transactions merged so far have done, over a view of the
/// state before the block. Reads may come from many threads while nobody merges; `merge` and
/// `take_delta` need exclusive use. The view must outlive it.
class BlockState final : public BlockStateReader {
  public:
    explicit BlockState(const StateView& view);

    [[nodiscard]] absl::Status read_value(const model::StateKey& key,
                                          VisibleValue& out) const override;
    [[nodiscard]] absl::Status read_amount(const model::StateKey& key,
                                           VisibleAmount& out) const override;

    /// Room for about this many keys.
    void reserve(std::size_t keys);

    /// Adds a transaction's effects. False, and nothing changes, if a credited row would exceed
    /// 2^64-1 on top of what others have credited since the transaction read it: run it again.
    [[nodiscard]] bool merge(const TransactionState& transaction);

    /// Adds one entry of a transaction, unconditionally: for an executor that keeps some rows
    /// elsewhere and has made the check of `merge` itself.
    void merge_entry(const TransactionState::Entry& entry, std::uint32_t transaction);

    /// The rows that were written, sorted: stored + received - outputs for one-number rows (6.2).
    [[nodiscard]] model::Delta take_delta() &&;

  private:
    struct Row {
        model::StateKey key;
        bool is_amount = false;
        bool written = false;
        std::optional<model::StateValue> before;
        std::optional<model::StateValue> value;
        std::uint32_t writer = model::kPreState;
        VisibleAmount amount;
    };
    [[nodiscard]] std::uint32_t find_row(const TransactionState::Entry& entry) const;

    const StateView& view_;
    absl::flat_hash_map<model::StateKey, std::uint32_t> index_;
    std::vector<Row> rows_;
};

}  // namespace parallax::protocol
