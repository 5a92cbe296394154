#pragma once

#include "verifier/core/store/chain_store.hpp"
#include "verifier/state/store_rules.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace parallax::state {

/// The reference ChainStore: `std::map`s and nothing else. Nothing outlives the object. A snapshot
/// shares the rows until the next change, which then copies them all: meant for small states.
class MemoryStore final : public core::ChainStore {
  public:
    explicit MemoryStore(std::uint32_t undo_window = kDefaultUndoWindow);
    ~MemoryStore() override;
    MemoryStore(const MemoryStore&) = delete;
    MemoryStore& operator=(const MemoryStore&) = delete;

    [[nodiscard]] std::unique_ptr<protocol::StateView> snapshot() const override;
    [[nodiscard]] absl::StatusOr<std::optional<core::Cursor>> cursor() const override;
    /// After a failure the store is as empty as it was.
    [[nodiscard]] absl::Status load(
        const core::Cursor& base,
        const std::function<absl::StatusOr<std::optional<model::DeltaEntry>>()>& next) override;
    [[nodiscard]] absl::Status commit(const core::BlockCommit& block) override;
    [[nodiscard]] absl::Status rewind(model::Topoheight target,
                                      const std::optional<model::Hash>& expected_hash) override;
    [[nodiscard]] absl::StatusOr<std::optional<core::StoreBeginning>> beginning() const override;
    [[nodiscard]] absl::StatusOr<std::optional<model::Topoheight>> undo_floor() const override;
    [[nodiscard]] absl::StatusOr<std::optional<model::Topoheight>> place_of(
        const model::Hash& block) const override;
    [[nodiscard]] absl::Status read_ledger(
        model::Topoheight first, model::Topoheight last,
        const std::function<absl::Status(model::Topoheight, const base::Bytes&)>& visit)
        const override;
    [[nodiscard]] absl::StatusOr<std::optional<base::Bytes>> read_input(
        model::Topoheight topoheight) const override;
    [[nodiscard]] absl::Status scan(
        const std::function<absl::Status(const model::StateKey&, const model::StateValue&)>& visit)
        const override;
    /// Unimplemented: there is no disk to copy to.
    [[nodiscard]] absl::Status checkpoint(const std::string& directory) override;

  private:
    class View;
    using Rows = std::map<model::StateKey, model::StateValue>;
    struct Undo {
        core::Cursor previous;
        std::vector<std::pair<model::StateKey, std::optional<model::StateValue>>> entries;
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
    std::optional<core::StoreBeginning> beginning_;
    std::map<model::Topoheight, Undo> undo_;
    std::map<model::Topoheight, base::Bytes> ledger_;
    std::map<model::Hash, model::Topoheight> places_;
    std::map<model::Topoheight, base::Bytes> inputs_;
};

}  // namespace parallax::state
