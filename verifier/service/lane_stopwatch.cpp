#include "verifier/service/lane_stopwatch.hpp"

#include <utility>

namespace parallax {

absl::StatusOr<BlockOutcome> LaneStopwatch::run(
    BlockExecutor& executor,
    const std::function<absl::StatusOr<BlockOutcome>(const std::atomic<bool>& cancelled)>& lane) {
    const auto start = clock_.now();
    auto outcome = runner_.run(executor, lane);
    const auto duration = clock_.now() - start;
    const MutexLock lock(mutex_);
    durations_.emplace(std::string(executor.name()), duration);
    return outcome;
}

std::vector<SignatureCheck> LaneStopwatch::check_signatures(const AdmittedBlock& block) {
    return runner_.check_signatures(block);
}

std::map<std::string, std::chrono::nanoseconds> LaneStopwatch::take() {
    const MutexLock lock(mutex_);
    return std::exchange(durations_, {});
}

}  // namespace parallax
