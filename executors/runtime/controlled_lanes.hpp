#pragma once

#include "executors/runtime/schedule_controller.hpp"
#include "executors/runtime/worker_pool.hpp"
#include "verifier/core/schedule/scheduled_lane_runner.hpp"

#include <vector>

namespace parallax::executors::runtime {

/// Runs the candidate under a controller, and every other executor as it is. The candidate works on
/// `pool`, whose observer is `controller`. References outlive it; one thread at a time.
class ControlledLaneRunner final : public core::ScheduledLaneRunner {
  public:
    ControlledLaneRunner(const core::BlockExecutor& candidate, WorkerPool& pool,
                         ScheduleController& controller)
        : candidate_(candidate), pool_(pool), controller_(controller) {}

    void plan(const core::SchedulePlan& plan) override { plan_ = plan; }
    [[nodiscard]] std::uint32_t workers() const noexcept override { return pool_.workers(); }
    [[nodiscard]] std::span<const core::ScheduleChoice> choices() const noexcept override {
        return report_.deciding_choices();
    }
    [[nodiscard]] std::vector<core::ScheduleStep> steps() const override;
    [[nodiscard]] std::uint64_t departures() const noexcept override { return report_.departures; }
    /// Of the last run.
    [[nodiscard]] const ScheduleReport& report() const noexcept { return report_; }

    absl::StatusOr<model::BlockOutcome> run(
        core::BlockExecutor& executor,
        const std::function<absl::StatusOr<model::BlockOutcome>(const std::atomic<bool>&)>& lane)
        override;
    /// Once for each block.
    std::vector<crypto::SignatureCheck> check_signatures(
        const protocol::AdmittedBlock& block) override;

  private:
    const core::BlockExecutor& candidate_;
    WorkerPool& pool_;
    ScheduleController& controller_;
    core::SchedulePlan plan_;
    ScheduleReport report_;
    /// Hashes of the transactions whose signatures were checked last, and the answers.
    std::vector<model::Hash> checked_;
    std::vector<crypto::SignatureCheck> checks_;
};

}  // namespace parallax::executors::runtime
