#include "app/sidecar/sidecar_canaries.hpp"

#include "executors/runtime/lane_runner.hpp"
#include "testbed/faults/catalogue.hpp"
#include "testbed/faults/prepared_chain.hpp"

#include <fmt/format.h>

#include <utility>

namespace parallax::app {
namespace {

/// As many as the self-test has: some faults need two.
constexpr std::uint32_t kWorkers = 2;

std::vector<model::FindingClass> classes_of(testbed::OracleSet oracles) {
    std::vector<model::FindingClass> classes;
    if (testbed::has(oracles, testbed::Oracle::kState) ||
        testbed::has(oracles, testbed::Oracle::kResults)) {
        classes.push_back(model::FindingClass::kDivergence);
    }
    if (testbed::has(oracles, testbed::Oracle::kInvariants)) {
        classes.push_back(model::FindingClass::kInvariantBroken);
    }
    if (testbed::has(oracles, testbed::Oracle::kWatchdog)) {
        classes.push_back(model::FindingClass::kExecutorFailed);
    }
    if (testbed::has(oracles, testbed::Oracle::kCertificate)) {
        classes.push_back(model::FindingClass::kNotSerializable);
    }
    return classes;
}

class FaultyLane final : public service::CanaryLane {
  public:
    FaultyLane(const testbed::Fault& fault, std::unique_ptr<executors::runtime::WorkerPool> pool,
               std::uint64_t time_limit_ms)
        : fault_(fault),
          pool_(std::move(pool)),
          executor_(testbed::create_faulty_executor(fault, *pool_)),
          runner_(*pool_, {.time_limit_ms = time_limit_ms}) {}

    [[nodiscard]] core::PipelineLane lane() override { return {*executor_, runner_}; }
    [[nodiscard]] std::vector<service::CanaryScene> minimal_chain() override {
        chain_ = testbed::prepare_chain(fault_.chain);
        std::vector<service::CanaryScene> scenes;
        for (std::size_t i = 0; chain_ != nullptr && i < chain_->blocks.size(); ++i) {
            const testbed::SelftestBlock& block = chain_->blocks[i];
            scenes.push_back({*block.view, *block.block, *block.protocol, chain_->controls[i]});
        }
        return scenes;
    }
    [[nodiscard]] std::vector<model::FindingClass> expected() const override {
        return classes_of(fault_.expected);
    }

  private:
    const testbed::Fault& fault_;
    const std::unique_ptr<executors::runtime::WorkerPool> pool_;
    const std::unique_ptr<core::BlockExecutor> executor_;
    executors::runtime::TimedLaneRunner runner_;
    /// Made when it is asked for: most blocks need none.
    std::unique_ptr<const testbed::PreparedChain> chain_;
};

}  // namespace

std::vector<std::string> SidecarCanaries::faults() const {
    std::vector<std::string> names;
    for (const testbed::Fault& fault : testbed::fault_catalogue()) {
        if (!fault.needs_schedule) {
            names.emplace_back(fault.name);
        }
    }
    return names;
}

absl::StatusOr<std::unique_ptr<service::CanaryLane>> SidecarCanaries::create(
    const std::string& fault, std::uint64_t time_limit_ms) {
    const testbed::Fault* const known = testbed::find_fault(fault);
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
