#pragma once

#include "executors/runtime/outcome_builder.hpp"
#include "executors/sequential/sequential_executor.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace parallax::test {

/// Executors that are wrong on purpose, one way each, and right in all others. Every one needs two
/// transactions to go wrong.

/// Runs transactions two by two, both on the state before the pair, without asking whether they
/// conflict: the reads of the second one are stale.
class BlindPairsExecutor final : public BlockExecutor {
  public:
    [[nodiscard]] std::string_view name() const override { return "blind-pairs"; }
    [[nodiscard]] absl::StatusOr<BlockOutcome> execute(const StateView& view,
                                                       const AdmittedBlock& block,
                                                       const ExecutionContext& context) override {
        const RuleContext rules{context.profile, block, context.signatures};
        const auto count = static_cast<std::uint32_t>(block.transactions().size());
        BlockState state(view);
        OutcomeBuilder outcome(block, context);
        for (std::uint32_t i = 0; i < count; i += 2) {
            TransactionState first(state, i);
            TransactionState second(state, i + 1);
            const RuleResult one =
                passes(context.profile.path).front().step(first, TxIndex{i}, rules);
            const bool pair = i + 1 < count;
            const RuleResult two =
                pair ? passes(context.profile.path).front().step(second, TxIndex{i + 1}, rules)
                     : RuleResult{};
            if (!first.status().ok() || !second.status().ok()) {
                return first.status().ok() ? second.status() : first.status();
            }
            merge(state, outcome, first, one, rules);
            if (pair) {
                merge(state, outcome, second, two, rules);
            }
        }
        return outcome.finish(std::move(state), rules);
    }

  private:
    static void merge(BlockState& state, OutcomeBuilder& outcome, const TransactionState& done,
                      const RuleResult& result, const RuleContext& rules) {
        const bool kept = keeps_effects(result, rules.profile.failure_model) && state.merge(done);
        outcome.record(TxIndex{done.transaction()}, result, done, kept);
    }
};

/// Every second transaction reads rows (not amounts) as the block found them: a cache that nobody
/// tells about writes.
class StaleRowsExecutor final : public BlockExecutor {
  public:
    [[nodiscard]] std::string_view name() const override { return "stale-rows"; }
    [[nodiscard]] absl::StatusOr<BlockOutcome> execute(const StateView& view,
                                                       const AdmittedBlock& block,
                                                       const ExecutionContext& context) override {
        const RuleContext rules{context.profile, block, context.signatures};
        BlockState state(view);
        const BlockState before(view);
        const Reader stale(state, before);
        OutcomeBuilder outcome(block, context);
        for (std::uint32_t i = 0; i < block.transactions().size(); ++i) {
            TransactionState transaction(
                i % 2 == 0 ? static_cast<const LedgerReader&>(state) : stale, i);
            const RuleResult result =
                passes(context.profile.path).front().step(transaction, TxIndex{i}, rules);
            if (!transaction.status().ok()) {
                return transaction.status();
            }
            const bool kept =
                keeps_effects(result, rules.profile.failure_model) && state.merge(transaction);
            outcome.record(TxIndex{i}, result, transaction, kept);
        }
        return outcome.finish(std::move(state), rules);
    }

  private:
    class Reader final : public LedgerReader {
      public:
        Reader(const BlockState& now, const BlockState& before) : now_(now), before_(before) {}
        [[nodiscard]] absl::Status read_value(const StateKey& key,
                                              VisibleValue& out) const override {
            const std::uint32_t slot = [&] {
                VisibleValue fresh;
                (void)now_.read_value(key, fresh);  // the merge needs the row's true place
                return fresh.slot;
            }();
            auto status = before_.read_value(key, out);
            out.slot = slot;
            return status;
        }
        [[nodiscard]] absl::Status read_amount(const StateKey& key,
                                               VisibleAmount& out) const override {
            return now_.read_amount(key, out);
        }

      private:
        const BlockState& now_;
        const BlockState& before_;
    };
};

/// The sequential executor with a merge that goes wrong where two transactions meet.
class BadMergeExecutor final : public BlockExecutor {
  public:
    /// Changes `outcome`, whose access log says what was done.
    using Merge = std::function<void(const AdmittedBlock& block, BlockOutcome& outcome)>;
    BadMergeExecutor(std::string name, Merge merge)
        : name_(std::move(name)), merge_(std::move(merge)) {}
    [[nodiscard]] std::string_view name() const override { return name_; }
    [[nodiscard]] absl::StatusOr<BlockOutcome> execute(const StateView& view,
                                                       const AdmittedBlock& block,
                                                       const ExecutionContext& context) override {
        auto outcome = inner_.execute(view, block, context);
        if (outcome.ok() && outcome->status == BlockStatus::kAccepted && outcome->access_log) {
            merge_(block, *outcome);
        }
        return outcome;
    }

  private:
    SequentialExecutor inner_;
    const std::string name_;
    const Merge merge_;
};

namespace faulty_internal {
/// The last access of `kind` to a key of `family` that another transaction had made before.
inline const Access* second_access(const BlockOutcome& outcome, AccessKind kind, Family family) {
    std::map<StateKey, TxIndex> first;
    for (const Access& access : outcome.access_log->accesses) {
        if (access.kind != kind || access.key.family != family || is_block_local(access.key) ||
            access.transaction.value() >= outcome.results.size() ||
            outcome.results[access.transaction.value()].status != TransactionStatus::kExecuted) {
            continue;
        }
        const auto [found, is_new] = first.emplace(access.key, access.transaction);
        if (!is_new && found->second != access.transaction) {
            return &access;
        }
    }
    return nullptr;
}
inline DeltaEntry* entry_of(BlockOutcome& outcome, const StateKey& key) {
    for (DeltaEntry& entry : outcome.delta.entries) {
        if (entry.key == key) {
            return &entry;
        }
    }
    return nullptr;
}
}  // namespace faulty_internal

/// The second credit of a balance in a block is lost.
inline std::unique_ptr<BlockExecutor> lost_credit() {
    return std::make_unique<BadMergeExecutor>(
        "lost-credit", [](const AdmittedBlock&, BlockOutcome& outcome) {
            const Access* lost =
                faulty_internal::second_access(outcome, AccessKind::kCredit, Family::kBalance);
            DeltaEntry* entry =
                lost == nullptr ? nullptr : faulty_internal::entry_of(outcome, lost->key);
            if (entry != nullptr && entry->after && lost->value > 0) {
                auto& amount = std::get<AmountRecord>(*entry->after).amount;
                amount = Amount{amount.value() - lost->value};
            }
        });
}

/// The second step of an account's nonce in a block is lost.
inline std::unique_ptr<BlockExecutor> lost_nonce() {
    return std::make_unique<BadMergeExecutor>(
        "lost-nonce", [](const AdmittedBlock&, BlockOutcome& outcome) {
            const Access* lost =
                faulty_internal::second_access(outcome, AccessKind::kWrite, Family::kAccount);
            DeltaEntry* entry =
                lost == nullptr ? nullptr : faulty_internal::entry_of(outcome, lost->key);
            if (entry != nullptr && entry->after) {
                auto& nonce = std::get<AccountRecord>(*entry->after).nonce;
                nonce = Nonce{nonce.value() - 1};
            }
        });
}

/// Burned supply is summed per worker, and one worker's sum is lost.
inline std::unique_ptr<BlockExecutor> lost_burn() {
    return std::make_unique<BadMergeExecutor>(
        "lost-burn", [](const AdmittedBlock&, BlockOutcome& outcome) {
            std::uint64_t seen = 0;
            for (const TransactionResult& result : outcome.results) {
                if (result.burned > Amount{0} && ++seen == 2) {
                    outcome.totals.burned_supply =
                        Amount{outcome.totals.burned_supply.value() - result.burned.value()};
                }
            }
        });
}

/// Every fault of this file, fresh.
inline std::vector<std::unique_ptr<BlockExecutor>> faulty_executors() {
    std::vector<std::unique_ptr<BlockExecutor>> all;
    all.push_back(std::make_unique<BlindPairsExecutor>());
    all.push_back(std::make_unique<StaleRowsExecutor>());
    all.push_back(lost_credit());
    all.push_back(lost_nonce());
    all.push_back(lost_burn());
    return all;
}

/// Another executor's fault, that shows only now and then: with `percent` probability.
class NowAndThenExecutor final : public BlockExecutor {
  public:
    NowAndThenExecutor(BlockExecutor& faulty, std::uint64_t seed, unsigned percent)
        : faulty_(faulty), random_(seed), percent_(percent) {}
    [[nodiscard]] std::string_view name() const override { return faulty_.name(); }
    [[nodiscard]] absl::StatusOr<BlockOutcome> execute(const StateView& view,
                                                       const AdmittedBlock& block,
                                                       const ExecutionContext& context) override {
        return random_() % 100 < percent_ ? faulty_.execute(view, block, context)
                                          : right_.execute(view, block, context);
    }

  private:
    BlockExecutor& faulty_;
    SequentialExecutor right_;
    std::mt19937_64 random_;
    const unsigned percent_;
};

}  // namespace parallax::test
