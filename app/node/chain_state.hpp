#pragma once

#include "node/chain/follower.hpp"
#include "testbed/rows_view.hpp"
#include "verifier/protocol/protocol.hpp"

#include "absl/status/statusor.h"

#include <functional>
#include <memory>
#include <optional>

namespace parallax::app {

/// The state of a chain in memory, which the control alone moves on block by block: what a
/// recording or a sidecar starts from. Signatures are not checked: a node that accepted the blocks
/// has.
class ChainState {
  public:
    /// Before the first block there is nothing.
    explicit ChainState(std::shared_ptr<const protocol::Protocol> protocol)
        : protocol_(std::move(protocol)) {}

    /// Executes the block that follows. InvalidArgument if it cannot be admitted; Unimplemented
    /// names a transaction that the control cannot execute.
    [[nodiscard]] absl::Status advance(std::span<const std::uint8_t> wire,
                                       const model::BlockPlacement& placement);

    [[nodiscard]] const testbed::RowsView::Rows& rows() const noexcept { return view_.rows(); }

  private:
    std::shared_ptr<const protocol::Protocol> protocol_;
    testbed::RowsView view_;
};

/// Hands out the rows one by one, as `ChainStore::load` takes them. Refers to the state.
[[nodiscard]] std::function<absl::StatusOr<std::optional<model::DeltaEntry>>()> rows_in_order(
    const ChainState& state);

/// Reads the first block of a node's chain and executes it.
[[nodiscard]] absl::StatusOr<ChainState> state_after_first_block(
    node::NodeChain& chain, const std::shared_ptr<const protocol::Protocol>& protocol);

}  // namespace parallax::app
