#pragma once

#include "verifier/core/clock.hpp"
#include "verifier/core/mutex.hpp"
#include "verifier/core/verify_block.hpp"

#include <chrono>
#include <map>
#include <string>
#include <string_view>

namespace parallax {

/// Another runner, and how long each executor took in it. Durations are for figures only: no
/// verdict depends on them. The inner runner and the clock outlive it; as thread-safe as the inner
/// runner.
class LaneStopwatch final : public LaneRunner {
  public:
    LaneStopwatch(LaneRunner& runner, const Clock& clock) : runner_(runner), clock_(clock) {}

    [[nodiscard]] absl::StatusOr<BlockOutcome> run(
        BlockExecutor& executor,
        const std::function<absl::StatusOr<BlockOutcome>(const std::atomic<bool>& cancelled)>& lane)
        override;
    [[nodiscard]] std::vector<SignatureCheck> check_signatures(const AdmittedBlock& block) override;

    /// Durations since the last call, by executor name, and starts anew. An executor that ran
    /// twice, as the control does on a mismatch, is there with its first run.
    [[nodiscard]] std::map<std::string, std::chrono::nanoseconds> take();

  private:
    LaneRunner& runner_;
    const Clock& clock_;

    Mutex mutex_;
    std::map<std::string, std::chrono::nanoseconds> durations_ VERIFIER_GUARDED_BY(mutex_);
};

}  // namespace parallax
