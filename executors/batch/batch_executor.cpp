#include "executors/batch/batch_executor.hpp"

#include "executors/runtime/outcome_builder.hpp"
#include "executors/runtime/prefetched_view.hpp"
#include "verifier/core/verification/execution_notes.hpp"

#include "absl/status/status.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace parallax::executors::batch {
namespace {

/// How a run went, for the outcome's notes.
struct BatchCounts {
    std::uint64_t batches = 0;
    std::uint64_t largest = 0;
    std::uint64_t rerun = 0;
    std::uint64_t conflicts = 0;
    core::BatchSizes sizes;
};

/// Block state as a worker reads it, with a yield point in front of every read. Used in the
/// controlled modes only: native mode reads the block state itself.
class YieldingReader final : public protocol::BlockStateReader {
  public:
    YieldingReader(const protocol::BlockStateReader& reader, const runtime::WorkerPool& pool)
        : reader_(reader), pool_(pool) {}
    absl::Status read_value(const model::StateKey& key,
                            protocol::VisibleValue& out) const override {
        pool_.yield(runtime::YieldPoint::kRead, 0, model::kPreState);
        return reader_.read_value(key, out);
    }
    absl::Status read_amount(const model::StateKey& key,
                             protocol::VisibleAmount& out) const override {
        pool_.yield(runtime::YieldPoint::kRead, 0, model::kPreState);
        return reader_.read_amount(key, out);
    }

  private:
    const protocol::BlockStateReader& reader_;
    const runtime::WorkerPool& pool_;
};

/// Block state as one transaction reads it under a seeded fault.
class FaultyReader final : public protocol::BlockStateReader {
  public:
    FaultyReader(const protocol::BlockStateReader& reader, runtime::FaultSeam& faults)
        : reader_(reader), faults_(faults) {}
    void begin(std::uint32_t transaction) { transaction_ = transaction; }
    absl::Status read_value(const model::StateKey& key,
                            protocol::VisibleValue& out) const override {
        const auto read = reader_.read_value(key, out);
        faults_.read(transaction_, key, out);
        return read;
    }
    absl::Status read_amount(const model::StateKey& key,
                             protocol::VisibleAmount& out) const override {
        const auto read = reader_.read_amount(key, out);
        faults_.read(transaction_, key, out);
        return read;
    }

  private:
    const protocol::BlockStateReader& reader_;
    runtime::FaultSeam& faults_;
    std::uint32_t transaction_ = 0;
};

/// One block: forms a batch, runs it, merges it, until the block is done.
class BatchRun {
  public:
    BatchRun(const protocol::StateView& view, const protocol::RuleContext& rules,
             const core::ExecutionContext& context, runtime::WorkerPool& pool,
             const BatchExecutor::Options& options)
        : rules_(rules),
          context_(context),
          pool_(pool),
          options_(options),
          state_(view),
          reader_(state_, pool),
          outcome_(rules.block, context),
          conflicts_(options.granularity) {}

    absl::StatusOr<model::BlockOutcome> run(BatchCounts& counts) {
        const auto count = static_cast<std::uint32_t>(rules_.block.transactions().size());
        if (const auto begun = outcome_.begin(state_, rules_); !begun.ok()) {
            return begun;
        }
        std::uint32_t first = 0;
        while (first < count) {
            const auto end = batch_end(first, count, counts);
            if (!end.ok()) {
                return end.status();
            }
            counts.batches += 1;
            counts.largest = std::max<std::uint64_t>(counts.largest, *end - first);
            counts.sizes.add(*end - first);
            execute_batch(first, *end);
            auto rejected = merge_batch(first, *end, counts);
            if (!rejected.ok()) {
                return rejected.status();
            }
            if (*rejected) {
                return **std::move(rejected);
            }
            first = *end;
        }
        pool_.yield(runtime::YieldPoint::kEpilogue, 0, model::kEpilogueTransaction);
        return outcome_.finish(std::move(state_), rules_);
    }

  private:
    /// One past the last transaction of the batch that starts at `first`.
    absl::StatusOr<std::uint32_t> batch_end(std::uint32_t first, std::uint32_t count,
                                            BatchCounts& counts) {
        conflicts_.clear();
        const std::uint32_t limit =
            options_.max_batch_size == 0 ? count : std::min(count, first + options_.max_batch_size);
        for (std::uint32_t i = first; i < limit; ++i) {
            const auto added = conflicts_.try_add(rules_, model::TxIndex{i}, state_);
            if (!added.ok()) {
                return added.status();
            }
            if (!*added && !(options_.faults != nullptr &&
                             options_.faults->ignores_conflict(model::TxIndex{i}))) {
                counts.conflicts += 1;
                return i;
            }
        }
        return limit;
    }

    void execute_batch(std::uint32_t first, std::uint32_t end) {
        const std::uint32_t size = end - first;
        const protocol::BlockStateReader& reader =
            pool_.observed() ? static_cast<const protocol::BlockStateReader&>(reader_) : state_;
        while (transactions_.size() < size) {
            add_transaction(reader);
        }
        results_.assign(size, protocol::RuleResult{});
        pool_.run(size, [&](std::uint32_t worker, std::uint32_t item) {
            if (context_.cancelled.load(std::memory_order_relaxed)) {
                return;
            }
            pool_.yield(runtime::YieldPoint::kClaim, worker, first + item);
            results_[item] = run_step(item, first + item);
            pool_.yield(runtime::YieldPoint::kWrite, worker, first + item);
        });
        pool_.yield(runtime::YieldPoint::kDrain, 0, end - 1);
    }

    absl::StatusOr<std::optional<model::BlockOutcome>> merge_batch(std::uint32_t first,
                                                                   std::uint32_t end,
                                                                   BatchCounts& counts) {
        const protocol::FailureModel model = rules_.protocol.failures();
        if (context_.cancelled.load(std::memory_order_relaxed)) {
            return absl::DeadlineExceededError("cancelled");
        }
        for (std::uint32_t i = first; i < end; ++i) {
            protocol::TransactionState& transaction = *transactions_[i - first];
            protocol::RuleResult& result = results_[i - first];
            if (!transaction.status().ok()) {
                return transaction.status();
            }
            pool_.yield(runtime::YieldPoint::kCommit, 0, i);
            bool kept = runtime::keeps_effects(result, model);
            if (!merge(transaction, result, kept)) {
                // A row that others of this batch have credited, too, is about to overflow: in
                // block order this transaction sees their credits.
                counts.rerun += 1;
                result = run_step(i - first, i);
                if (!transaction.status().ok()) {
                    return transaction.status();
                }
                kept = runtime::keeps_effects(result, model);
                if (!merge(transaction, result, kept)) {
                    return absl::InternalError("credits do not fit the state they were read from");
                }
            }
            if (result.status == model::TransactionStatus::kFailed &&
                model == protocol::FailureModel::kRejectBlock) {
                return runtime::rejected_outcome(rules_.block, result.code, model::TxIndex{i});
            }
            outcome_.record(model::TxIndex{i}, result, transaction, kept);
        }
        return std::nullopt;
    }

    void add_transaction(const protocol::BlockStateReader& reader) {
        const protocol::BlockStateReader* source = &reader;
        if (options_.faults != nullptr) {
            faulty_readers_.push_back(std::make_unique<FaultyReader>(reader, *options_.faults));
            source = faulty_readers_.back().get();
        }
        transactions_.push_back(std::make_unique<protocol::TransactionState>(*source, 0));
    }

    protocol::RuleResult run_step(std::uint32_t item, std::uint32_t index) {
        protocol::TransactionState& transaction = *transactions_[item];
        transaction.reset(index);
        if (options_.faults == nullptr) {
            return rules_.protocol.execute(transaction, model::TxIndex{index}, rules_);
        }
        faulty_readers_[item]->begin(index);
        return options_.faults->step(transaction, model::TxIndex{index}, rules_);
    }

    /// False if the transaction must run again; true also if there is nothing to keep.
    bool merge(const protocol::TransactionState& transaction, protocol::RuleResult& result,
               bool kept) {
        if (options_.faults != nullptr) {
            return options_.faults->merge(state_, transaction, result, kept);
        }
        return !kept || state_.merge(transaction);
    }

    const protocol::RuleContext& rules_;
    const core::ExecutionContext& context_;
    runtime::WorkerPool& pool_;
    const BatchExecutor::Options& options_;
    protocol::BlockState state_;
    YieldingReader reader_;
    runtime::OutcomeBuilder outcome_;
    ConflictSets conflicts_;
    /// One per transaction state, with a seeded fault only.
    std::vector<std::unique_ptr<FaultyReader>> faulty_readers_;
    std::vector<std::unique_ptr<protocol::TransactionState>> transactions_;
    std::vector<protocol::RuleResult> results_;
};

}  // namespace

BatchExecutor::BatchExecutor(runtime::WorkerPool& pool, Options options)
    : pool_(pool), options_(options) {}

BatchExecutor::~BatchExecutor() = default;

absl::StatusOr<model::BlockOutcome> BatchExecutor::execute(const protocol::StateView& view,
                                                           const protocol::AdmittedBlock& block,
                                                           const core::ExecutionContext& context) {
    if (options_.faults == nullptr) {
        return run(view, block, context);
    }
    const protocol::SignatureSource none = protocol::SignatureSource::off(block);
    const core::ExecutionContext faulty{
        context.protocol, options_.faults->skips_signatures() ? none : context.signatures,
        context.cancelled, context.record_accesses};
    const protocol::RuleContext rules{faulty.protocol, block, faulty.signatures};
    options_.faults->begins(view, rules, pool_, context.cancelled);
    auto outcome = run(view, block, faulty);
    if (outcome.ok()) {
        options_.faults->collected(*outcome);
    }
    return outcome;
}

absl::StatusOr<model::BlockOutcome> BatchExecutor::run(const protocol::StateView& view,
                                                       const protocol::AdmittedBlock& block,
                                                       const core::ExecutionContext& context) {
    const protocol::RuleContext rules{context.protocol, block, context.signatures};
    std::optional<runtime::PrefetchedView> prefetched;
    if (options_.preload) {
        auto loaded = runtime::PrefetchedView::load(view, context.protocol, block);
        if (!loaded.ok()) {
            return loaded.status();
        }
        prefetched = *std::move(loaded);
    }
    const protocol::StateView& state = prefetched ? *prefetched : view;
    const auto rejection = context.protocol.check_block(state, rules, context.cancelled);
    if (!rejection.ok()) {
        return rejection.status();
    }
    if (*rejection) {
        return runtime::rejected_outcome(block, (*rejection)->code, (*rejection)->transaction);
    }
    BatchCounts counts;
    BatchRun batches(state, rules, context, pool_, options_);
    auto outcome = batches.run(counts);
    if (!outcome.ok()) {
        return outcome;
    }
    model::ExecutionNotes& notes = outcome->notes;
    notes.counters = {{core::note::kBatches, counts.batches},
                      {core::note::kConflicts, counts.conflicts},
                      {core::note::kWorkers, pool_.used_workers()},
                      {"largest_batch", counts.largest},
                      {"rerun", counts.rerun}};
    counts.sizes.write(notes);
    if (prefetched) {
        notes.counters[core::note::kCacheHits] = prefetched->hits();
        notes.counters[core::note::kCacheMisses] = prefetched->misses();
    }
    return outcome;
}

}  // namespace parallax::executors::batch
