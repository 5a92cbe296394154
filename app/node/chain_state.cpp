#include "app/node/chain_state.hpp"

#include "executors/sequential/sequential_executor.hpp"

#include <fmt/format.h>

#include <atomic>
#include <utility>

namespace parallax::app {

absl::Status ChainState::advance(std::span<const std::uint8_t> wire,
                                 const model::BlockPlacement& placement) {
    const auto block = protocol_->admit(wire, placement);
    if (!block.ok()) {
        return block.status();
    }
    const auto signatures = protocol::SignatureSource::off(*block);
    const std::atomic<bool> never{false};
    executors::sequential::SequentialExecutor control;
    const auto outcome = control.execute(
        view_, *block, core::ExecutionContext{*protocol_, signatures, never, false});
    if (!outcome.ok()) {
        return outcome.status();
    }
    for (const model::TransactionResult& result : outcome->results) {
        if (result.status == model::TransactionStatus::kUnsupported) {
            return absl::UnimplementedError(
                fmt::format("block {} has transaction {}, which cannot be executed here, so that "
                            "the state after it is not known",
                            placement.topoheight.value(), result.hash.hex()));
        }
    }
    view_.apply(outcome->delta);
    return absl::OkStatus();
}

std::function<absl::StatusOr<std::optional<model::DeltaEntry>>()> rows_in_order(
    const ChainState& state) {
    return
        [&rows = state.rows(),
         row = state.rows().begin()]() mutable -> absl::StatusOr<std::optional<model::DeltaEntry>> {
            if (row == rows.end()) {
                return std::optional<model::DeltaEntry>();
            }
            model::DeltaEntry entry{row->first, std::nullopt, row->second};
            ++row;
            return std::optional(std::move(entry));
        };
}

absl::StatusOr<ChainState> state_after_first_block(
    node::NodeChain& chain, const std::shared_ptr<const protocol::Protocol>& protocol) {
    auto blocks = chain.blocks(model::Topoheight{0}, 1);
    if (!blocks.ok()) {
        return blocks.status();
    }
    ChainState state(protocol);
    auto status = state.advance(blocks->front().wire, {model::Topoheight{0}, std::nullopt});
    return status.ok() ? absl::StatusOr<ChainState>(std::move(state)) : status;
}

}  // namespace parallax::app
