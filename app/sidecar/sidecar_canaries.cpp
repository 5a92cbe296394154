#include "app/sidecar/sidecar_canaries.hpp"

#include "executors/faults/catalogue.hpp"
#include "executors/faults/prepared_chain.hpp"
#include "executors/runtime/lane_runner.hpp"

#include <fmt/format.h>

#include <utility>

namespace parallax::app {
namespace {

/// As many as the self-test has: some faults need two.
constexpr std::uint32_t kWorkers = 2;

std::vector<model::FindingClass> classes_of(executors::faults::OracleSet oracles) {
    std::vector<model::FindingClass> classes;
    if (executors::faults::has(oracles, executors::faults::Oracle::kState) ||
        executors::faults::has(oracles, executors::faults::Oracle::kResults)) {
        classes.push_back(model::FindingClass::kDivergence);
    }
    if (executors::faults::has(oracles, executors::faults::Oracle::kInvariants)) {
        classes.push_back(model::FindingClass::kInvariantBroken);
    }
    if (executors::faults::has(oracles, executors::faults::Oracle::kWatchdog)) {
        classes.push_back(model::FindingClass::kExecutorFailed);
    }
    if (executors::faults::has(oracles, executors::faults::Oracle::kCertificate)) {
        classes.push_back(model::FindingClass::kNotSerializable);
    }
    return classes;
}

class FaultyLane final : public service::CanaryLane {
  public:
    FaultyLane(const executors::faults::Fault& fault,
               std::unique_ptr<executors::runtime::WorkerPool> pool, std::uint64_t time_limit_ms)
        : fault_(fault),
          pool_(std::move(pool)),
          executor_(executors::faults::create_faulty_executor(fault, *pool_)),
          runner_(*pool_, {.time_limit_ms = time_limit_ms}) {}

    [[nodiscard]] core::PipelineLane lane() override { return {*executor_, runner_}; }
    [[nodiscard]] std::vector<service::CanaryScene> minimal_chain() override {
        chain_ = executors::faults::prepare_chain(fault_.chain);
        std::vector<service::CanaryScene> scenes;
        for (std::size_t i = 0; chain_ != nullptr && i < chain_->blocks.size(); ++i) {
            const executors::faults::SelftestBlock& block = chain_->blocks[i];
            scenes.push_back({*block.view, *block.block, *block.protocol, chain_->controls[i]});
        }
        return scenes;
    }
    [[nodiscard]] std::vector<model::FindingClass> expected() const override {
        return classes_of(fault_.expected);
    }

  private:
    const executors::faults::Fault& fault_;
    const std::unique_ptr<executors::runtime::WorkerPool> pool_;
    const std::unique_ptr<core::BlockExecutor> executor_;
    executors::runtime::TimedLaneRunner runner_;
    /// Made when it is asked for: most blocks need none.
    std::unique_ptr<const executors::faults::PreparedChain> chain_;
};

}  // namespace

std::vector<std::string> SidecarCanaries::faults() const {
    std::vector<std::string> names;
    for (const executors::faults::Fault& fault : executors::faults::fault_catalogue()) {
        if (!fault.needs_schedule) {
            names.emplace_back(fault.name);
        }
    }
    return names;
}

absl::StatusOr<std::unique_ptr<service::CanaryLane>> SidecarCanaries::create(
    const std::string& fault, std::uint64_t time_limit_ms) {
    const executors::faults::Fault* const known = executors::faults::find_fault(fault);
    if (known == nullptr) {
        return absl::InternalError(fmt::format("there is no fault {}", fault));
    }
    auto pool = executors::runtime::WorkerPool::create({.name = "px-canary", .workers = kWorkers});
    if (!pool.ok()) {
        return pool.status();
    }
    return std::make_unique<FaultyLane>(*known, *std::move(pool), time_limit_ms);
}

}  // namespace parallax::app
