#pragma once

#include "executors/exploration/explorer.hpp"
#include "testbed/faults/detection.hpp"
#include "verifier/base/clock.hpp"

#include <memory>

namespace parallax::testbed {

/// Threads under a controller, on which executors are tried. One thread uses it.
class SelftestBench {
  public:
    SelftestBench(const SelftestOptions& options, const base::Clock& clock);
    /// Whether there are threads.
    [[nodiscard]] bool ready() const { return pool_ != nullptr; }
    [[nodiscard]] executors::runtime::WorkerPool& pool() { return *pool_; }

    /// Runs one block up to `runs` times under a policy, until something is found.
    [[nodiscard]] executors::exploration::Exploration explore(core::BlockExecutor& executor,
                                                              const SelftestBlock& tried,
                                                              const model::BlockOutcome& control,
                                                              core::SchedulePolicy policy,
                                                              std::uint32_t runs,
                                                              model::SignaturePolicy signatures);
    /// The same, as the oracles say it.
    [[nodiscard]] Detection try_block(
        core::BlockExecutor& executor, const SelftestBlock& tried,
        const model::BlockOutcome& control, core::SchedulePolicy policy, std::uint32_t runs,
        model::SignaturePolicy signatures = model::SignaturePolicy::kPerLane);

  private:
    const SelftestOptions& options_;
    const base::Clock& clock_;
    executors::runtime::ScheduleController controller_;
    std::unique_ptr<executors::runtime::WorkerPool> pool_;
};

}  // namespace parallax::testbed
