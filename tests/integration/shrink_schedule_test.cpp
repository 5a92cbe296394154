/// Schedules, shrunk: executors of which is known how many workers and preemptions they need.

#include "replay/shrink_schedule.hpp"

#include "executors/exploration/explorer.hpp"
#include "executors/runtime/controlled_lanes.hpp"
#include "replay/bundle_writer.hpp"
#include "replay/shrink.hpp"
#include "tests/integration/faulty_blocks.hpp"
#include "tests/support/chain.hpp"
#include "verifier/core/mutex.hpp"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

namespace parallax {
namespace {

/// Two items of work, each of two steps. Counts a fee too much when the steps come in one order.
class OrderExecutor final : public BlockExecutor {
  public:
    /// Upper case is an item's second step: "abBA" takes one preemption, "abAB" two, "baBA"
    /// three.
    /// `noise` yield points that mean nothing stand before each step.
    OrderExecutor(WorkerPool& pool, std::string order, std::uint32_t noise)
        : pool_(pool), order_(std::move(order)), noise_(noise) {}
    std::string_view name() const override { return "order"; }
    absl::StatusOr<BlockOutcome> execute(const StateView& view, const AdmittedBlock& block,
                                         const ExecutionContext& context) override {
        auto outcome = SequentialExecutor().execute(view, block, context);
        Mutex mutex;
        std::string seen;
        pool_.run(2, [&](std::uint32_t worker, std::uint32_t item) {
            for (const char step : {'a', 'A'}) {
                for (std::uint32_t i = 0; i <= noise_; ++i) {
                    pool_.yield(YieldPoint::kRead, worker, item);
                }
                const MutexLock lock(mutex);
                seen += static_cast<char>(step + static_cast<int>(item));
            }
        });
        if (seen == order_) {
            outcome->totals.fees = Amount{outcome->totals.fees.value() + 1};
        }
        return outcome;
    }

  private:
    WorkerPool& pool_;
    const std::string order_;
    const std::uint32_t noise_;
};

class ShrinkSchedule : public FaultyBlocks {
  protected:
    using Make = std::function<std::unique_ptr<BlockExecutor>(WorkerPool&)>;

    /// A candidate under a controller, for one number of workers.
    struct Scheduled {
        ScheduleController controller;
        std::unique_ptr<WorkerPool> pool;
        std::unique_ptr<BlockExecutor> candidate;
        std::unique_ptr<ControlledLaneRunner> runner;
    };
    Scheduled& scheduled(std::uint32_t workers) {
        auto& made = scheduled_[workers];
        if (!made) {
            made = std::make_unique<Scheduled>();
            made->pool = *WorkerPool::create(
                {.name = "px-test", .workers = workers, .observer = &made->controller});
            made->candidate = make_(*made->pool);
            made->runner = std::make_unique<ControlledLaneRunner>(*made->candidate, *made->pool,
                                                                  made->controller);
        }
        return *made;
    }
    [[nodiscard]] ScheduledLaneFactory factory() {
        return [this](const BundleConfiguration&,
                      std::uint32_t workers) -> absl::StatusOr<ScheduledLanes> {
            Scheduled& lanes = scheduled(workers);
            return ScheduledLanes{control_, *lanes.candidate, *lanes.runner};
        };
    }

    /// The bundle of a bad schedule that drawing found.
    [[nodiscard]] Bundle explored(std::uint32_t workers, SchedulePolicy policy) {
        std::uint64_t seed = 1;
        while (!has_wire_form(random_block(seed).block)) {
            ++seed;
        }
        const test::RandomBlock random = random_block(seed);
        const RecordingView view(random.state);
        const BlockOutcome control =
            *test::execute(control_, view, random.block, random.profile, SignaturePolicy::kOff);
        Scheduled& lanes = scheduled(workers);
        ExplorationOptions options;
        options.policy = policy;
        options.runs = 20'000;
        options.signatures = SignaturePolicy::kOff;
        Explorer explorer(*lanes.candidate, *lanes.pool, lanes.controller, random.profile, options);
        const Exploration found =
            explorer.explore(view, random.block, control, [] { return false; });
        EXPECT_TRUE(found.finding) << found.schedules << " schedules";
        const Verification& verification = found.finding->verification;
        BundleConfiguration configuration;
        configuration.threads = workers;
        configuration.isolated = false;
        Bundle bundle = make_bundle({view, random.block, random.profile, verification, nullptr},
                                    verification.verdict.findings.front(), configuration);
        bundle.schedule = found.finding->schedule;
        return bundle;
    }

    [[nodiscard]] absl::StatusOr<ShrinkResult> shrink_it(const Bundle& bundle) {
        native_ = make_(*native_pool_);
        return shrink(bundle, lanes(*native_), {}, factory());
    }

    Make make_;
    std::map<std::uint32_t, std::unique_ptr<Scheduled>> scheduled_;
    std::unique_ptr<WorkerPool> native_pool_ = *WorkerPool::create({.workers = 2});
    std::unique_ptr<BlockExecutor> native_;
};

TEST_F(ShrinkSchedule, reaches_the_fewest_workers_and_preemptions_and_says_so) {
    for (const auto& [order, preemptions] :
         {std::pair<std::string, std::uint32_t>{"abBA", 1}, {"abAB", 2}, {"baBA", 3}}) {
        scheduled_.clear();
        make_ = [&order = order](WorkerPool& pool) {
            return std::make_unique<OrderExecutor>(pool, order, 1);
        };
        const Bundle bundle = explored(4, SchedulePolicy::kRandom);
        EXPECT_GT(bundle.schedule->decisions.size(), 3U);
        const auto result = shrink_it(bundle);
        ASSERT_TRUE(result.ok()) << result.status();
        ASSERT_TRUE(result->schedule) << order;
        EXPECT_EQ(result->schedule->workers, 2U);
        EXPECT_EQ(result->schedule->preemptions, preemptions) << order;
        EXPECT_TRUE(result->schedule->is_least);
        EXPECT_EQ(result->after.transactions, 1U) << "what is wrong is in no transaction";
        EXPECT_EQ(result->bundle.finding.fingerprint, bundle.finding.fingerprint);
        EXPECT_TRUE(result->by_schedules);

        const Bundle& small = result->bundle;
        ASSERT_TRUE(small.schedule);
        EXPECT_EQ(small.schedule->workers, 2U);
        EXPECT_EQ(small.configuration.threads, 2U);
        EXPECT_LT(small.schedule->decisions.size(), bundle.schedule->decisions.size());
        Scheduled& two = scheduled(2);
        const auto again = reproduce_schedule(small, {control_, *two.candidate, *two.runner}, 5);
        ASSERT_TRUE(again.ok()) << again.status();
        EXPECT_EQ(again->runs.kind, Reproducibility::kDeterministic);
        EXPECT_EQ(again->preemptions, preemptions);
        EXPECT_EQ(again->departures, 0U);
    }
}

TEST_F(ShrinkSchedule, leaves_few_switches_where_not_all_schedules_can_be_run) {
    make_ = [](WorkerPool& pool) { return std::make_unique<OrderExecutor>(pool, "abAB", 60); };
    const Bundle bundle = explored(3, SchedulePolicy::kRandom);
    const auto before =
        reproduce_schedule(bundle, {control_, *scheduled(3).candidate, *scheduled(3).runner}, 1);
    ASSERT_TRUE(before.ok()) << before.status();
    EXPECT_GT(before->preemptions, 40U);
    ScheduledShrinkOracle oracle(bundle.finding, factory(), {});
    const auto result = shrink_schedule(bundle, oracle, 20);
    ASSERT_TRUE(result);
    const ScheduleNeed& need = result->second;
    EXPECT_LE(need.preemptions, 4U);
    EXPECT_FALSE(need.is_least) << "not all smaller ones were run";
    EXPECT_EQ(describe_need(need),
              "needs " + std::to_string(need.preemptions) + " preemptions, 3 workers");
    EXPECT_EQ(result->first.finding.fingerprint, bundle.finding.fingerprint);
}

TEST_F(ShrinkSchedule, finds_one_for_a_finding_that_was_seen_without) {
    make_ = [](WorkerPool& pool) { return std::make_unique<OrderExecutor>(pool, "abAB", 1); };
    Bundle bundle = explored(3, SchedulePolicy::kPct);
    bundle.schedule.reset();
    const auto result = shrink_it(bundle);
    ASSERT_TRUE(result.ok()) << result.status();
    ASSERT_TRUE(result->schedule);
    EXPECT_EQ(result->schedule->preemptions, 2U);
    EXPECT_TRUE(result->bundle.schedule);
    // Told nothing of schedules, it can only wait for the machine.
    native_ = std::make_unique<OrderExecutor>(*native_pool_, "no order", 0);
    const auto without = shrink(bundle, lanes(*native_), {.measure_runs = 5});
    EXPECT_EQ(without.status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(ShrinkSchedule, what_always_comes_needs_none) {
    make_ = [](WorkerPool& pool) { return std::make_unique<OrderExecutor>(pool, "aAbB", 0); };
    const Bundle bundle = explored(1, SchedulePolicy::kPct);
    const auto result = shrink_it(bundle);
    ASSERT_TRUE(result.ok()) << result.status();
    ASSERT_TRUE(result->schedule);
    EXPECT_EQ(result->schedule->workers, 1U);
    EXPECT_EQ(describe_need(*result->schedule), "needs no schedule: one worker shows it");
    EXPECT_EQ(render_need(*result->schedule), "schedule: needs no schedule: one worker shows it\n");
}

TEST_F(ShrinkSchedule, renders_who_did_what) {
    ScheduleNeed need{2, 1, true, {}};
    need.steps = {{0, "claim", 0},        {0, "read", 0},  {0, "read", 0},
                  {1, "task", kPreState}, {1, "write", 1}, {0, "epilogue", kEpilogueTransaction}};
    EXPECT_EQ(render_need(need),
              "schedule: needs 1 preemption, 2 workers; no schedule with fewer shows it\n"
              "  worker 0  claim 0, read 0 x2\n"
              "  worker 1  task, write 1\n"
              "  worker 0  epilogue of the block\n");
}

}  // namespace
}  // namespace parallax
