#include "executors/runtime/controlled_lanes.hpp"

#include "executors/runtime/lane_runner.hpp"

#include <fmt/format.h>

#include <exception>
#include <utility>

namespace parallax::executors::runtime {

absl::StatusOr<model::BlockOutcome> ControlledLaneRunner::run(
    core::BlockExecutor& executor,
    const std::function<absl::StatusOr<model::BlockOutcome>(const std::atomic<bool>&)>& lane) {
    if (&executor != &candidate_) {
        const std::atomic<bool> never{false};
        return lane(never);
    }
    controller_.begin(plan_);
    absl::StatusOr<model::BlockOutcome> outcome = absl::UnknownError("the lane did not run");
    try {
        outcome = lane(controller_.cancelled());
    } catch (const std::exception& error) {
        outcome = absl::InternalError(
            fmt::format("executor {} threw: {}", executor.name(), error.what()));
    } catch (...) {
        outcome = absl::InternalError(
            fmt::format("executor {} threw something that is no std::exception", executor.name()));
    }
    report_ = controller_.end();
    if (report_.deadlock) {
        return absl::AbortedError(
            fmt::format("every worker waits for another after {} decisions of its schedule",
                        report_.choices_to_hazard));
    }
    if (report_.livelock) {
        return absl::ResourceExhaustedError(
            fmt::format("it was not done after {} steps", plan_.step_limit));
    }
    return outcome;
}

std::vector<core::ScheduleStep> ControlledLaneRunner::steps() const {
    std::vector<core::ScheduleStep> steps;
    for (const ScheduleEvent& event : report_.events) {
        steps.push_back({event.worker, yield_point_name(event.point), event.transaction});
    }
    return steps;
}

std::vector<crypto::SignatureCheck> ControlledLaneRunner::check_signatures(
    const protocol::AdmittedBlock& block) {
    std::vector<model::Hash> hashes;
    for (const protocol::AdmittedTransaction& transaction : block.transactions()) {
        hashes.push_back(transaction.hash);
    }
    if (checks_.size() != hashes.size() || hashes != checked_) {
        checks_ = parallax::executors::runtime::check_signatures(block, pool_);
        checked_ = std::move(hashes);
    }
    return checks_;
}

}  // namespace parallax::executors::runtime
