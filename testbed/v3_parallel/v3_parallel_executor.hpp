#pragma once

#include "verifier/core/verification/block_executor.hpp"

namespace parallax::testbed {

/// The parallel executor of V3's own node, with all that is wrong with it (docs/protocol/v3.md, the
/// parallel path): batches, an adapter over the shared apply rules, and a merge at the topoheight
/// before the block's. Its outcome is what such a node leaves behind; that it is understood is
/// shown by recordings of one. Nothing here is a fault of our executors.
///
/// It takes blocks of profile v3 alone. Runs on the calling thread: what its tasks share is locked
/// as a whole, so that block order is what comes of it. Deterministic.
class V3ParallelExecutor final : public core::BlockExecutor {
  public:
    static constexpr std::string_view kName = "v3-parallel";

    [[nodiscard]] std::string_view name() const override { return kName; }
    [[nodiscard]] std::optional<core::Declined> declines(
        const protocol::AdmittedBlock& block) override;
    /// A block whose miner the node has not seen is rejected, as its import ends there.
    [[nodiscard]] absl::StatusOr<model::BlockOutcome> execute(
        const protocol::StateView& view, const protocol::AdmittedBlock& block,
        const core::ExecutionContext& context) override;
};

}  // namespace parallax::testbed
