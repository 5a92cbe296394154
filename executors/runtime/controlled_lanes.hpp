#pragma once

#include "executors/runtime/schedule_controller.hpp"
#include "executors/runtime/worker_pool.hpp"
#include "verifier/core/scheduled_lane_runner.hpp"

#include <vector>

namespace parallax {

/// Runs the candidate under a controller, and every other executor as it is. The candidate works on
/// `pool`, whose observer is `controller`. References outlive it; one thread at a time.
class ControlledLaneRunner final : public ScheduledLaneRunner {
  public:
    ControlledLaneRunner(const BlockExecutor& candidate, WorkerPool& pool,
                         ScheduleController& controller)
        : candidate_(candidate), pool_(pool), controller_(controller) {}

    void plan(const SchedulePlan& plan) override { plan_ = plan; }
    [[nodiscard]] std::uint32_t workers() const noexcept override { return pool_.workers(); }
    [[nodiscard]] std::span<const ScheduleChoice> choices() const noexcept override {
        return report_.deciding_choices();
    }
    [[nodiscard]] std::vector<ScheduleStep> steps() const override;
    [[nodiscard]] std::uint64_t departures() const noexcept override { return report_.departures; }
    /// Of the last run.
    [[nodiscard]] const ScheduleReport& report() const noexcept { return report_; }

    absl::StatusOr<BlockOutcome> run(
        BlockExecutor& executor,
        const std::function<absl::StatusOr<BlockOutcome>(const std::atomic<bool>&)>& lane) override;
    /// Once for each block.
    std::vector<SignatureCheck> check_signatures(const AdmittedBlock& block) override;

  private:
    const BlockExecutor& candidate_;
    WorkerPool& pool_;
    ScheduleController& controller_;
    SchedulePlan plan_;
    ScheduleReport report_;
    /// Hashes of the transactions whose signatures were checked last, and the answers.
    std::vector<Hash> checked_;
    std::vector<SignatureCheck> checks_;
};

}  // namespace parallax
