#pragma once

#include "executors/runtime/worker_pool.hpp"
#include "verifier/core/verification/block_executor.hpp"

#include <cstdint>
#include <string_view>

namespace parallax::executors::speculative {

/// Mistakes that can be put in, to prove that they are found (`testbed/faults`).
struct SpeculationFaults {
    /// Validation before the commit finds every attempt right.
    bool skips_validation = false;
    /// The committer takes an attempt as it is.
    bool skips_commit_validation = false;
    /// An attempt that was tried again joins the block twice.
    bool merges_retries_twice = false;
    /// Nobody is told that the block is done.
    bool forgets_last_wakeup = false;
};

/// Block-STM: every transaction is tried at once on a multi-version memory, reads are validated,
/// attempts that saw what they should not have are given up and tried again, and results are
/// committed in block order.
///
/// Deterministic at any number of workers, because nothing speculative is ever a verdict: an
/// attempt is taken only after its reads were validated when all lower transactions were final.
/// A failed one, or one whose credits do not fit the rows as they are then, is run again on the
/// canonical state. The notes count `attempts`, `aborts`, `validations` and `serial_reruns`.
class SpeculativeExecutor final : public core::BlockExecutor {
  public:
    struct Options {
        /// Attempts at one transaction that may be given up; then it waits for its turn.
        std::uint32_t max_incarnations = 16;
        /// Attempts per transaction of the block, on average; then the rest of it runs serially.
        std::uint32_t max_mean_attempts = 8;
        /// Try a transaction only after the one before it of the same source: its nonce says that
        /// it depends on it. Off in tests that want conflicts.
        bool follow_sources = true;
        /// A seeded fault, for tests of the verifier; null otherwise. Outlives the executor.
        const SpeculationFaults* faults = nullptr;
    };
    /// The pool must outlive the executor, and is used by nobody else during `execute`.
    SpeculativeExecutor(runtime::WorkerPool& pool, Options options);

    [[nodiscard]] std::string_view name() const override { return "speculative"; }
    [[nodiscard]] absl::StatusOr<model::BlockOutcome> execute(
        const protocol::StateView& view, const protocol::AdmittedBlock& block,
        const core::ExecutionContext& context) override;

  private:
    runtime::WorkerPool& pool_;
    const Options options_;
};

}  // namespace parallax::executors::speculative
