#include "app/lanes/bundle_lanes.hpp"

#include "app/lanes/executor_registry.hpp"
#include "testbed/faults/catalogue.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace parallax::app {
namespace {

constexpr std::uint32_t kMaxThreads = 256;

/// The fault of a configuration, or null; an error if this program lacks what it names.
absl::StatusOr<const testbed::Fault*> check(const replay::BundleConfiguration& configuration) {
    const std::string& name = configuration.candidate;
    const testbed::Fault* const fault = testbed::find_fault(configuration.fault);
    if (!configuration.fault.empty() && fault == nullptr) {
        return absl::InvalidArgumentError(
            fmt::format("the bundle was made with the seeded fault '{}', which this program does "
                        "not have",
                        configuration.fault));
    }
    const std::vector<std::string> known = candidate_names();
    if (fault == nullptr && !name.empty() &&
        std::find(known.begin(), known.end(), name) == known.end()) {
        return absl::InvalidArgumentError(
            fmt::format("the bundle's candidate '{}' is not in this program; choose another one "
                        "with --candidate",
                        name));
    }
    if (configuration.threads < 1 || configuration.threads > kMaxThreads) {
        return absl::InvalidArgumentError(fmt::format(
            "the bundle asks for {} threads; 1 to {} are possible: choose a number with --threads",
            configuration.threads, kMaxThreads));
    }
    return fault;
}

}  // namespace

absl::StatusOr<std::unique_ptr<OwnedBundleLanes>> OwnedBundleLanes::create(
    const replay::BundleConfiguration& configuration) {
    const auto checked = check(configuration);
    if (!checked.ok()) {
        return checked.status();
    }
    const testbed::Fault* const fault = *checked;
    const std::string& name = configuration.candidate;
    std::unique_ptr<OwnedBundleLanes> made(new OwnedBundleLanes);
    executors::runtime::WorkerPool::Options options;
    options.workers = configuration.threads;
    auto pool = executors::runtime::WorkerPool::create(options);
    if (!pool.ok()) {
        return pool.status();
    }
    made->pool_ = *std::move(pool);
    made->control_ = create_executor(kControlName, *made->pool_);
    if (fault != nullptr && !name.empty()) {
        made->candidate_ = testbed::create_faulty_executor(*fault, *made->pool_);
    } else if (!name.empty()) {
        made->candidate_ = configuration.isolated
                               ? create_isolated_executor(name, configuration.threads)
                               : create_executor(name, *made->pool_);
    }
    made->runner_ = std::make_unique<executors::runtime::TimedLaneRunner>(
        *made->pool_, executors::runtime::TimedLaneRunner::Options{configuration.time_limit_ms,
                                                                   made->control_.get()});
    return made;
}

replay::BundleLanes OwnedBundleLanes::lanes() const {
    return {*control_, candidate_.get(), *runner_};
}

absl::StatusOr<std::unique_ptr<OwnedScheduledLanes>> OwnedScheduledLanes::create(
    const replay::BundleConfiguration& configuration, std::uint32_t workers) {
    const auto fault = check(configuration);
    if (!fault.ok()) {
        return fault.status();
    }
    if (configuration.candidate.empty()) {
        return absl::InvalidArgumentError("without a candidate there is nothing to schedule");
    }
    std::unique_ptr<OwnedScheduledLanes> made(new OwnedScheduledLanes);
    auto pool = executors::runtime::WorkerPool::create(
        {.name = "px-schedule",
         .workers = std::min(workers, core::kMaxScheduledWorkers),
         .observer = &made->controller_});
    if (!pool.ok()) {
        return pool.status();
    }
    made->pool_ = *std::move(pool);
    made->control_ = create_executor(kControlName, *made->pool_);
    made->candidate_ = *fault != nullptr ? testbed::create_faulty_executor(**fault, *made->pool_)
                                         : create_executor(configuration.candidate, *made->pool_);
    made->runner_ = std::make_unique<executors::runtime::ControlledLaneRunner>(
        *made->candidate_, *made->pool_, made->controller_);
    return made;
}

replay::ScheduledLanes OwnedScheduledLanes::lanes() {
    return {*control_, *candidate_, *runner_};
}

}  // namespace parallax::app
