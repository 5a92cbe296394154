#include "executors/staged/staged_executor.hpp"

#include "executors/sequential/sequential_executor.hpp"
#include "executors/staged/block_decision.hpp"
#include "executors/staged/block_plan.hpp"
#include "executors/staged/block_publication.hpp"
#include "executors/staged/dense_ledger.hpp"
#include "verifier/core/execution_notes.hpp"

#include "absl/status/status.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace parallax {
namespace {

/// Transactions that one task of the resolve phase handles: one where it holds a signature, so that
/// a small block is shared out evenly.
constexpr std::uint32_t kResolveChunk = 8;
constexpr std::uint32_t kResolveChunkWithSignatures = 1;

std::uint32_t chunks(std::uint32_t count, std::uint32_t size) {
    return (count + size - 1) / size;
}

/// The resolve stage: everything that does not depend on block order.
class Resolver {
  public:
    Resolver(const StateView& view, BlockPlan& plan, DenseLedger& ledger, WorkerPool* pool,
             const std::atomic<bool>& cancelled)
        : view_(view), plan_(plan), ledger_(ledger), pool_(pool), cancelled_(cancelled) {}

    void resolve_bytes(std::uint32_t chunk_size) {
        for_each(chunks(plan_.size(), chunk_size), [this, chunk_size](std::uint32_t chunk) {
            const std::uint32_t end = std::min(plan_.size(), (chunk + 1) * chunk_size);
            for (std::uint32_t i = chunk * chunk_size; i < end; ++i) {
                if (!cancelled_.load(std::memory_order_relaxed)) {
                    plan_.resolve_bytes(i);
                }
            }
        });
    }
    void intern() {
        for_each(ledger_.shards(), [this](std::uint32_t shard) { plan_.intern(shard); });
    }
    [[nodiscard]] absl::Status load() {
        // One task per shard, one per range of markers.
        const std::uint32_t shards = ledger_.shards();
        const std::uint32_t range = std::max(1U, chunks(plan_.size(), shards));
        std::vector<absl::Status> statuses(2 * shards);
        for_each(2 * shards, [&](std::uint32_t task) {
            if (task < shards) {
                statuses[task] = ledger_.load(task);
                return;
            }
            const std::uint32_t first = std::min(plan_.size(), (task - shards) * range);
            const std::uint32_t end = std::min(plan_.size(), first + range);
            statuses[task] = plan_.resolve_markers(view_, first, end);
            for (std::uint32_t i = first; i < end; ++i) {
                plan_.find_repeats(i);
            }
        });
        for (const absl::Status& status : statuses) {
            if (!status.ok()) {
                return status;
            }
        }
        return ledger_.load_counters();
    }

  private:
    template <class F>
    void for_each(std::uint32_t count, const F& task) {
        if (pool_ != nullptr) {
            pool_->run(count, [&](std::uint32_t worker, std::uint32_t item) {
                pool_->yield(YieldPoint::kClaim, worker, item);
                task(item);
            });
            return;
        }
        for (std::uint32_t i = 0; i < count; ++i) {
            task(i);
        }
    }

    const StateView& view_;
    BlockPlan& plan_;
    DenseLedger& ledger_;
    WorkerPool* const pool_;
    const std::atomic<bool>& cancelled_;
};

}  // namespace

StagedExecutor::StagedExecutor(WorkerPool& pool, Options options)
    : pool_(pool), options_(std::move(options)) {}

void StagedExecutor::begin(std::string_view phase) const {
    if (options_.phase_begins) {
        options_.phase_begins(phase);
    }
}

absl::StatusOr<BlockOutcome> StagedExecutor::execute(const StateView& view,
                                                     const AdmittedBlock& block,
                                                     const ExecutionContext& context) {
    if (context.profile.path == ExecutionPath::kChain) {
        return execute_chain(view, block, context);
    }
    auto outcome = SequentialExecutor().execute(view, block, context);
    if (outcome.ok()) {
        outcome->notes.counters = {{"dense", 0}, {"ordered_lane", block.transactions().size()}};
    }
    return outcome;
}

absl::StatusOr<BlockOutcome> StagedExecutor::execute_chain(const StateView& view,
                                                           const AdmittedBlock& block,
                                                           const ExecutionContext& context) {
    const RuleContext rules{context.profile, block, context.signatures};
    const auto count = static_cast<std::uint32_t>(block.transactions().size());
    const bool checks_signatures = context.signatures.policy() == SignaturePolicy::kPerLane;
    const bool parallel =
        pool_.workers() > 1 && (checks_signatures || count >= options_.min_parallel_transactions);
    WorkerPool* const pool = parallel ? &pool_ : nullptr;

    begin("resolve");
    DenseLedger ledger(view, parallel ? std::min(pool_.workers(), kMaxShards) : 1);
    BlockPlan plan(rules, ledger);
    Resolver resolver(view, plan, ledger, pool, context.cancelled);
    resolver.resolve_bytes(checks_signatures ? kResolveChunkWithSignatures : kResolveChunk);
    begin("intern");
    resolver.intern();
    begin("load");
    if (const auto loaded = resolver.load(); !loaded.ok()) {
        return loaded;
    }

    begin("decide");
    BlockOutcome outcome;
    outcome.results.resize(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        outcome.results[i].hash = block.transactions()[i].hash;
    }
    BlockDecision decision(rules, context, plan, ledger, outcome);
    const auto rejected = decision.run();
    if (!rejected.ok()) {
        return rejected.status();
    }
    const std::uint64_t lane_count = decision.lane_count();
    if (!*rejected) {
        pool_.yield(YieldPoint::kEpilogue, 0, kEpilogueTransaction);
        if (const auto closed = decision.close(); !closed.ok()) {
            return closed;
        }
        begin("publish");
        BlockPublication publication(rules, plan, decision.journal(), ledger, pool);
        publication.publish_results(outcome);
        if (context.record_accesses) {
            publication.publish_accesses(outcome);
        }
        publication.publish_delta(outcome);
    }
    begin("end");
    outcome.notes.counters = {{"dense", count - lane_count},
                              {"ordered_lane", lane_count},
                              {note::kWorkers, parallel ? pool_.used_workers() : 1}};
    return outcome;
}

}  // namespace parallax
