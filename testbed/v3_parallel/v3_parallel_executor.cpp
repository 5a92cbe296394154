#include "testbed/v3_parallel/v3_parallel_executor.hpp"

#include "executors/runtime/outcome_builder.hpp"
#include "executors/sequential/sequential_executor.hpp"
#include "testbed/v3_parallel/parallel_state.hpp"
#include "verifier/chains/tos/emission.hpp"
#include "verifier/chains/tos/v3/reference_search.hpp"
#include "verifier/chains/tos/v3/transaction_rules.hpp"
#include "verifier/protocol/block_state.hpp"

#include "absl/status/status.h"

#include <algorithm>

namespace parallax::testbed {
namespace {

namespace v3 = tos::v3;
using model::ErrorCode;

/// Of burns of one block, what is beyond is not counted.
constexpr std::uint64_t kMostBurned = 18'000'000'000'000'000;

std::size_t threshold(v3::Network network) {
    switch (network) {
        case v3::Network::kMainnet:
            return 20;
        case v3::Network::kTestnet:
        case v3::Network::kStagenet:
            return 10;
        case v3::Network::kDevnet:
            return 4;
    }
    return 20;
}

/// The gate looks at types alone, and at how many there are.
bool runs_in_parallel(const protocol::AdmittedBlock& block, const v3::Profile& profile) {
    const auto is_gated = [](const protocol::AdmittedTransaction& transaction) {
        return transaction.type == model::TransactionType::kInvokeContract ||
               transaction.type == model::TransactionType::kEnergy ||
               transaction.type == model::TransactionType::kAiMining ||
               transaction.type == model::TransactionType::kMultisig;
    };
    return block.placement().bodies_shown &&
           block.transactions().size() >= threshold(profile.network) &&
           std::ranges::none_of(block.transactions(), is_gated);
}

std::uint64_t saturating_add(std::uint64_t a, std::uint64_t b) {
    return model::saturating_add(model::Amount{a}, model::Amount{b}).value();
}

/// What a task stages until its transaction has succeeded.
struct Staged {
    std::map<BalanceOf, std::uint64_t> balances;
    std::uint64_t burned = 0;
};

/// One block on its way through the parallel path.
class Run {
  public:
    Run(const protocol::StateView& view, const protocol::AdmittedBlock& block,
        const v3::Profile& profile)
        : storage_(view), state_(view), block_(block), profile_(profile) {}

    /// False if the dev key or the miner is not known to storage: then the import ends.
    absl::StatusOr<bool> pay_rewards(model::BlockTotals& totals) {
        protocol::TransactionState reader(storage_, 0);
        const model::Amount emitted =
            reader.received_total(model::counter_key(model::Counter::kEmittedSupply))
                .value_or(model::Amount{0});
        model::Amount reward = tos::block_reward(emitted);
        if (const auto& side_block = block_.placement().side_block) {
            reward = tos::side_block_reward(reward, *side_block);
        }
        totals.emitted_supply = reward;
        totals.dev_reward = tos::dev_share(reward, block_.height());
        totals.miner_reward = model::saturating_sub(reward, totals.dev_reward);
        const auto dev = reward_to(profile_.dev_key, totals.dev_reward);
        if (!dev.ok() || !*dev) {
            return dev;
        }
        return reward_to(block_.miner(), totals.miner_reward);
    }

    absl::StatusOr<ErrorCode> execute(const v3::Transaction& transaction, std::uint32_t index) {
        Staged staged;
        auto code = stage(transaction, index, staged);
        if (!code.ok() || *code != ErrorCode::kSuccess) {
            return code;
        }
        state_.set_nonce(transaction.source, model::next(transaction.nonce));
        for (const auto& [balance, amount] : staged.balances) {
            state_.set_balance(balance, amount);
        }
        // A burn beyond the cap fails after balances and nonce were copied.
        if (staged.burned > 0 && burned_ >= kMostBurned) {
            return ErrorCode::kOverflow;
        }
        burned_ = std::min(kMostBurned, burned_ + staged.burned);
        return ErrorCode::kSuccess;
    }

    [[nodiscard]] std::uint64_t burned() const { return burned_; }
    [[nodiscard]] const ParallelState& state() const { return state_; }

  private:
    absl::StatusOr<bool> reward_to(const model::PublicKey& account, model::Amount amount) {
        const auto known = state_.load(account);
        if (!known.ok() || !*known) {
            return known;
        }
        const BalanceOf balance{account, model::kTosAsset};
        const auto held = state_.balance(balance);
        if (!held.ok()) {
            return held.status();
        }
        state_.set_balance(balance, saturating_add(*held, amount.value()));
        return true;
    }

    /// The shared apply rules against the adapter: what a sender may spend becomes what it is to
    /// have, and nothing is ever subtracted.
    absl::StatusOr<ErrorCode> stage(const v3::Transaction& transaction, std::uint32_t index,
                                    Staged& staged) {
        const auto spending = v3::spending_of(transaction);
        if (!spending) {
            return ErrorCode::kOverflow;
        }
        protocol::TransactionState reader(storage_, index);
        for (const auto& [asset, amount] : *spending) {
            const v3::SearchResult found =
                v3::search_by_reference(reader, transaction.source, asset, transaction.reference,
                                        block_.execution_topoheight());
            if (!reader.status().ok()) {
                return reader.status();
            }
            if (found.end == v3::SearchEnd::kForgotten) {
                return ErrorCode::kNotImplemented;
            }
            staged.balances[{transaction.source, asset}] = found.spendable.value();
        }
        if (transaction.fee_type == v3::FeeType::kEnergy) {
            return ErrorCode::kInsufficientEnergy;
        }
        if (const auto* burn = std::get_if<v3::BurnPayload>(&transaction.payload)) {
            staged.burned = burn->asset == model::kTosAsset ? burn->amount.value() : 0;
            return ErrorCode::kSuccess;
        }
        const auto* transfers = std::get_if<v3::TransfersPayload>(&transaction.payload);
        return transfers == nullptr ? ErrorCode::kInvalidType : stage_outputs(*transfers, staged);
    }

    absl::StatusOr<ErrorCode> stage_outputs(const v3::TransfersPayload& payload, Staged& staged) {
        for (const v3::Transfer& transfer : payload.transfers) {
            const BalanceOf balance{transfer.destination, transfer.asset};
            const auto known = state_.load(transfer.destination);
            if (!known.ok()) {
                return known.status();
            }
            if (!*known) {
                return ErrorCode::kAccountNotFound;
            }
            const auto loaded = state_.balance(balance);
            if (!loaded.ok()) {
                return loaded.status();
            }
            std::uint64_t& held = staged.balances.try_emplace(balance, *loaded).first->second;
            const auto sum = model::checked_add(model::Amount{held}, transfer.amount);
            if (!sum) {
                return ErrorCode::kOverflow;
            }
            held = sum->value();
        }
        return ErrorCode::kSuccess;
    }

    protocol::BlockState storage_;
    ParallelState state_;
    const protocol::AdmittedBlock& block_;
    const v3::Profile& profile_;
    std::uint64_t burned_ = 0;
};

absl::StatusOr<bool> is_executed(const protocol::StateView& view, const model::Hash& transaction) {
    const auto row = view.get(model::executed_transaction_key(transaction));
    return row.ok() ? absl::StatusOr<bool>(row->has_value()) : row.status();
}

void insert(model::Delta& delta, const model::StateKey& key,
            std::optional<model::StateValue> before, model::StateValue after) {
    const auto place = std::ranges::lower_bound(delta.entries, key, {}, &model::DeltaEntry::key);
    delta.entries.insert(place, {key, std::move(before), std::move(after)});
}

absl::Status grow_counter(const protocol::StateView& view, model::Counter counter,
                          std::uint64_t amount, model::Delta& delta) {
    const model::StateKey key = model::counter_key(counter);
    auto row = view.get(key);
    if (!row.ok() || (amount == 0 && !row->has_value())) {
        return row.status();
    }
    const auto* record = *row ? std::get_if<model::AmountRecord>(&**row) : nullptr;
    const std::uint64_t before = record != nullptr ? record->amount.value() : 0;
    if (amount > 0) {
        insert(delta, key, *std::move(row), model::AmountRecord{model::Amount{before + amount}});
    }
    return absl::OkStatus();
}

/// Every result is known: those of what failed are orphans.
absl::Status record(const protocol::StateView& view, std::uint32_t index, ErrorCode code,
                    std::uint64_t burned, const protocol::AdmittedBlock& block,
                    model::BlockOutcome& outcome) {
    const protocol::AdmittedTransaction& transaction = block.transactions()[index];
    model::TransactionResult& result = outcome.results[index];
    const auto elsewhere = is_executed(view, transaction.hash);
    if (!elsewhere.ok()) {
        return elsewhere.status();
    }
    if (*elsewhere) {
        // Only now is that asked: what it did stays.
        result.status = model::TransactionStatus::kSkipped;
        return absl::OkStatus();
    }
    result.status = code == ErrorCode::kSuccess ? model::TransactionStatus::kExecuted
                                                : model::TransactionStatus::kFailed;
    result.code = code;
    if (code != ErrorCode::kSuccess) {
        outcome.orphans.push_back(transaction.hash);
        return absl::OkStatus();
    }
    result.fee = transaction.fee;
    result.burned = model::Amount{burned};
    model::BlockTotals& totals = outcome.totals;
    totals.fees = model::saturating_add(totals.fees, transaction.fee);
    totals.gas_fee = totals.fees;
    return absl::OkStatus();
}

absl::StatusOr<model::BlockOutcome> finish(const protocol::StateView& view,
                                           const protocol::AdmittedBlock& block, const Run& run,
                                           model::BlockOutcome outcome) {
    model::BlockTotals& totals = outcome.totals;
    totals.miner_reward = model::saturating_add(totals.miner_reward, totals.fees);
    totals.burned_supply = model::Amount{run.burned()};
    auto delta = run.state().merge(block, totals.fees);
    if (!delta.ok()) {
        return delta.status();
    }
    outcome.delta = *std::move(delta);
    for (const model::TransactionResult& result : outcome.results) {
        if (result.status == model::TransactionStatus::kExecuted) {
            insert(outcome.delta, model::executed_transaction_key(result.hash), std::nullopt,
                   model::ExecutedRecord{block.execution_topoheight()});
        }
    }
    for (const auto& [counter, amount] :
         {std::pair{model::Counter::kEmittedSupply, totals.emitted_supply.value()},
          std::pair{model::Counter::kBurnedSupply, run.burned()}}) {
        if (auto status = grow_counter(view, counter, amount, outcome.delta); !status.ok()) {
            return status;
        }
    }
    std::ranges::sort(outcome.orphans);
    return outcome;
}

}  // namespace

std::optional<core::Declined> V3ParallelExecutor::declines(const protocol::AdmittedBlock& block) {
    if (dynamic_cast<const v3::AdmittedBody*>(&block.body()) != nullptr) {
        return std::nullopt;
    }
    return core::Declined{model::InconclusiveReason::kExcludedByConfiguration,
                          "v3-parallel executes blocks of profile v3 alone"};
}

absl::StatusOr<model::BlockOutcome> V3ParallelExecutor::execute(
    const protocol::StateView& view, const protocol::AdmittedBlock& block,
    const core::ExecutionContext& context) {
    const auto* profile = dynamic_cast<const v3::Profile*>(&context.protocol);
    if (profile == nullptr) {
        return absl::FailedPreconditionError("v3-parallel executes blocks of profile v3 alone");
    }
    if (!runs_in_parallel(block, *profile)) {
        executors::sequential::SequentialExecutor sequential;
        return sequential.execute(view, block, context);
    }
    Run run(view, block, *profile);
    model::BlockOutcome outcome;
    for (const protocol::AdmittedTransaction& transaction : block.transactions()) {
        outcome.results.emplace_back().hash = transaction.hash;
    }
    const auto paid = run.pay_rewards(outcome.totals);
    if (!paid.ok()) {
        return paid.status();
    }
    if (!*paid) {
        return executors::runtime::rejected_outcome(block, ErrorCode::kAccountNotFound,
                                                    model::TxIndex{0});
    }
    for (std::uint32_t i = 0; i < block.transactions().size(); ++i) {
        if (context.cancelled.load(std::memory_order_relaxed)) {
            return absl::DeadlineExceededError("cancelled");
        }
        const std::uint64_t burned_before = run.burned();
        const auto code = run.execute(v3::transaction_of(block, model::TxIndex{i}), i);
        if (!code.ok()) {
            return code.status();
        }
        if (auto status = record(view, i, *code, run.burned() - burned_before, block, outcome);
            !status.ok()) {
            return status;
        }
    }
    return finish(view, block, run, std::move(outcome));
}

}  // namespace parallax::testbed
