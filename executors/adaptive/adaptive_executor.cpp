#include "executors/adaptive/adaptive_executor.hpp"

#include "verifier/core/verification/execution_notes.hpp"

#include <string>

namespace parallax::executors::adaptive {

std::string_view strategy_name(Strategy strategy) noexcept {
    switch (strategy) {
        case Strategy::kSequential:
            return "sequential";
        case Strategy::kStaged:
            return "staged";
        case Strategy::kBatch:
            return "batch";
        case Strategy::kSpeculative:
            return "speculative";
    }
    return "unknown";
}

AdaptiveExecutor::AdaptiveExecutor(runtime::WorkerPool& pool, const base::Clock& clock,
                                   Options options)
    : pool_(pool),
      clock_(clock),
      options_(options),
      tuner_({.max_workers = pool.workers()}),
      staged_(pool, {}),
      batch_(pool, {}),
      speculative_(pool, {}) {}

StrategyChoice AdaptiveExecutor::choose(const BlockProfile& profile, const Options& options) {
    if (profile.transactions < options.min_dense_transactions) {
        return {Strategy::kSequential, "small block"};
    }
    if (profile.plain_percent() >= options.min_plain_percent) {
        return {Strategy::kStaged, "mostly transfers and burns"};
    }
    if (profile.transactions < options.min_parallel_transactions) {
        return {Strategy::kSequential, "small block of mixed types"};
    }
    if (profile.conflict_percent() <= options.max_batch_conflict_percent) {
        return {Strategy::kBatch, "mixed types, few conflicts"};
    }
    return {Strategy::kSpeculative, "mixed types, many conflicts"};
}

core::BlockExecutor& AdaptiveExecutor::executor(Strategy strategy) {
    switch (strategy) {
        case Strategy::kSequential:
            return sequential_;
        case Strategy::kStaged:
            return staged_;
        case Strategy::kBatch:
            return batch_;
        case Strategy::kSpeculative:
            return speculative_;
    }
    return sequential_;
}

absl::StatusOr<model::BlockOutcome> AdaptiveExecutor::execute(
    const protocol::StateView& view, const protocol::AdmittedBlock& block,
    const core::ExecutionContext& context) {
    // Looking at a block costs time, too: a small one is not looked at, and conflicts are counted
    // only where the choice depends on them.
    const auto size = static_cast<std::uint32_t>(block.transactions().size());
    BlockProfile profile;
    profile.transactions = size;
    if (size >= options_.min_dense_transactions) {
        profile = profile_types(block);
        if (size >= options_.min_parallel_transactions &&
            profile.plain_percent() < options_.min_plain_percent) {
            profile_conflicts(context.protocol, block, profile);
        }
    }
    const StrategyChoice choice = choose(profile, options_);
    const bool parallel = choice.strategy != Strategy::kSequential;
    // Under a schedule nothing that a clock says may decide.
    const runtime::ScheduleObserver* const observer = pool_.observer();
    const bool scheduled = observer != nullptr && observer->controls();
    if (parallel) {
        pool_.use_workers(scheduled ? pool_.workers() : tuner_.workers());
    }
    const auto start = clock_.now();
    auto outcome = executor(choice.strategy).execute(view, block, context);
    // What a small block takes says nothing about how many workers are good for a large one.
    if (parallel && !scheduled && size >= options_.min_parallel_transactions) {
        tuner_.observe(size, static_cast<std::uint64_t>((clock_.now() - start).count()));
    }
    if (outcome.ok()) {
        outcome->notes.text["strategy"] = std::string(strategy_name(choice.strategy));
        outcome->notes.text["reason"] = std::string(choice.reason);
        outcome->notes.counters[core::note::kWorkers] = parallel ? pool_.used_workers() : 1;
        outcome->notes.counters["plain_percent"] = profile.plain_percent();
        outcome->notes.counters["conflict_percent"] = profile.conflict_percent();
    }
    return outcome;
}

}  // namespace parallax::executors::adaptive
