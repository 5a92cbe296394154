/// Schedules, shrunk: executors of which is known how many workers and preemptions they need.

#include "replay/shrink/shrink_schedule.hpp"

#include "executors/exploration/explorer.hpp"
#include "executors/runtime/controlled_lanes.hpp"
#include "replay/bundle/bundle_writer.hpp"
#include "replay/shrink/shrink.hpp"
#include "tests/integration/faulty_blocks.hpp"
#include "tests/support/chain.hpp"
#include "verifier/base/mutex.hpp"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

namespace parallax::test {
namespace {

/// Two items of work, each of two steps. Counts a fee too much when the steps come in one order.
class OrderExecutor final : public core::BlockExecutor {
  public:
    /// Upper case is an item's second step: "abBA" takes one preemption, "abAB" two, "baBA"
    /// three.
    /// `noise` yield points that mean nothing stand before each step.
    OrderExecutor(executors::runtime::WorkerPool& pool, std::string order, std::uint32_t noise)
        : pool_(pool), order_(std::move(order)), noise_(noise) {}
    std::string_view name() const override { return "order"; }
    absl::StatusOr<model::BlockOutcome> execute(const protocol::StateView& view,
                                                const protocol::AdmittedBlock& block,
                                                const core::ExecutionContext& context) override {
        auto outcome = executors::sequential::SequentialExecutor().execute(view, block, context);
        base::Mutex mutex;
        std::string seen;
        pool_.run(2, [&](std::uint32_t worker, std::uint32_t item) {
            for (const char step : {'a', 'A'}) {
                for (std::uint32_t i = 0; i <= noise_; ++i) {
                    pool_.yield(executors::runtime::YieldPoint::kRead, worker, item);
                }
                const base::MutexLock lock(mutex);
                seen += static_cast<char>(step + static_cast<int>(item));
            }
        });
        if (seen == order_) {
            outcome->totals.fees = model::Amount{outcome->totals.fees.value() + 1};
        }
        return outcome;
    }

  private:
    executors::runtime::WorkerPool& pool_;
    const std::string order_;
    const std::uint32_t noise_;
};

class ShrinkSchedule : public FaultyBlocks {
  protected:
    using Make =
        std::function<std::unique_ptr<core::BlockExecutor>(executors::runtime::WorkerPool&)>;

    /// A candidate under a controller, for one number of workers.
    struct Scheduled {
        executors::runtime::ScheduleController controller;
        std::unique_ptr<executors::runtime::WorkerPool> pool;
        std::unique_ptr<core::BlockExecutor> candidate;
        std::unique_ptr<executors::runtime::ControlledLaneRunner> runner;
    };
    Scheduled& scheduled(std::uint32_t workers) {
        auto& made = scheduled_[workers];
        if (!made) {
            made = std::make_unique<Scheduled>();
            made->pool = *executors::runtime::WorkerPool::create(
                {.name = "px-test", .workers = workers, .observer = &made->controller});
            made->candidate = make_(*made->pool);
            made->runner = std::make_unique<executors::runtime::ControlledLaneRunner>(
                *made->candidate, *made->pool, made->controller);
        }
        return *made;
    }
    [[nodiscard]] replay::ScheduledLaneFactory factory() {
        return [this](const replay::BundleConfiguration&,
                      std::uint32_t workers) -> absl::StatusOr<replay::ScheduledLanes> {
            Scheduled& lanes = scheduled(workers);
            return replay::ScheduledLanes{control_, *lanes.candidate, *lanes.runner};
        };
    }

    /// The bundle of a bad schedule that drawing found.
    [[nodiscard]] replay::Bundle explored(std::uint32_t workers, core::SchedulePolicy policy) {
        std::uint64_t seed = 1;
        while (!has_wire_form(random_block(seed).block)) {
            ++seed;
        }
        const test::RandomBlock random = random_block(seed);
        const core::RecordingView view(random.state);
        const model::BlockOutcome control = *test::execute(
            control_, view, random.block, *random.protocol, model::SignaturePolicy::kOff);
        Scheduled& lanes = scheduled(workers);
        executors::exploration::ExplorationOptions options;
        options.policy = policy;
        options.runs = 20'000;
        options.signatures = model::SignaturePolicy::kOff;
        executors::exploration::Explorer explorer(*lanes.candidate, *lanes.pool, lanes.controller,
                                                  *random.protocol, options);
        const executors::exploration::Exploration found =
            explorer.explore(view, random.block, control, [] { return false; });
        EXPECT_TRUE(found.finding) << found.schedules << " schedules";
        const core::Verification& verification = found.finding->verification;
        replay::BundleConfiguration configuration;
        configuration.threads = workers;
        configuration.isolated = false;
        replay::Bundle bundle =
            replay::make_bundle({view, random.block, *random.protocol, verification},
                                verification.verdict.findings.front(), configuration);
        bundle.schedule = found.finding->schedule;
        return bundle;
    }

    [[nodiscard]] absl::StatusOr<replay::ShrinkResult> shrink_it(const replay::Bundle& bundle) {
        native_ = make_(*native_pool_);
        return replay::shrink(bundle, lanes(*native_), {}, factory());
    }

    Make make_;
    std::map<std::uint32_t, std::unique_ptr<Scheduled>> scheduled_;
    std::unique_ptr<executors::runtime::WorkerPool> native_pool_ =
        *executors::runtime::WorkerPool::create({.workers = 2});
    std::unique_ptr<core::BlockExecutor> native_;
};

TEST_F(ShrinkSchedule, reaches_the_fewest_workers_and_preemptions_and_says_so) {
    for (const auto& [order, preemptions] :
         {std::pair<std::string, std::uint32_t>{"abBA", 1}, {"abAB", 2}, {"baBA", 3}}) {
        scheduled_.clear();
        make_ = [&order = order](executors::runtime::WorkerPool& pool) {
            return std::make_unique<OrderExecutor>(pool, order, 1);
        };
        const replay::Bundle bundle = explored(4, core::SchedulePolicy::kRandom);
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

        const replay::Bundle& small = result->bundle;
        ASSERT_TRUE(small.schedule);
        EXPECT_EQ(small.schedule->workers, 2U);
        EXPECT_EQ(small.configuration.threads, 2U);
        EXPECT_LT(small.schedule->decisions.size(), bundle.schedule->decisions.size());
        Scheduled& two = scheduled(2);
        const auto again =
            replay::reproduce_schedule(small, {control_, *two.candidate, *two.runner}, 5);
        ASSERT_TRUE(again.ok()) << again.status();
        EXPECT_EQ(again->runs.kind, replay::Reproducibility::kDeterministic);
        EXPECT_EQ(again->preemptions, preemptions);
        EXPECT_EQ(again->departures, 0U);
    }
}

TEST_F(ShrinkSchedule, leaves_few_switches_where_not_all_schedules_can_be_run) {
    make_ = [](executors::runtime::WorkerPool& pool) {
        return std::make_unique<OrderExecutor>(pool, "abAB", 60);
    };
    const replay::Bundle bundle = explored(3, core::SchedulePolicy::kRandom);
    const auto before = replay::reproduce_schedule(
        bundle, {control_, *scheduled(3).candidate, *scheduled(3).runner}, 1);
    ASSERT_TRUE(before.ok()) << before.status();
    EXPECT_GT(before->preemptions, 40U);
    replay::ScheduledShrinkOracle oracle(bundle.finding, factory(), {});
    const auto result = replay::shrink_schedule(bundle, oracle, 20);
    ASSERT_TRUE(result);
    const replay::ScheduleNeed& need = result->second;
    EXPECT_LE(need.preemptions, 4U);
    EXPECT_FALSE(need.is_least) << "not all smaller ones were run";
    EXPECT_EQ(replay::describe_need(need),
              "needs " + std::to_string(need.preemptions) + " preemptions, 3 workers");
    EXPECT_EQ(result->first.finding.fingerprint, bundle.finding.fingerprint);
}

TEST_F(ShrinkSchedule, finds_one_for_a_finding_that_was_seen_without) {
    make_ = [](executors::runtime::WorkerPool& pool) {
        return std::make_unique<OrderExecutor>(pool, "abAB", 1);
    };
    replay::Bundle bundle = explored(3, core::SchedulePolicy::kPct);
    bundle.schedule.reset();
    const auto result = shrink_it(bundle);
    ASSERT_TRUE(result.ok()) << result.status();
    ASSERT_TRUE(result->schedule);
    EXPECT_EQ(result->schedule->preemptions, 2U);
    EXPECT_TRUE(result->bundle.schedule);
    // Told nothing of schedules, it can only wait for the machine.
    native_ = std::make_unique<OrderExecutor>(*native_pool_, "no order", 0);
    const auto without = replay::shrink(bundle, lanes(*native_), {.measure_runs = 5});
    EXPECT_EQ(without.status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(ShrinkSchedule, what_always_comes_needs_none) {
    make_ = [](executors::runtime::WorkerPool& pool) {
        return std::make_unique<OrderExecutor>(pool, "aAbB", 0);
    };
    const replay::Bundle bundle = explored(1, core::SchedulePolicy::kPct);
    const auto result = shrink_it(bundle);
    ASSERT_TRUE(result.ok()) << result.status();
    ASSERT_TRUE(result->schedule);
    EXPECT_EQ(result->schedule->workers, 1U);
    EXPECT_EQ(replay::describe_need(*result->schedule), "needs no schedule: one worker shows it");
    EXPECT_EQ(replay::render_need(*result->schedule),
              "schedule: needs no schedule: one worker shows it\n");
}

TEST_F(ShrinkSchedule, renders_who_did_what) {
    replay::ScheduleNeed need{2, 1, true, {}};
    need.steps = {{0, "claim", 0}, {0, "read", 0},
                  {0, "read", 0},  {1, "task", model::kPreState},
                  {1, "write", 1}, {0, "epilogue", model::kEpilogueTransaction}};
    EXPECT_EQ(replay::render_need(need),
              "schedule: needs 1 preemption, 2 workers; no schedule with fewer shows it\n"
              "  worker 0  claim 0, read 0 x2\n"
              "  worker 1  task, write 1\n"
              "  worker 0  epilogue of the block\n");
}

}  // namespace
}  // namespace parallax::test
