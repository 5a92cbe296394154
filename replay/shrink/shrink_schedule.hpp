#pragma once

#include "replay/shrink/reproduce_schedule.hpp"
#include "replay/shrink/shrink_oracle.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace parallax::replay {

/// Lanes for a configuration under schedules of so many workers; valid until the next call.
using ScheduledLaneFactory = std::function<absl::StatusOr<ScheduledLanes>(
    const BundleConfiguration& configuration, std::uint32_t workers)>;

/// Asks with schedules instead of waiting for luck: the schedule that showed the finding last, then
/// as many drawn ones as it takes to miss it with at most 1 % probability. For a bundle of fewer
/// transactions or workers, where the rate may be another, then those with one preemption. The
/// bundle's threads are the workers.
class ScheduledShrinkOracle final : public ShrinkOracle {
  public:
    ScheduledShrinkOracle(const model::Finding& finding, ScheduledLaneFactory lanes,
                          Options options);

    /// Under the bundle's schedule, if it has one, and under drawn ones.
    [[nodiscard]] absl::Status measure(const Bundle& bundle) override;
    [[nodiscard]] std::optional<BundleRun> find_failure(const Bundle& bundle) override;

    /// One run under one schedule: nothing if the block cannot be run. `BundleRun::meets` says
    /// whether it showed the finding; `choices` is what was chosen.
    [[nodiscard]] std::optional<BundleRun> run(const Bundle& bundle, std::uint32_t workers,
                                               core::SchedulePlan plan,
                                               std::vector<core::ScheduleChoice>& choices);
    [[nodiscard]] bool meets(const std::optional<BundleRun>& run) const {
        return run && run->meets(fingerprint());
    }
    /// What was done in the last run.
    [[nodiscard]] std::vector<core::ScheduleStep> last_steps() const;

  private:
    [[nodiscard]] std::optional<BundleRun> replay(const Bundle& bundle,
                                                  const std::vector<std::uint8_t>& decisions);
    [[nodiscard]] std::optional<BundleRun> draw(const Bundle& bundle);
    [[nodiscard]] std::optional<BundleRun> search(const Bundle& bundle);
    [[nodiscard]] std::optional<BundleRun> try_plan(const Bundle& bundle,
                                                    const core::SchedulePlan& plan,
                                                    std::vector<core::ScheduleChoice>& choices);

    const ScheduledLaneFactory lanes_;
    const std::uint64_t step_limit_;
    /// Of the run that showed the finding last.
    std::vector<std::uint8_t> decisions_;
    /// Workers and transactions of that run, and transactions of the last run of all.
    std::pair<std::uint32_t, std::size_t> size_;
    std::size_t transactions_ = 0;
    std::uint64_t expected_steps_ = 1;
    std::uint64_t seed_ = 0;
    core::ScheduledLaneRunner* runner_ = nullptr;
};

/// What a finding needs of its schedule.
struct ScheduleNeed {
    std::uint32_t workers = 1;
    std::uint32_t preemptions = 0;
    /// No schedule with fewer workers, or with as many and fewer preemptions, shows it: all were
    /// run.
    bool is_least = false;
    /// What is done under it, in order.
    std::vector<core::ScheduleStep> steps;
};

/// `needs 1 preemption, 2 workers`, and whether fewer would do.
[[nodiscard]] std::string describe_need(const ScheduleNeed& need);
/// The same and the steps, one line for each time that a worker goes on.
[[nodiscard]] std::string render_need(const ScheduleNeed& need);

/// The smallest schedule of a bundle that it can find: fewest workers, then fewest preemptions,
/// searched exhaustively, then fewest switches by delta debugging, without the end that a run takes
/// by itself. The bundle then has it, with the outcome of a run under it. Nothing if no schedule
/// shows the finding, or none that does decides it. At most `max_schedules` are run of one number
/// of workers and preemptions.
[[nodiscard]] std::optional<std::pair<Bundle, ScheduleNeed>> shrink_schedule(
    const Bundle& bundle, ScheduledShrinkOracle& oracle, std::uint32_t max_schedules = 3000);

}  // namespace parallax::replay
