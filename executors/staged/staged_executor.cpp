#include "executors/staged/staged_executor.hpp"

#include "executors/runtime/outcome_builder.hpp"
#include "executors/staged/access_publication.hpp"
#include "executors/staged/block_decision.hpp"
#include "executors/staged/block_plan.hpp"
#include "executors/staged/delta_publication.hpp"
#include "executors/staged/dense_ledger.hpp"
#include "verifier/core/verification/execution_notes.hpp"

#include "absl/status/status.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace parallax::executors::staged {
namespace {

/// Transactions that one task of the resolve phase handles: one where it holds a signature, so that
/// a small block is shared out evenly.
constexpr std::uint32_t kResolveChunk = 64;
constexpr std::uint32_t kResolveChunkWithSignatures = 1;

std::uint32_t chunks(std::uint32_t count, std::uint32_t size) {
    return (count + size - 1) / size;
}

/// Runs the parallel steps of a block, on a pool or, without one, on the caller.
class Stages {
  public:
    Stages(const protocol::StateView& view, BlockPlan& plan, DenseLedger& ledger,
           runtime::WorkerPool* pool)
        : view_(view), plan_(plan), ledger_(ledger), pool_(pool) {}

    /// On a pool of its own choice: it may pay where the other steps are too short for one.
    void resolve(runtime::WorkerPool* pool, std::uint32_t chunk_size,
                 const core::ExecutionContext& context, const protocol::RuleContext& rules,
                 model::BlockOutcome& outcome) {
        for_each(pool, chunks(plan_.size(), chunk_size), [&](std::uint32_t chunk) {
            const std::uint32_t end = std::min(plan_.size(), (chunk + 1) * chunk_size);
            for (std::uint32_t i = chunk * chunk_size; i < end; ++i) {
                outcome.results[i].hash = rules.block.transactions()[i].hash;
                if (!context.cancelled.load(std::memory_order_relaxed)) {
                    plan_.resolve(i);
                }
            }
        });
    }
    void intern() {
        for_each(pool_, ledger_.shards(), [this](std::uint32_t shard) { plan_.intern(shard); });
    }
    /// The rows of each shard, and the markers of each shard of hashes.
    [[nodiscard]] absl::Status load(bool with_intern) {
        const std::uint32_t shards = ledger_.shards();
        std::vector<absl::Status> statuses(2 * shards);
        for_each(pool_, 2 * shards, [&](std::uint32_t task) {
            if (task >= shards) {
                statuses[task] = plan_.load_markers(view_, task - shards);
                return;
            }
            if (with_intern) {
                plan_.intern(task);
            }
            statuses[task] = ledger_.load(task);
        });
        for (const absl::Status& status : statuses) {
            if (!status.ok()) {
                return status;
            }
        }
        return ledger_.load_counters();
    }
    /// The delta is one task, the access log many.
    void publish(const protocol::RuleContext& rules, const BlockEffects& journal,
                 bool record_accesses, model::BlockOutcome& outcome) {
        if (!record_accesses) {
            outcome.delta = publish_delta(rules, plan_, journal, ledger_, outcome.results);
            return;
        }
        AccessPublication log(rules, plan_, journal, outcome.access_log.emplace());
        for_each(pool_, 1 + log.chunks(), [&](std::uint32_t task) {
            if (task == 0) {
                outcome.delta = publish_delta(rules, plan_, journal, ledger_, outcome.results);
            } else {
                log.write_chunk(task - 1);
            }
        });
    }

  private:
    template <class F>
    static void for_each(runtime::WorkerPool* pool, std::uint32_t count, const F& task) {
        if (pool != nullptr) {
            pool->run(count, [&](std::uint32_t worker, std::uint32_t item) {
                pool->yield(runtime::YieldPoint::kClaim, worker, item);
                task(item);
            });
            return;
        }
        for (std::uint32_t i = 0; i < count; ++i) {
            task(i);
        }
    }

    const protocol::StateView& view_;
    BlockPlan& plan_;
    DenseLedger& ledger_;
    runtime::WorkerPool* const pool_;
};

void publish_results(const BlockPlan& plan, const BlockEffects& journal,
                     model::BlockOutcome& outcome) {
    for (std::uint32_t i = 0; i < plan.size(); ++i) {
        if (journal.dense_executed[i] == 0) {
            continue;
        }
        model::TransactionResult& result = outcome.results[i];
        const PlannedTransaction& planned = plan.transactions()[i];
        result.status = model::TransactionStatus::kExecuted;
        result.fee = model::Amount{planned.fee};
        if (planned.kind == PlanKind::kWithAssets) {
            result.burned = model::Amount{plan.assets(i).burned};
        }
    }
    std::sort(outcome.orphans.begin(), outcome.orphans.end());
}

}  // namespace

StagedExecutor::StagedExecutor(runtime::WorkerPool& pool, Options options)
    : pool_(pool), options_(std::move(options)) {}

void StagedExecutor::begin(std::string_view phase) const {
    if (options_.phase_begins) {
        options_.phase_begins(phase);
    }
}

absl::StatusOr<model::BlockOutcome> StagedExecutor::execute(const protocol::StateView& view,
                                                            const protocol::AdmittedBlock& block,
                                                            const core::ExecutionContext& context) {
    const protocol::RuleContext rules{context.protocol, block, context.signatures};
    const auto rejection = context.protocol.check_block(view, rules, context.cancelled);
    if (!rejection.ok()) {
        return rejection.status();
    }
    if (*rejection) {
        return runtime::rejected_outcome(block, (*rejection)->code, (*rejection)->transaction);
    }
    const auto count = static_cast<std::uint32_t>(block.transactions().size());
    const bool checks_signatures = context.signatures.policy() == model::SignaturePolicy::kPerLane;
    const bool several = pool_.workers() > 1;
    const std::uint32_t least = options_.min_parallel_transactions;
    const bool parallel = several && count >= (view.read_cost() == protocol::ReadCost::kStorage
                                                   ? options_.min_parallel_transactions_from_storage
                                                   : least);
    const bool parallel_resolve =
        several && (checks_signatures || count / Options::kResolveShare >= least);
    // Twice as many shards as workers: one that is held up then holds up less.
    const std::uint32_t shards = parallel ? std::min(2 * pool_.workers(), kMaxShards) : 1;

    begin("resolve");
    model::BlockOutcome outcome;
    outcome.results.resize(count);
    DenseLedger ledger(view, shards, block.execution_topoheight());
    BlockPlan plan(rules, ledger);
    Stages stages(view, plan, ledger, parallel ? &pool_ : nullptr);
    stages.resolve(parallel_resolve ? &pool_ : nullptr,
                   checks_signatures ? kResolveChunkWithSignatures : kResolveChunk, context, rules,
                   outcome);
    // On one thread the two are apart, so that they can be measured; on several, apart would be one
    // more time to wait for all.
    begin("intern");
    if (!parallel) {
        stages.intern();
        begin("load");
    }
    if (const auto loaded = stages.load(parallel); !loaded.ok()) {
        return loaded;
    }

    begin("decide");
    BlockDecision decision(rules, context, plan, ledger, outcome);
    if (const auto opened = decision.open(); !opened.ok()) {
        return opened;
    }
    const auto rejected = decision.run();
    if (!rejected.ok()) {
        return rejected.status();
    }
    const std::uint64_t lane_count = decision.lane_count();
    if (!*rejected) {
        pool_.yield(runtime::YieldPoint::kEpilogue, 0, model::kEpilogueTransaction);
        begin("epilogue");
        if (const auto closed = decision.close(); !closed.ok()) {
            return closed;
        }
        begin("publish");
        publish_results(plan, decision.journal(), outcome);
        stages.publish(rules, decision.journal(), context.record_accesses, outcome);
    }
    begin("end");
    outcome.notes.counters = {{"dense", count - lane_count},
                              {"ordered_lane", lane_count},
                              {core::note::kWorkers, parallel ? pool_.used_workers() : 1}};
    return outcome;
}

}  // namespace parallax::executors::staged
