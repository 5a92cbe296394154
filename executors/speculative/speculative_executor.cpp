#include "executors/speculative/speculative_executor.hpp"

#include "executors/runtime/outcome_builder.hpp"
#include "executors/speculative/speculation_scheduler.hpp"
#include "executors/speculative/speculative_attempt.hpp"
#include "verifier/core/verification/execution_notes.hpp"

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace parallax::executors::speculative {
namespace {

using Work = SpeculationScheduler::Work;
using Task = SpeculationScheduler::Task;

/// How a run went, for the outcome's notes.
struct SpeculativeCounts {
    SpeculationScheduler::Counts scheduler;
    std::uint64_t serial_reruns = 0;
};

/// The transaction before each one of the same source.
std::vector<std::uint32_t> predecessors(const protocol::AdmittedBlock& block, bool follow_sources) {
    std::vector<std::uint32_t> result(block.transactions().size(),
                                      SpeculationScheduler::kNoPredecessor);
    if (!follow_sources) {
        return result;
    }
    absl::flat_hash_map<model::PublicKey, std::uint32_t> last;
    for (std::uint32_t i = 0; i < result.size(); ++i) {
        const auto [it, is_first] = last.try_emplace(block.transactions()[i].source, i);
        if (!is_first) {
            result[i] = std::exchange(it->second, i);
        }
    }
    return result;
}

/// A worker's stay in a block. It ends the block for all if it ends early, by an exception too:
/// else the others would wait for its task.
class Presence {
  public:
    explicit Presence(SpeculationScheduler& scheduler) : scheduler_(scheduler) {
        scheduler_.enter();
    }
    ~Presence() { scheduler_.leave(); }
    Presence(const Presence&) = delete;
    Presence& operator=(const Presence&) = delete;

  private:
    SpeculationScheduler& scheduler_;
};

/// One block. The members below `attempts_` belong to the committer: the scheduler
/// has one at a time, and what one leaves the next one sees.
class SpeculativeRun {
  public:
    SpeculativeRun(const protocol::StateView& view, const protocol::RuleContext& rules,
                   const core::ExecutionContext& context, runtime::WorkerPool& pool,
                   const SpeculativeExecutor::Options& options)
        : rules_(rules),
          context_(context),
          pool_(pool),
          count_(static_cast<std::uint32_t>(rules.block.transactions().size())),
          start_(view),
          memory_(start_, count_),
          scheduler_(predecessors(rules.block, options.follow_sources),
                     {.max_incarnations = options.max_incarnations,
                      .max_attempts = std::uint64_t{count_} * options.max_mean_attempts,
                      .observer = pool.observer(),
                      .forgets_last_wakeup =
                          options.faults != nullptr && options.faults->forgets_last_wakeup}),
          attempts_(count_),
          faults_(options.faults),
          state_(view),
          canonical_(state_, 0),
          outcome_(rules.block, context) {}

    absl::StatusOr<model::BlockOutcome> run(SpeculativeCounts& counts) {
        if (const auto begun = begin(); !begun.ok()) {
            return begun;
        }
        if (count_ > 0) {
            pool_.run(std::min(pool_.workers(), count_),
                      [this](std::uint32_t worker, std::uint32_t) { work(worker); });
            pool_.yield(runtime::YieldPoint::kDrain, 0, count_ - 1);
        }
        add_counts(counts);
        if (!failure_.ok()) {
            return failure_;
        }
        if (rejection_) {
            return *std::move(rejection_);
        }
        if (!scheduler_.done()) {
            return absl::DeadlineExceededError("cancelled");
        }
        pool_.yield(runtime::YieldPoint::kEpilogue, 0, model::kEpilogueTransaction);
        return outcome_.finish(std::move(state_), rules_);
    }

  private:
    /// The same twice: attempts read what the block begins with, the committer adds to it.
    absl::Status begin() {
        runtime::OutcomeBuilder unused(rules_.block, context_);
        if (const auto begun = unused.begin(start_, rules_); !begun.ok()) {
            return begun;
        }
        return outcome_.begin(state_, rules_);
    }

    void work(std::uint32_t worker) {
        const Presence presence(scheduler_);
        while (true) {
            const Task task = scheduler_.next();
            if (task.work == Work::kNone || context_.cancelled.load(std::memory_order_relaxed)) {
                return;
            }
            switch (task.work) {
                case Work::kExecute:
                    execute(worker, task);
                    break;
                case Work::kValidate:
                    validate(worker, task);
                    break;
                case Work::kCommit:
                    if (!commit(worker, task)) {
                        return;
                    }
                    break;
                case Work::kNone:
                    return;
            }
        }
    }

    void execute(std::uint32_t worker, const Task& task) {
        const std::uint32_t i = task.transaction;
        pool_.yield(runtime::YieldPoint::kClaim, worker, i);
        auto& attempt = attempts_[i];
        if (!attempt) {
            attempt = std::make_unique<SpeculativeAttempt>(memory_, pool_, i);
        }
        if (const auto writer = attempt->run(worker, rules_)) {
            pool_.yield(runtime::YieldPoint::kAbort, worker, i);
            scheduler_.blocked(i, *writer);
            return;
        }
        pool_.yield(runtime::YieldPoint::kWrite, worker, i);
        const bool affects = publish(attempt->state(), attempt->result(), task.incarnation);
        scheduler_.executed(i, affects);
    }

    void validate(std::uint32_t worker, const Task& task) {
        const std::uint32_t i = task.transaction;
        pool_.yield(runtime::YieldPoint::kValidate, worker, i);
        const bool valid =
            (faults_ != nullptr && faults_->skips_validation) || attempts_[i]->is_valid();
        bool affects = false;
        if (!valid) {
            pool_.yield(runtime::YieldPoint::kAbort, worker, i);
            affects = memory_.mark_estimates(i);
        }
        scheduler_.validated(i, valid, affects);
    }

    /// Effects that others see: those that the failure model keeps, also of a failed transaction.
    bool publish(const protocol::TransactionState& transaction, const protocol::RuleResult& result,
                 std::uint32_t incarnation) {
        const bool kept =
            transaction.status().ok() && runtime::keeps_effects(result, rules_.protocol.failures());
        return memory_.publish(
            transaction.transaction(), incarnation,
            kept ? versioned_writes(transaction) : std::vector<MultiVersionMemory::Write>{});
    }

    /// The frontier's transaction joins the block. False if the block ends here.
    bool commit(std::uint32_t worker, const Task& task) {
        const std::uint32_t i = task.transaction;
        pool_.yield(runtime::YieldPoint::kCommit, worker, i);
        bool affects = false;
        if (!task.has_attempt || !commit_attempt(*attempts_[i], task.incarnation)) {
            if (!rerun(i)) {
                return false;
            }
            affects = publish(canonical_, canonical_result_, task.incarnation + 1);
        }
        attempts_[i].reset();
        scheduler_.committed(i, affects);
        return true;
    }

    bool commit_attempt(const SpeculativeAttempt& attempt, std::uint32_t incarnation) {
        if (!attempt.is_conclusive()) {
            return false;
        }
        // All lower transactions are final now: what is valid here is what block order gives.
        frontier_validations_ += 1;
        const bool checked = faults_ == nullptr || !faults_->skips_commit_validation;
        if (checked && !attempt.is_valid()) {
            return false;
        }
        const bool kept = runtime::keeps_effects(attempt.result(), rules_.protocol.failures());
        if (kept && !state_.merge(attempt.state())) {
            // On top of the credits before it, one of its own would not fit.
            return false;
        }
        if (kept && incarnation > 0 && faults_ != nullptr && faults_->merges_retries_twice) {
            static_cast<void>(state_.merge(attempt.state()));
        }
        outcome_.record(model::TxIndex{attempt.state().transaction()}, attempt.result(),
                        attempt.state(), kept);
        return true;
    }

    /// Runs a transaction on the canonical state, where its result is the verdict.
    bool rerun(std::uint32_t i) {
        serial_reruns_ += 1;
        canonical_.reset(i);
        canonical_result_ = rules_.protocol.execute(canonical_, model::TxIndex{i}, rules_);
        if (!canonical_.status().ok()) {
            failure_ = canonical_.status();
            return false;
        }
        if (canonical_result_.status == model::TransactionStatus::kFailed &&
            rules_.protocol.failures() == protocol::FailureModel::kRejectBlock) {
            rejection_ =
                runtime::rejected_outcome(rules_.block, canonical_result_.code, model::TxIndex{i});
            return false;
        }
        const bool kept = runtime::keeps_effects(canonical_result_, rules_.protocol.failures());
        if (kept && !state_.merge(canonical_)) {
            failure_ = absl::InternalError("credits do not fit the state they were read from");
            return false;
        }
        outcome_.record(model::TxIndex{i}, canonical_result_, canonical_, kept);
        return true;
    }

    void add_counts(SpeculativeCounts& counts) const {
        const auto scheduled = scheduler_.counts();
        counts.scheduler.attempts += scheduled.attempts;
        counts.scheduler.aborts += scheduled.aborts;
        counts.scheduler.validations += scheduled.validations + frontier_validations_;
        counts.scheduler.watchdog += scheduled.watchdog;
        counts.scheduler.stalls += scheduled.stalls;
        counts.serial_reruns += serial_reruns_;
    }

    const protocol::RuleContext& rules_;
    const core::ExecutionContext& context_;
    runtime::WorkerPool& pool_;
    const std::uint32_t count_;
    /// What the block begins with: no transaction changes it.
    protocol::BlockState start_;
    MultiVersionMemory memory_;
    SpeculationScheduler scheduler_;
    /// Each belongs to the owner of its transaction.
    std::vector<std::unique_ptr<SpeculativeAttempt>> attempts_;

    /// Null but in tests of the verifier.
    const SpeculationFaults* const faults_;

    protocol::BlockState state_;
    protocol::TransactionState canonical_;
    protocol::RuleResult canonical_result_;
    runtime::OutcomeBuilder outcome_;
    absl::Status failure_;
    std::optional<model::BlockOutcome> rejection_;
    std::uint64_t frontier_validations_ = 0;
    std::uint64_t serial_reruns_ = 0;
};

}  // namespace

SpeculativeExecutor::SpeculativeExecutor(runtime::WorkerPool& pool, Options options)
    : pool_(pool), options_(options) {}

absl::StatusOr<model::BlockOutcome> SpeculativeExecutor::execute(
    const protocol::StateView& view, const protocol::AdmittedBlock& block,
    const core::ExecutionContext& context) {
    const protocol::RuleContext rules{context.protocol, block, context.signatures};
    const auto rejection = context.protocol.check_block(view, rules, context.cancelled);
    if (!rejection.ok()) {
        return rejection.status();
    }
    if (*rejection) {
        return runtime::rejected_outcome(block, (*rejection)->code, (*rejection)->transaction);
    }
    SpeculativeCounts counts;
    SpeculativeRun run(view, rules, context, pool_, options_);
    auto outcome = run.run(counts);
    if (outcome.ok()) {
        outcome->notes.counters = {{"attempts", counts.scheduler.attempts},
                                   {"aborts", counts.scheduler.aborts},
                                   {"validations", counts.scheduler.validations},
                                   {"serial_reruns", counts.serial_reruns},
                                   {"watchdog", counts.scheduler.watchdog},
                                   {"stalls", counts.scheduler.stalls},
                                   {core::note::kConflicts, counts.scheduler.aborts},
                                   {core::note::kWorkers, pool_.used_workers()}};
    }
    return outcome;
}

}  // namespace parallax::executors::speculative
