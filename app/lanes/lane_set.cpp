#include "app/lanes/lane_set.hpp"

#include "app/lanes/executor_registry.hpp"
#include "executors/runtime/lane_runner.hpp"
#include "testbed/faults/catalogue.hpp"

#include <set>

namespace parallax::app {

struct LaneSet::Lane {
    std::unique_ptr<executors::runtime::WorkerPool> pool;
    std::unique_ptr<core::BlockExecutor> executor;
    std::unique_ptr<core::LaneRunner> runner;

    /// `time_limit_ms` 0 for none.
    absl::Status start(const std::string& name, const LaneOptions& options, bool isolate,
                       std::uint64_t time_limit_ms) {
        executors::runtime::WorkerPool::Options pool_options;
        // An isolated executor has its workers in its own process.
        pool_options.workers = isolate ? 1 : options.threads;
        auto created = executors::runtime::WorkerPool::create(pool_options);
        if (!created.ok()) {
            return created.status();
        }
        pool = *std::move(created);
        executor = isolate ? create_isolated_executor(name, options.threads)
                           : create_executor(name, *pool);
        runner = std::make_unique<executors::runtime::TimedLaneRunner>(
            *pool, executors::runtime::TimedLaneRunner::Options{.time_limit_ms = time_limit_ms});
        return absl::OkStatus();
    }
};

LaneSet::LaneSet() = default;
LaneSet::~LaneSet() = default;

absl::StatusOr<std::unique_ptr<LaneSet>> LaneSet::create(const LaneOptions& options) {
    const std::set<std::string> names(options.candidates.begin(), options.candidates.end());
    if (names.size() != options.candidates.size()) {
        return absl::InvalidArgumentError(
            "--candidate: an executor is given twice; its blocks would be counted twice");
    }
    std::unique_ptr<LaneSet> set(new LaneSet);
    set->control_ = std::make_unique<Lane>();
    // No limit: the control's result must stand.
    if (auto status = set->control_->start(std::string(kControlName), options, false, 0);
        !status.ok()) {
        return status;
    }
    const testbed::Fault* const fault = testbed::find_fault(options.fault);
    if (fault != nullptr) {
        set->candidates_.push_back(std::make_unique<Lane>());
        Lane& lane = *set->candidates_.back();
        if (auto status =
                lane.start(std::string(kControlName), options, false, options.time_limit_ms);
            !status.ok()) {
            return status;
        }
        lane.executor = testbed::create_faulty_executor(*fault, *lane.pool);
    }
    for (const std::string& name :
         fault == nullptr ? options.candidates : std::vector<std::string>{}) {
        set->candidates_.push_back(std::make_unique<Lane>());
        if (auto status = set->candidates_.back()->start(name, options, options.isolate,
                                                         options.time_limit_ms);
            !status.ok()) {
            return status;
        }
    }
    auto threads = executors::runtime::LaneThreadSet::create(set->candidates_.size());
    if (!threads.ok()) {
        return threads.status();
    }
    set->threads_ = *std::move(threads);
    return set;
}

core::PipelineParts LaneSet::parts(core::ChainStore& store) const {
    std::vector<core::PipelineLane> candidates;
    for (const auto& lane : candidates_) {
        candidates.push_back({*lane->executor, *lane->runner});
    }
    return {
        store, {*control_->executor, *control_->runner}, std::move(candidates), *threads_, clock_};
}

std::string_view LaneSet::control_name() const {
    return control_->executor->name();
}

std::vector<std::string> LaneSet::candidate_names() const {
    std::vector<std::string> names;
    for (const auto& lane : candidates_) {
        names.emplace_back(lane->executor->name());
    }
    return names;
}

}  // namespace parallax::app
