#include "verifier/cli/sidecar_canaries.hpp"

#include "executors/faults/catalogue.hpp"
#include "executors/faults/prepared_chain.hpp"
#include "executors/runtime/lane_runner.hpp"

#include <fmt/format.h>

#include <utility>

namespace parallax {
namespace {

/// As many as the self-test has: some faults need two.
constexpr std::uint32_t kWorkers = 2;

std::vector<FindingClass> classes_of(OracleSet oracles) {
    std::vector<FindingClass> classes;
    if (has(oracles, Oracle::kState) || has(oracles, Oracle::kResults)) {
        classes.push_back(FindingClass::kDivergence);
    }
    if (has(oracles, Oracle::kInvariants)) {
        classes.push_back(FindingClass::kInvariantBroken);
    }
    if (has(oracles, Oracle::kWatchdog)) {
        classes.push_back(FindingClass::kExecutorFailed);
    }
    if (has(oracles, Oracle::kCertificate)) {
        classes.push_back(FindingClass::kNotSerializable);
    }
    return classes;
}

class FaultyLane final : public CanaryLane {
  public:
    FaultyLane(const Fault& fault, std::unique_ptr<WorkerPool> pool, std::uint64_t time_limit_ms)
        : fault_(fault),
          pool_(std::move(pool)),
          executor_(create_faulty_executor(fault, *pool_)),
          runner_(*pool_, {.time_limit_ms = time_limit_ms}) {}

    [[nodiscard]] PipelineLane lane() override { return {*executor_, runner_}; }
    [[nodiscard]] std::vector<CanaryScene> minimal_chain() override {
        chain_ = prepare_chain(fault_.chain);
        std::vector<CanaryScene> scenes;
        for (std::size_t i = 0; chain_ != nullptr && i < chain_->blocks.size(); ++i) {
            const SelftestBlock& block = chain_->blocks[i];
            scenes.push_back({*block.view, *block.block, *block.profile, chain_->controls[i]});
        }
        return scenes;
    }
    [[nodiscard]] std::vector<FindingClass> expected() const override {
        return classes_of(fault_.expected);
    }

  private:
    const Fault& fault_;
    const std::unique_ptr<WorkerPool> pool_;
    const std::unique_ptr<BlockExecutor> executor_;
    TimedLaneRunner runner_;
    /// Made when it is asked for: most blocks need none.
    std::unique_ptr<const PreparedChain> chain_;
};

}  // namespace

std::vector<std::string> SidecarCanaries::faults() const {
    std::vector<std::string> names;
    for (const Fault& fault : fault_catalogue()) {
        if (!fault.needs_schedule) {
            names.emplace_back(fault.name);
        }
    }
    return names;
}

absl::StatusOr<std::unique_ptr<CanaryLane>> SidecarCanaries::create(const std::string& fault,
                                                                    std::uint64_t time_limit_ms) {
    const Fault* const known = find_fault(fault);
    if (known == nullptr) {
        return absl::InternalError(fmt::format("there is no fault {}", fault));
    }
    auto pool = WorkerPool::create({.name = "px-canary", .workers = kWorkers});
    if (!pool.ok()) {
        return pool.status();
    }
    return std::make_unique<FaultyLane>(*known, *std::move(pool), time_limit_ms);
}

}  // namespace parallax
