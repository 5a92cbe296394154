#include "app/sidecar/sidecar_lanes.hpp"

#include "app/lanes/executor_registry.hpp"
#include "app/lanes/lane_set.hpp"

#include <utility>

namespace parallax::app {
namespace {

/// A run's lanes with a guard before each candidate.
class GuardedLanes final : public service::ServiceLanes {
  public:
    GuardedLanes(std::unique_ptr<LaneSet> lanes, core::ChainStore& store, const base::Clock& clock,
                 const service::GuardedExecutor::Options& options)
        : lanes_(std::move(lanes)), store_(store) {
        for (const core::PipelineLane& lane : lanes_->parts(store).candidates) {
            guards_.push_back(
                std::make_unique<service::GuardedExecutor>(lane.executor, clock, options));
        }
    }

    [[nodiscard]] core::PipelineParts parts() const override {
        const core::PipelineParts bare = lanes_->parts(store_);
        std::vector<core::PipelineLane> guarded;
        for (std::size_t i = 0; i < guards_.size(); ++i) {
            guarded.push_back({*guards_[i], bare.candidates[i].runner});
        }
        return {bare.store, bare.control, std::move(guarded), bare.threads, bare.clock};
    }
    [[nodiscard]] std::vector<service::GuardedExecutor*> guards() const override {
        std::vector<service::GuardedExecutor*> guards;
        for (const auto& guard : guards_) {
            guards.push_back(guard.get());
        }
        return guards;
    }

  private:
    std::unique_ptr<LaneSet> lanes_;
    core::ChainStore& store_;
    std::vector<std::unique_ptr<service::GuardedExecutor>> guards_;
};

}  // namespace

std::vector<std::string> SidecarLanes::executors() const {
    return candidate_names();
}

absl::StatusOr<std::unique_ptr<service::ServiceLanes>> SidecarLanes::create(
    const service::VerificationSettings& settings) {
    LaneOptions lanes;
    lanes.candidates = settings.candidates;
    lanes.threads = settings.max_threads;
    lanes.isolate = options_.isolate;
    lanes.time_limit_ms = settings.block_time_limit_ms;
    auto set = LaneSet::create(lanes);
    if (!set.ok()) {
        return set.status();
    }
    return std::make_unique<GuardedLanes>(
        *std::move(set), store_, clock_,
        service::GuardedExecutor::Options{options_.network, settings});
}

}  // namespace parallax::app
