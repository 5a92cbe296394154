#include "verifier/cli/selftest_shrinking.hpp"

#include "executors/exploration/explorer.hpp"
#include "executors/faults/prepared_chain.hpp"
#include "replay/bundle_writer.hpp"
#include "verifier/cli/bundle_lane_cache.hpp"
#include "verifier/core/finding.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace parallax {
namespace {

/// Looks for the fault in one block after the other.
class Search {
  public:
    Search(const Fault& fault, const SelftestShrinkingOptions& options)
        : fault_(fault), options_(options) {
        auto pool = WorkerPool::create(
            {.name = "px-selftest", .workers = options.workers, .observer = &controller_});
        if (pool.ok()) {
            pool_ = *std::move(pool);
        }
    }

    /// The bundle of one block, if the fault shows in it.
    std::optional<Bundle> try_block(const SelftestBlock& tried, std::uint32_t runs) {
        const RecordingView view(*tried.view);
        const auto control = run_control({&view, tried.block, tried.profile});
        if (!control.ok() || pool_ == nullptr) {
            return std::nullopt;
        }
        const auto executor = create_faulty_executor(fault_, *pool_);
        ExplorationOptions exploration;
        exploration.policy = SchedulePolicy::kPct;
        exploration.seed = options_.seed;
        exploration.runs = runs;
        exploration.step_limit = 50'000;
        exploration.signatures = SignaturePolicy::kPerLane;
        Explorer explorer(*executor, *pool_, controller_, *tried.profile, exploration);
        const Exploration found =
            explorer.explore(view, *tried.block, *control, [] { return false; });
        const auto& finding = found.finding ? found.finding : found.failure;
        if (!finding) {
            return std::nullopt;
        }
        for (const Finding* first : leading_findings(finding->verification.verdict)) {
            if (first->lane == executor->name()) {
                return bundle_of(*finding, *first, view, tried);
            }
        }
        return std::nullopt;
    }

  private:
    [[nodiscard]] Bundle bundle_of(const ScheduleFinding& finding, const Finding& first,
                                   const RecordingView& view, const SelftestBlock& tried) const {
        BundleConfiguration configuration;
        configuration.threads = options_.workers;
        configuration.isolated = false;
        configuration.fault = fault_.name;
        configuration.seed = options_.seed;
        Bundle bundle =
            make_bundle({view, *tried.block, *tried.profile, finding.verification, nullptr}, first,
                        std::move(configuration));
        bundle.schedule = finding.schedule;
        return bundle;
    }

    const Fault& fault_;
    const SelftestShrinkingOptions& options_;
    ScheduleController controller_;
    std::unique_ptr<WorkerPool> pool_;
};

/// Shrinks, and says true if there is nothing more to look for.
bool shrink_it(const Bundle& bundle, const SelftestShrinkingOptions& options, ShrunkFault& row) {
    const auto before = size_of(bundle);
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
    ShrinkOracle::Options limits;
    limits.max_runs = options.max_runs;
    auto result = shrink(bundle, lanes.factory(), limits, scheduled.factory());
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

ShrunkFault measure_shrinking(const Fault& fault, const std::vector<SelftestBlock>& blocks,
                              const SelftestShrinkingOptions& options) {
    ShrunkFault row;
    row.fault = &fault;
    row.why = "it shows in no block alone";
    const auto chain = prepare_chain(fault.chain);
    if (chain == nullptr) {
        row.why = "its minimal chain cannot be run";
        return row;
    }
    row.needs_earlier_block = chain->blocks.size() > 1;
    for (const SelftestBlock& tried : chain->blocks) {
        row.known = std::max(row.known, tried.block->transactions().size());
    }
    Search search(fault, options);
    const auto found_in = [&](const std::vector<SelftestBlock>& list, std::uint32_t runs) {
        return std::any_of(list.begin(), list.end(), [&](const SelftestBlock& tried) {
            const auto bundle = search.try_block(tried, runs);
            return bundle && shrink_it(*bundle, options, row);
        });
    };
    // Whether it was found in either is in the row.
    (void)(found_in(blocks, options.runs) || found_in(chain->blocks, options.minimal_runs));
    return row;
}

}  // namespace parallax
