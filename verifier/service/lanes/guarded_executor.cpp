#include "verifier/service/lanes/guarded_executor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace parallax::service {
namespace {

constexpr std::int64_t kNanosecondsPerMillisecond = 1'000'000;

bool touches_contracts(const protocol::AdmittedTransaction& transaction) {
    return transaction.type == model::TransactionType::kDeployContract ||
           transaction.type == model::TransactionType::kInvokeContract;
}

/// Blocks of the rollout have fewer transactions than this.
std::size_t rollout_bound(Rollout rollout) {
    switch (rollout) {
        case Rollout::kUnder50:
            return 50;
        case Rollout::kUnder200:
            return 200;
        case Rollout::kAll:
            break;
    }
    return std::numeric_limits<std::size_t>::max();
}

}  // namespace

std::optional<std::string> excluded_by(const VerificationSettings& settings,
                                       const std::string& network,
                                       const protocol::AdmittedBlock& block) {
    if (!settings.enabled) {
        return "verification.enabled is false";
    }
    const auto& transactions = block.transactions();
    const auto least = settings.min_transactions.find(network);
    if (least != settings.min_transactions.end() && transactions.size() < least->second) {
        return fmt::format("{} transactions, verification.min_transactions.{} is {}",
                           transactions.size(), network, least->second);
    }
    if (transactions.size() >= rollout_bound(settings.rollout)) {
        return fmt::format("{} transactions, verification.rollout is {}", transactions.size(),
                           rollout_name(settings.rollout));
    }
    if (!settings.contracts &&
        std::any_of(transactions.begin(), transactions.end(), &touches_contracts)) {
        return "it touches contracts, verification.contracts is false";
    }
    return std::nullopt;
}

GuardedExecutor::GuardedExecutor(core::BlockExecutor& executor, const base::Clock& clock,
                                 Options options)
    : executor_(executor),
      clock_(clock),
      network_(std::move(options.network)),
      settings_(std::move(options.settings)),
      breaker_(settings_.circuit_breaker) {}

std::optional<core::Declined> GuardedExecutor::declines(const protocol::AdmittedBlock& block) {
    base::MutexLock lock(mutex_);
    if (auto rule = excluded_by(settings_, network_, block)) {
        return core::Declined{model::InconclusiveReason::kExcludedByConfiguration,
                              *std::move(rule)};
    }
    if (!breaker_.allows_block()) {
        return core::Declined{model::InconclusiveReason::kCircuitOpen,
                              fmt::format("open for {} more blocks", breaker_.blocks_left())};
    }
    return std::nullopt;
}

std::uint64_t GuardedExecutor::limit_ns(const protocol::AdmittedBlock& block) const {
    base::MutexLock lock(mutex_);
    const std::uint64_t transactions = std::max<std::uint64_t>(1, block.transactions().size());
    // Neither product overflows: a limit is at most about a year.
    const auto each =
        static_cast<std::uint64_t>(base::limit_of_ms(settings_.transaction_time_limit_ms).count() /
                                   kNanosecondsPerMillisecond);
    return static_cast<std::uint64_t>(base::limit_of_ms(each * transactions).count());
}

absl::StatusOr<model::BlockOutcome> GuardedExecutor::execute(
    const protocol::StateView& view, const protocol::AdmittedBlock& block,
    const core::ExecutionContext& context) {
    const auto started = clock_.now();
    auto outcome = executor_.execute(view, block, context);
    const auto elapsed = static_cast<std::uint64_t>((clock_.now() - started).count());
    const std::uint64_t limit = limit_ns(block);
    if (outcome.ok() && limit > 0 && elapsed > limit) {
        return absl::DeadlineExceededError(
            fmt::format("executor {} took {} ns for {} transactions, {} were allowed", name(),
                        elapsed, block.transactions().size(), limit));
    }
    return outcome;
}

void GuardedExecutor::configure(const VerificationSettings& settings) {
    base::MutexLock lock(mutex_);
    if (settings.circuit_breaker != settings_.circuit_breaker) {
        breaker_.configure(settings.circuit_breaker);
    }
    settings_ = settings;
}

void GuardedExecutor::record(const model::LaneReport& lane) {
    if (lane.reason == model::InconclusiveReason::kExcludedByConfiguration ||
        lane.reason == model::InconclusiveReason::kCircuitOpen) {
        return;
    }
    base::MutexLock lock(mutex_);
    breaker_.record(lane);
}

CandidateState GuardedExecutor::state() const {
    base::MutexLock lock(mutex_);
    return {std::string(executor_.name()), breaker_.state(), breaker_.failures(), breaker_.opened(),
            breaker_.blocks_left()};
}

}  // namespace parallax::service
