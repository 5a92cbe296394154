#pragma once

#include "executors/exploration/explorer.hpp"
#include "executors/faults/detection.hpp"
#include "verifier/core/clock.hpp"

#include <memory>

namespace parallax {

/// Threads under a controller, on which executors are tried. One thread uses it.
class SelftestBench {
  public:
    SelftestBench(const SelftestOptions& options, const Clock& clock);
    /// Whether there are threads.
    [[nodiscard]] bool ready() const { return pool_ != nullptr; }
    [[nodiscard]] WorkerPool& pool() { return *pool_; }

    /// Runs one block up to `runs` times under a policy, until something is found.
    [[nodiscard]] Exploration explore(BlockExecutor& executor, const SelftestBlock& tried,
                                      const BlockOutcome& control, SchedulePolicy policy,
                                      std::uint32_t runs, SignaturePolicy signatures);
    /// The same, as the oracles say it.
    [[nodiscard]] Detection try_block(BlockExecutor& executor, const SelftestBlock& tried,
                                      const BlockOutcome& control, SchedulePolicy policy,
                                      std::uint32_t runs,
                                      SignaturePolicy signatures = SignaturePolicy::kPerLane);

  private:
    const SelftestOptions& options_;
    const Clock& clock_;
    ScheduleController controller_;
    std::unique_ptr<WorkerPool> pool_;
};

}  // namespace parallax
