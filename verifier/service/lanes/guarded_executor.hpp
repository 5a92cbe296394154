#pragma once

#include "verifier/base/clock.hpp"
#include "verifier/base/mutex.hpp"
#include "verifier/core/verification/block_executor.hpp"
#include "verifier/service/lanes/circuit_breaker.hpp"
#include "verifier/service/settings/configuration.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace parallax::service {

/// How one candidate is doing.
struct CandidateState {
    std::string executor;
    CircuitState circuit = CircuitState::kClosed;
    std::uint32_t failures = 0;
    std::uint64_t opened = 0;
    std::uint32_t blocks_left = 0;
};

/// Stands before a candidate: keeps it away from blocks that the configuration excludes
/// or while its circuit is open, and calls a block that took longer than its transactions may a
/// block out of time (the lane runner alone can end it early). Executor and clock outlive it.
/// `declines` and `execute` are for the lane's thread, everything else for any.
class GuardedExecutor final : public core::BlockExecutor {
  public:
    struct Options {
        /// Whose minimum of transactions applies.
        std::string network;
        VerificationSettings settings;
    };
    GuardedExecutor(core::BlockExecutor& executor, const base::Clock& clock, Options options);

    [[nodiscard]] std::string_view name() const override { return executor_.name(); }
    [[nodiscard]] std::optional<core::Declined> declines(
        const protocol::AdmittedBlock& block) override;
    [[nodiscard]] absl::StatusOr<model::BlockOutcome> execute(
        const protocol::StateView& view, const protocol::AdmittedBlock& block,
        const core::ExecutionContext& context) override;

    /// For blocks that have not started.
    void configure(const VerificationSettings& settings);
    /// How the candidate's block ended; a lane that declined is left out of account.
    void record(const model::LaneReport& lane);
    [[nodiscard]] CandidateState state() const;

  private:
    [[nodiscard]] std::uint64_t limit_ns(const protocol::AdmittedBlock& block) const;

    core::BlockExecutor& executor_;
    const base::Clock& clock_;
    const std::string network_;

    mutable base::Mutex mutex_;
    VerificationSettings settings_ VERIFIER_GUARDED_BY(mutex_);
    CircuitBreaker breaker_ VERIFIER_GUARDED_BY(mutex_);
};

/// Why a rule keeps candidates away from `block`; nothing if none does.
[[nodiscard]] std::optional<std::string> excluded_by(const VerificationSettings& settings,
                                                     const std::string& network,
                                                     const protocol::AdmittedBlock& block);

}  // namespace parallax::service
