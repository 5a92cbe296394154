#pragma once

#include "verifier/core/chain_store.hpp"
#include "verifier/state/store_rules.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace parallax {

/// The reference ChainStore: `std::map`s and nothing else. Nothing outlives the object. A snapshot
/// shares the rows until the next change, which then copies them all: meant for small states.
class MemoryStore final : public ChainStore {
  public:
    explicit MemoryStore(std::uint32_t undo_window = kDefaultUndoWindow);
    ~MemoryStore() override;
    MemoryStore(const MemoryStore&) = delete;
    MemoryStore& operator=(const MemoryStore&) = delete;

    [[nodiscard]] std::unique_ptr<StateView> snapshot() const override;
    [[nodiscard]] absl::StatusOr<std::optional<Cursor>> cursor() const override;
    /// After a failure the store is as empty as it was.
    [[nodiscard]] absl::Status load(
        const Cursor& base,
        const std::function<absl::StatusOr<std::optional<DeltaEntry>>()>& next) override;
    [[nodiscard]] absl::Status commit(const BlockCommit& block) override;
    [[nodiscard]] absl::Status rewind(Topoheight target,
                                      const std::optional<Hash>& expected_hash) override;
    [[nodiscard]] absl::StatusOr<std::optional<StoreBeginning>> beginning() const override;
    [[nodiscard]] absl::StatusOr<std::optional<Topoheight>> undo_floor() const override;
    [[nodiscard]] absl::StatusOr<std::optional<Topoheight>> place_of(
        const Hash& block) const override;
    [[nodiscard]] absl::Status read_ledger(
        Topoheight first, Topoheight last,
        const std::function<absl::Status(Topoheight, const Bytes&)>& visit) const override;
    [[nodiscard]] absl::StatusOr<std::optional<Bytes>> read_input(
        Topoheight topoheight) const override;
    [[nodiscard]] absl::Status scan(
        const std::function<absl::Status(const StateKey&, const StateValue&)>& visit)
        const override;
    /// Unimplemented: there is no disk to copy to.
    [[nodiscard]] absl::Status checkpoint(const std::string& directory) override;

  private:
    class View;
    using Rows = std::map<StateKey, StateValue>;
    struct Undo {
        Cursor previous;
        std::vector<std::pair<StateKey, std::optional<StateValue>>> entries;
    };

    /// The rows, for this thread to change: a copy if a view holds them. Requires `mutex_`.
    Rows& writable_rows();

    const std::uint32_t undo_window_;

    /// Guards all below. Views drop their share of `rows_` under it, so that a count of one means
    /// that nobody reads any more.
    mutable std::mutex mutex_;
    /// Shared with the views that were taken since the last change.
    std::shared_ptr<Rows> rows_;
    std::optional<StoreHead> head_;
    std::optional<StoreBeginning> beginning_;
    std::map<Topoheight, Undo> undo_;
    std::map<Topoheight, Bytes> ledger_;
    std::map<Hash, Topoheight> places_;
    std::map<Topoheight, Bytes> inputs_;
};

}  // namespace parallax
