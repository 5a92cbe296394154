#pragma once

#include "executors/batch/conflict_sets.hpp"
#include "executors/runtime/fault_seam.hpp"
#include "executors/runtime/worker_pool.hpp"
#include "verifier/core/verification/block_executor.hpp"

#include <cstdint>
#include <memory>

namespace parallax::executors::batch {

/// The V3 design: the block is cut into consecutive batches of transactions that share no
/// conflict key; the transactions of a batch run in parallel on the state before the batch, and
/// join it in block order after a barrier.
///
/// Deterministic at any number of workers: a batch depends on the block and the state only, and
/// credits that do not commute near 2^64 are found when merging and run again in order.
class BatchExecutor final : public core::BlockExecutor {
  public:
    struct Options {
        /// Largest batch; 0 for no limit.
        std::uint32_t max_batch_size = 0;
        /// What transactions of one batch must not share.
        ConflictGranularity granularity = ConflictGranularity::kAccount;
        /// Whether the block's rows are read in one sorted batch before it runs.
        bool preload = true;
        /// A seeded fault, for tests of the verifier; null otherwise. Outlives the executor.
        runtime::FaultSeam* faults = nullptr;
    };
    /// The pool must outlive the executor, and is used by nobody else during `execute`.
    BatchExecutor(runtime::WorkerPool& pool, Options options);
    ~BatchExecutor() override;

    [[nodiscard]] std::string_view name() const override {
        return options_.granularity == ConflictGranularity::kAccount ? "batch" : "batch-asset";
    }
    [[nodiscard]] absl::StatusOr<model::BlockOutcome> execute(
        const protocol::StateView& view, const protocol::AdmittedBlock& block,
        const core::ExecutionContext& context) override;

  private:
    [[nodiscard]] absl::StatusOr<model::BlockOutcome> run(const protocol::StateView& view,
                                                          const protocol::AdmittedBlock& block,
                                                          const core::ExecutionContext& context);

    runtime::WorkerPool& pool_;
    const Options options_;
};

}  // namespace parallax::executors::batch
