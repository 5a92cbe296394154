#pragma once

#include "executors/runtime/worker_pool.hpp"
#include "verifier/core/verification/verify_block.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace parallax::executors::runtime {

/// Runs lanes on the calling thread, under a time limit kept by one watchdog thread. An exception
/// that leaves an executor becomes an Internal status here. One lane at a time.
class TimedLaneRunner final : public core::LaneRunner {
  public:
    struct Options {
        /// Time limit of one candidate lane for one block; 0 for none.
        std::uint64_t time_limit_ms = 0;
        /// The lane that no limit applies to: the control, whose result must stand. May be null.
        const core::BlockExecutor* unlimited = nullptr;
    };
    /// `pool` verifies signatures for policy `kOnce`; it must outlive the runner.
    TimedLaneRunner(WorkerPool& pool, Options options);
    ~TimedLaneRunner() override;

    [[nodiscard]] absl::StatusOr<model::BlockOutcome> run(
        core::BlockExecutor& executor, const std::function<absl::StatusOr<model::BlockOutcome>(
                                           const std::atomic<bool>& cancelled)>& lane) override;
    [[nodiscard]] std::vector<crypto::SignatureCheck> check_signatures(
        const protocol::AdmittedBlock& block) override;

  private:
    class Watchdog;
    WorkerPool& pool_;
    const Options options_;
    std::unique_ptr<Watchdog> watchdog_;
};

/// Every main signature of the block under its source key, checked on the pool's workers.
[[nodiscard]] std::vector<crypto::SignatureCheck> check_signatures(
    const protocol::AdmittedBlock& block, WorkerPool& pool);

}  // namespace parallax::executors::runtime
