#pragma once

#include "executors/adaptive/block_profile.hpp"
#include "executors/adaptive/worker_tuner.hpp"
#include "executors/batch/batch_executor.hpp"
#include "executors/runtime/worker_pool.hpp"
#include "executors/sequential/sequential_executor.hpp"
#include "executors/speculative/speculative_executor.hpp"
#include "executors/staged/staged_executor.hpp"
#include "verifier/base/clock.hpp"
#include "verifier/core/verification/block_executor.hpp"

#include <cstdint>
#include <string_view>

namespace parallax::executors::adaptive {

/// The executors that can be chosen.
enum class Strategy : std::uint8_t { kSequential, kStaged, kBatch, kSpeculative };
[[nodiscard]] std::string_view strategy_name(Strategy strategy) noexcept;

/// A choice and why, for the outcome's notes.
struct StrategyChoice {
    Strategy strategy = Strategy::kSequential;
    std::string_view reason;
};

/// Picks an executor for each block from its size, conflict rate, and mix of types, and the number
/// of workers from how fast recent blocks were. The outcome is the chosen executor's; its notes
/// say which it was and why.
class AdaptiveExecutor final : public core::BlockExecutor {
  public:
    struct Options {
        /// Smaller blocks run sequentially, whatever is in them: to look at one and to set up the
        /// dense arrays costs about a microsecond, as much as two transfers.
        std::uint32_t min_dense_transactions = 4;
        /// Smaller blocks that are not for the dense path run sequentially: waking workers for each
        /// transaction costs more than they save.
        std::uint32_t min_parallel_transactions = 20;
        /// From this share of transfers and burns on, the dense path pays.
        std::uint32_t min_plain_percent = 50;
        /// Up to this share of conflicting transactions, consecutive batches stay long.
        std::uint32_t max_batch_conflict_percent = 10;
    };
    /// Pool and clock must outlive the executor; the clock only feeds the tuner.
    AdaptiveExecutor(runtime::WorkerPool& pool, const base::Clock& clock, Options options);

    [[nodiscard]] std::string_view name() const override { return "adaptive"; }
    [[nodiscard]] absl::StatusOr<model::BlockOutcome> execute(
        const protocol::StateView& view, const protocol::AdmittedBlock& block,
        const core::ExecutionContext& context) override;

    /// The choice for a block of this profile: a pure function.
    [[nodiscard]] static StrategyChoice choose(const BlockProfile& profile, const Options& options);

  private:
    [[nodiscard]] core::BlockExecutor& executor(Strategy strategy);

    runtime::WorkerPool& pool_;
    const base::Clock& clock_;
    const Options options_;
    WorkerTuner tuner_;
    sequential::SequentialExecutor sequential_;
    staged::StagedExecutor staged_;
    batch::BatchExecutor batch_;
    speculative::SpeculativeExecutor speculative_;
};

}  // namespace parallax::executors::adaptive
