#pragma once

#include "executors/runtime/worker_pool.hpp"
#include "verifier/core/verification/block_executor.hpp"

#include <cstdint>
#include <functional>
#include <string_view>

namespace parallax::executors::staged {

/// Resolve in parallel, decide serially, publish in parallel.
///
///   resolve   by transaction: checks without state, signature, sums; by shard of keys: interning
///             into dense slots and one sorted batch of reads
///   decide    one thread, block order, dense arrays: exactly sequential by construction, with no
///             lock, retry or validation
///   publish   by transaction and range of keys: results, access log, sorted delta
///
/// A transaction that the dense path does not know (any type but transfers and burns, an account
/// with an agent record or a multisig configuration) or cannot execute (a check fails) runs in the
/// ordered lane at its place in the block, by the rules of `protocol`; the notes count those.
/// The vector harness's paths and the model `kOrphanPartial` have no dense form: they run in the
/// ordered lane as a whole.
class StagedExecutor final : public core::BlockExecutor {
  public:
    struct Options {
        /// Blocks of fewer transactions than this read their rows on the caller alone. To wake a
        /// worker takes about 50 us on a virtual machine with an idle core; reading the rows of
        /// 1,000 transfers takes 200 us from memory, so that two workers are no better there.
        /// What is not a signature takes a fifth of that to resolve: it is shared out from
        /// `kResolveShare` times as many transactions on. Signatures (60 us each) always are.
        std::uint32_t min_parallel_transactions = 2048;
        /// The same where rows come from storage, at microseconds each.
        std::uint32_t min_parallel_transactions_from_storage = 64;
        static constexpr std::uint32_t kResolveShare = 5;
        /// Told when a phase begins: `resolve`, `intern`, `load` (with more than one worker a part
        /// of `intern`), `decide`, `epilogue`, `publish`, `end`. For benchmarks; may be empty.
        std::function<void(std::string_view phase)> phase_begins;
    };
    /// The pool must outlive the executor, and is used by nobody else during `execute`.
    StagedExecutor(runtime::WorkerPool& pool, Options options);

    [[nodiscard]] std::string_view name() const override { return "staged"; }
    [[nodiscard]] absl::StatusOr<model::BlockOutcome> execute(
        const protocol::StateView& view, const protocol::AdmittedBlock& block,
        const core::ExecutionContext& context) override;

  private:
    void begin(std::string_view phase) const;

    runtime::WorkerPool& pool_;
    const Options options_;
};

}  // namespace parallax::executors::staged
