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
class BlindPairsExecutor final : public core::BlockExecutor {
  public:
    [[nodiscard]] std::string_view name() const override { return "blind-pairs"; }
    [[nodiscard]] absl::StatusOr<model::BlockOutcome> execute(
        const protocol::StateView& view, const protocol::AdmittedBlock& block,
        const core::ExecutionContext& context) override {
        const protocol::RuleContext rules{context.protocol, block, context.signatures};
        const auto count = static_cast<std::uint32_t>(block.transactions().size());
        protocol::BlockState state(view);
        executors::runtime::OutcomeBuilder outcome(block, context);
        for (std::uint32_t i = 0; i < count; i += 2) {
            protocol::TransactionState first(state, i);
            protocol::TransactionState second(state, i + 1);
            const protocol::RuleResult one =
                rules.protocol.execute(first, model::TxIndex{i}, rules);
            const bool pair = i + 1 < count;
            const protocol::RuleResult two =
                pair ? rules.protocol.execute(second, model::TxIndex{i + 1}, rules)
                     : protocol::RuleResult{};
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
    static void merge(protocol::BlockState& state, executors::runtime::OutcomeBuilder& outcome,
                      const protocol::TransactionState& done, const protocol::RuleResult& result,
                      const protocol::RuleContext& rules) {
        const bool kept = executors::runtime::keeps_effects(result, rules.protocol.failures()) &&
                          state.merge(done);
        outcome.record(model::TxIndex{done.transaction()}, result, done, kept);
    }
};

/// Every second transaction reads rows (not amounts) as the block found them: a cache that nobody
/// tells about writes.
class StaleRowsExecutor final : public core::BlockExecutor {
  public:
    [[nodiscard]] std::string_view name() const override { return "stale-rows"; }
    [[nodiscard]] absl::StatusOr<model::BlockOutcome> execute(
        const protocol::StateView& view, const protocol::AdmittedBlock& block,
        const core::ExecutionContext& context) override {
        const protocol::RuleContext rules{context.protocol, block, context.signatures};
        protocol::BlockState state(view);
        const protocol::BlockState before(view);
        const Reader stale(state, before);
        executors::runtime::OutcomeBuilder outcome(block, context);
        for (std::uint32_t i = 0; i < block.transactions().size(); ++i) {
            protocol::TransactionState transaction(
                i % 2 == 0 ? static_cast<const protocol::BlockStateReader&>(state) : stale, i);
            const protocol::RuleResult result =
                rules.protocol.execute(transaction, model::TxIndex{i}, rules);
            if (!transaction.status().ok()) {
                return transaction.status();
            }
            const bool kept =
                executors::runtime::keeps_effects(result, rules.protocol.failures()) &&
                state.merge(transaction);
            outcome.record(model::TxIndex{i}, result, transaction, kept);
        }
        return outcome.finish(std::move(state), rules);
    }

  private:
    class Reader final : public protocol::BlockStateReader {
      public:
        Reader(const protocol::BlockState& now, const protocol::BlockState& before)
            : now_(now), before_(before) {}
        [[nodiscard]] absl::Status read_value(const model::StateKey& key,
                                              protocol::VisibleValue& out) const override {
            const std::uint32_t slot = [&] {
                protocol::VisibleValue fresh;
                (void)now_.read_value(key, fresh);  // the merge needs the row's true place
                return fresh.slot;
            }();
            auto status = before_.read_value(key, out);
            out.slot = slot;
            return status;
        }
        [[nodiscard]] absl::Status read_amount(const model::StateKey& key,
                                               protocol::VisibleAmount& out) const override {
            return now_.read_amount(key, out);
        }

      private:
        const protocol::BlockState& now_;
        const protocol::BlockState& before_;
    };
};

/// The sequential executor with a merge that goes wrong where two transactions meet.
class BadMergeExecutor final : public core::BlockExecutor {
  public:
    /// Changes `outcome`, whose access log says what was done.
    using Merge =
        std::function<void(const protocol::AdmittedBlock& block, model::BlockOutcome& outcome)>;
    BadMergeExecutor(std::string name, Merge merge)
        : name_(std::move(name)), merge_(std::move(merge)) {}
    [[nodiscard]] std::string_view name() const override { return name_; }
    [[nodiscard]] absl::StatusOr<model::BlockOutcome> execute(
        const protocol::StateView& view, const protocol::AdmittedBlock& block,
        const core::ExecutionContext& context) override {
        auto outcome = inner_.execute(view, block, context);
        if (outcome.ok() && outcome->status == model::BlockStatus::kAccepted &&
            outcome->access_log) {
            merge_(block, *outcome);
        }
        return outcome;
    }

  private:
    executors::sequential::SequentialExecutor inner_;
    const std::string name_;
    const Merge merge_;
};

namespace faulty_internal {
/// The last access of `kind` to a key of `family` that another transaction had made before.
inline const model::Access* second_access(const model::BlockOutcome& outcome,
                                          model::AccessKind kind, model::Family family) {
    std::map<model::StateKey, model::TxIndex> first;
    for (const model::Access& access : outcome.access_log->accesses) {
        if (access.kind != kind || access.key.family != family ||
            protocol::is_block_local(access.key) ||
            access.transaction.value() >= outcome.results.size() ||
            outcome.results[access.transaction.value()].status !=
                model::TransactionStatus::kExecuted) {
            continue;
        }
        const auto [found, is_new] = first.emplace(access.key, access.transaction);
        if (!is_new && found->second != access.transaction) {
            return &access;
        }
    }
    return nullptr;
}
inline model::DeltaEntry* entry_of(model::BlockOutcome& outcome, const model::StateKey& key) {
    for (model::DeltaEntry& entry : outcome.delta.entries) {
        if (entry.key == key) {
            return &entry;
        }
    }
    return nullptr;
}
}  // namespace faulty_internal

/// The second credit of a balance in a block is lost.
inline std::unique_ptr<core::BlockExecutor> lost_credit() {
    return std::make_unique<BadMergeExecutor>(
        "lost-credit", [](const protocol::AdmittedBlock&, model::BlockOutcome& outcome) {
            const model::Access* lost = faulty_internal::second_access(
                outcome, model::AccessKind::kCredit, model::Family::kBalance);
            model::DeltaEntry* entry =
                lost == nullptr ? nullptr : faulty_internal::entry_of(outcome, lost->key);
            if (entry != nullptr && entry->after && lost->value > 0) {
                auto& amount = std::get<model::AmountRecord>(*entry->after).amount;
                amount = model::Amount{amount.value() - lost->value};
            }
        });
}

/// The second step of an account's nonce in a block is lost.
inline std::unique_ptr<core::BlockExecutor> lost_nonce() {
    return std::make_unique<BadMergeExecutor>(
        "lost-nonce", [](const protocol::AdmittedBlock&, model::BlockOutcome& outcome) {
            const model::Access* lost = faulty_internal::second_access(
                outcome, model::AccessKind::kWrite, model::Family::kAccount);
            model::DeltaEntry* entry =
                lost == nullptr ? nullptr : faulty_internal::entry_of(outcome, lost->key);
            if (entry != nullptr && entry->after) {
                auto& nonce = std::get<model::AccountRecord>(*entry->after).nonce;
                nonce = model::Nonce{nonce.value() - 1};
            }
        });
}

/// Burned supply is summed per worker, and one worker's sum is lost.
inline std::unique_ptr<core::BlockExecutor> lost_burn() {
    return std::make_unique<BadMergeExecutor>(
        "lost-burn", [](const protocol::AdmittedBlock&, model::BlockOutcome& outcome) {
            std::uint64_t seen = 0;
            for (const model::TransactionResult& result : outcome.results) {
                if (result.burned > model::Amount{0} && ++seen == 2) {
                    outcome.totals.burned_supply =
                        model::Amount{outcome.totals.burned_supply.value() - result.burned.value()};
                }
            }
        });
}

/// Every fault of this file, fresh.
inline std::vector<std::unique_ptr<core::BlockExecutor>> faulty_executors() {
    std::vector<std::unique_ptr<core::BlockExecutor>> all;
    all.push_back(std::make_unique<BlindPairsExecutor>());
    all.push_back(std::make_unique<StaleRowsExecutor>());
    all.push_back(lost_credit());
    all.push_back(lost_nonce());
    all.push_back(lost_burn());
    return all;
}

/// Another executor's fault, that shows only now and then: with `percent` probability.
class NowAndThenExecutor final : public core::BlockExecutor {
  public:
    NowAndThenExecutor(core::BlockExecutor& faulty, std::uint64_t seed, unsigned percent)
        : faulty_(faulty), random_(seed), percent_(percent) {}
    [[nodiscard]] std::string_view name() const override { return faulty_.name(); }
    [[nodiscard]] absl::StatusOr<model::BlockOutcome> execute(
        const protocol::StateView& view, const protocol::AdmittedBlock& block,
        const core::ExecutionContext& context) override {
        return random_() % 100 < percent_ ? faulty_.execute(view, block, context)
                                          : right_.execute(view, block, context);
    }

  private:
    core::BlockExecutor& faulty_;
    executors::sequential::SequentialExecutor right_;
    std::mt19937_64 random_;
    const unsigned percent_;
};

}  // namespace parallax::test
