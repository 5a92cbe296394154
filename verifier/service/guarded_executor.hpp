#pragma once

#include "verifier/core/block_executor.hpp"
#include "verifier/core/clock.hpp"
#include "verifier/core/mutex.hpp"
#include "verifier/service/circuit_breaker.hpp"
#include "verifier/service/configuration.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace parallax {

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
class GuardedExecutor final : public BlockExecutor {
  public:
    struct Options {
        /// Whose minimum of transactions applies.
        std::string network;
        VerificationSettings settings;
    };
    GuardedExecutor(BlockExecutor& executor, const Clock& clock, Options options);

    [[nodiscard]] std::string_view name() const override { return executor_.name(); }
    [[nodiscard]] std::optional<Declined> declines(const AdmittedBlock& block) override;
    [[nodiscard]] absl::StatusOr<BlockOutcome> execute(const StateView& view,
                                                       const AdmittedBlock& block,
                                                       const ExecutionContext& context) override;

    /// For blocks that have not started.
    void configure(const VerificationSettings& settings);
    /// How the candidate's block ended; a lane that declined is left out of account.
    void record(const LaneReport& lane);
    [[nodiscard]] CandidateState state() const;

  private:
    [[nodiscard]] std::uint64_t limit_ns(const AdmittedBlock& block) const;

    BlockExecutor& executor_;
    const Clock& clock_;
    const std::string network_;

    mutable Mutex mutex_;
    VerificationSettings settings_ VERIFIER_GUARDED_BY(mutex_);
    CircuitBreaker breaker_ VERIFIER_GUARDED_BY(mutex_);
};

/// Why a rule keeps candidates away from `block`; nothing if none does.
[[nodiscard]] std::optional<std::string> excluded_by(const VerificationSettings& settings,
                                                     const std::string& network,
                                                     const AdmittedBlock& block);

}  // namespace parallax
