#pragma once

#include "verifier/core/block_executor.hpp"

namespace parallax {

/// The control: one loop over the transactions in block order, on one thread. Its result is the
/// truth that state advances by, so it is the plainest code there can be. Deterministic.
class SequentialExecutor final : public BlockExecutor {
  public:
    [[nodiscard]] std::string_view name() const override { return "sequential"; }
    [[nodiscard]] absl::StatusOr<BlockOutcome> execute(const StateView& view,
                                                       const AdmittedBlock& block,
                                                       const ExecutionContext& context) override;
};

}  // namespace parallax
