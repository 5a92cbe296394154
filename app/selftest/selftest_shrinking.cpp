#include "app/selftest/selftest_shrinking.hpp"

#include "app/lanes/bundle_lane_cache.hpp"
#include "executors/exploration/explorer.hpp"
#include "replay/bundle/bundle_writer.hpp"
#include "testbed/faults/catalogue.hpp"
#include "testbed/faults/prepared_chain.hpp"
#include "verifier/core/diagnosis/finding.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace parallax::app {
namespace {

/// Looks for the fault in one block after the other.
class Search {
  public:
    Search(const testbed::Fault& fault, const SelftestShrinkingOptions& options)
        : fault_(fault), options_(options) {
        auto pool = executors::runtime::WorkerPool::create(
            {.name = "px-selftest", .workers = options.workers, .observer = &controller_});
        if (pool.ok()) {
            pool_ = *std::move(pool);
        }
    }

    /// The bundle of one block, if the fault shows in it.
    std::optional<replay::Bundle> try_block(const testbed::SelftestBlock& tried,
                                            std::uint32_t runs) {
        const core::RecordingView view(*tried.view);
        const auto control = testbed::run_control({&view, tried.block, tried.protocol});
        if (!control.ok() || pool_ == nullptr) {
            return std::nullopt;
        }
        const auto executor = testbed::create_faulty_executor(fault_, *pool_);
        executors::exploration::ExplorationOptions exploration;
        exploration.policy = core::SchedulePolicy::kPct;
        exploration.seed = options_.seed;
        exploration.runs = runs;
        exploration.step_limit = 50'000;
        exploration.signatures = model::SignaturePolicy::kPerLane;
        executors::exploration::Explorer explorer(*executor, *pool_, controller_, *tried.protocol,
                                                  exploration);
        const executors::exploration::Exploration found =
            explorer.explore(view, *tried.block, *control, [] { return false; });
        const auto& finding = found.finding ? found.finding : found.failure;
        if (!finding) {
            return std::nullopt;
        }
        for (const model::Finding* first : core::leading_findings(finding->verification.verdict)) {
            if (first->lane == executor->name()) {
                return bundle_of(*finding, *first, view, tried);
            }
        }
        return std::nullopt;
    }

  private:
    [[nodiscard]] replay::Bundle bundle_of(const executors::exploration::ScheduleFinding& finding,
                                           const model::Finding& first,
                                           const core::RecordingView& view,
                                           const testbed::SelftestBlock& tried) const {
        replay::BundleConfiguration configuration;
        configuration.threads = options_.workers;
        configuration.isolated = false;
        configuration.fault = fault_.name;
        configuration.seed = options_.seed;
        replay::Bundle bundle =
            replay::make_bundle({view, *tried.block, *tried.protocol, finding.verification}, first,
                                std::move(configuration));
        bundle.schedule = finding.schedule;
        return bundle;
    }

    const testbed::Fault& fault_;
    const SelftestShrinkingOptions& options_;
    executors::runtime::ScheduleController controller_;
    std::unique_ptr<executors::runtime::WorkerPool> pool_;
};

/// Shrinks, and says true if there is nothing more to look for.
bool shrink_it(const replay::Bundle& bundle, const SelftestShrinkingOptions& options,
               ShrunkFault& row) {
    const auto before = replay::size_of(bundle);
    if (!before.ok()) {
        row.why = std::string(before.status().message());
        return false;
    }
    if (options.shrinks_nothing) {
        row.before = before->transactions;
        row.after = before->transactions;
        row.why = "nothing was removed";
        return true;
    }
    BundleLaneCache lanes;
    ScheduledLaneCache scheduled;
    replay::ShrinkOracle::Options limits;
    limits.max_runs = options.max_runs;
    auto result = replay::shrink(bundle, lanes.factory(), limits, scheduled.factory());
    if (!result.ok()) {
        row.why = std::string(result.status().message());
        return false;
    }
    row.before = before->transactions;
    row.after = result->after.transactions;
    row.schedule = std::move(result->schedule);
    row.why.clear();
    return true;
}

}  // namespace

ShrunkFault measure_shrinking(const testbed::Fault& fault,
                              const std::vector<testbed::SelftestBlock>& blocks,
                              const SelftestShrinkingOptions& options) {
    ShrunkFault row;
    row.fault = &fault;
    row.why = "it shows in no block alone";
    const auto chain = testbed::prepare_chain(fault.chain);
    if (chain == nullptr) {
        row.why = "its minimal chain cannot be run";
        return row;
    }
    row.needs_earlier_block = chain->blocks.size() > 1;
    for (const testbed::SelftestBlock& tried : chain->blocks) {
        row.known = std::max(row.known, tried.block->transactions().size());
    }
    Search search(fault, options);
    const auto found_in = [&](const std::vector<testbed::SelftestBlock>& list, std::uint32_t runs) {
        return std::any_of(list.begin(), list.end(), [&](const testbed::SelftestBlock& tried) {
            const auto bundle = search.try_block(tried, runs);
            return bundle && shrink_it(*bundle, options, row);
        });
    };
    // Whether it was found in either is in the row.
    (void)(found_in(blocks, options.runs) || found_in(chain->blocks, options.minimal_runs));
    return row;
}

}  // namespace parallax::app
