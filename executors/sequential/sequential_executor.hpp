#pragma once

#include "verifier/core/verification/block_executor.hpp"

namespace parallax::executors::sequential {

/// The control: one loop over the transactions in block order, on one thread. Its result is the
/// truth that state advances by, so it is the plainest code there can be. Deterministic.
class SequentialExecutor final : public core::BlockExecutor {
  public:
    [[nodiscard]] std::string_view name() const override { return "sequential"; }
    [[nodiscard]] absl::StatusOr<model::BlockOutcome> execute(
        const protocol::StateView& view, const protocol::AdmittedBlock& block,
        const core::ExecutionContext& context) override;
};

}  // namespace parallax::executors::sequential
