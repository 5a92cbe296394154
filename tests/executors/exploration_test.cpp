/// Every parallel executor under controlled schedules: no false alarm, no deadlock, and one
/// schedule is one run. And a broken executor, to see that the search finds what only some
/// schedules show.

#include "executors/adaptive/adaptive_executor.hpp"
#include "executors/batch/batch_executor.hpp"
#include "executors/exploration/conflict_cones.hpp"
#include "executors/exploration/explorer.hpp"
#include "executors/sequential/sequential_executor.hpp"
#include "executors/speculative/speculative_executor.hpp"
#include "executors/staged/staged_executor.hpp"
#include "tests/support/chain.hpp"
#include "tests/support/random_blocks.hpp"
#include "verifier/chains/tos/e1/profile.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <memory>

namespace parallax::executors {
namespace {

bool go_on() {
    return false;
}

model::BlockOutcome control_outcome(const test::RandomBlock& random) {
    sequential::SequentialExecutor control;
    const protocol::SignatureSource signatures = protocol::SignatureSource::off(random.block);
    const std::atomic<bool> cancelled{false};
    return control
        .execute(random.state, random.block,
                 core::ExecutionContext{*random.protocol, signatures, cancelled, true})
        .value();
}

struct Subject {
    std::string name;
    std::function<std::unique_ptr<core::BlockExecutor>(runtime::WorkerPool&)> make;
};
void PrintTo(const Subject& subject, std::ostream* out) {
    *out << subject.name;
}

class Exploring : public testing::TestWithParam<Subject> {};

TEST_P(Exploring, finds_nothing_in_a_right_executor_under_any_policy) {
    runtime::ScheduleController controller;
    auto pool =
        runtime::WorkerPool::create({.name = "px-test", .workers = 3, .observer = &controller});
    ASSERT_TRUE(pool.ok());
    const auto executor = GetParam().make(**pool);
    const std::uint64_t first_seed = test::random_blocks_seed();
    const std::uint32_t blocks = test::random_blocks_count(12);
    std::uint64_t schedules = 0;
    for (std::uint64_t seed = first_seed; seed < first_seed + blocks; ++seed) {
        test::RandomBlocks random(seed);
        const auto shape = random.shape(24);
        const auto block = random.block(shape, random.rules());
        const model::BlockOutcome control = control_outcome(block);
        for (const core::SchedulePolicy policy :
             {core::SchedulePolicy::kRandom, core::SchedulePolicy::kPct,
              core::SchedulePolicy::kExhaustive, core::SchedulePolicy::kPerturb}) {
            exploration::ExplorationOptions options;
            options.policy = policy;
            options.seed = seed;
            options.runs = 6;
            options.signatures = model::SignaturePolicy::kOff;
            exploration::Explorer explorer(*executor, **pool, controller, *block.protocol, options);
            const exploration::Exploration found =
                explorer.explore(block.state, block.block, control, &go_on);
            schedules += found.schedules;
            ASSERT_FALSE(found.finding) << core::schedule_policy_name(policy) << ", "
                                        << exploration::schedule_hazard_name(found.finding->hazard)
                                        << ": " << found.finding->sentence << "\n"
                                        << test::describe(seed, block);
        }
    }
    EXPECT_GT(schedules, 2 * blocks);
}

INSTANTIATE_TEST_SUITE_P(
    All, Exploring,
    testing::Values(Subject{"batch",
                            [](runtime::WorkerPool& pool) -> std::unique_ptr<core::BlockExecutor> {
                                return std::make_unique<batch::BatchExecutor>(
                                    pool, batch::BatchExecutor::Options{});
                            }},
                    Subject{"speculative",
                            [](runtime::WorkerPool& pool) -> std::unique_ptr<core::BlockExecutor> {
                                return std::make_unique<speculative::SpeculativeExecutor>(
                                    pool, speculative::SpeculativeExecutor::Options{
                                              .follow_sources = false});
                            }},
                    Subject{"staged",
                            [](runtime::WorkerPool& pool) -> std::unique_ptr<core::BlockExecutor> {
                                return std::make_unique<staged::StagedExecutor>(
                                    pool, staged::StagedExecutor::Options{
                                              .min_parallel_transactions = 1, .phase_begins = {}});
                            }}),
    [](const auto& subject) { return subject.param.name; });

/// Runs right and then loses a fee now and then: two workers raise a sum without a lock.
class RacingExecutor final : public core::BlockExecutor {
  public:
    explicit RacingExecutor(runtime::WorkerPool& pool) : pool_(pool) {}
    std::string_view name() const override { return "racing"; }
    absl::StatusOr<model::BlockOutcome> execute(const protocol::StateView& view,
                                                const protocol::AdmittedBlock& block,
                                                const core::ExecutionContext& context) override {
        auto outcome = sequential::SequentialExecutor().execute(view, block, context);
        std::atomic<std::uint64_t> fees{0};
        const auto count = static_cast<std::uint32_t>(block.transactions().size());
        pool_.run(count, [&](std::uint32_t worker, std::uint32_t item) {
            pool_.yield(runtime::YieldPoint::kClaim, worker, item);
            const std::uint64_t seen = fees.load();
            pool_.yield(runtime::YieldPoint::kWrite, worker, item);
            fees.store(seen + outcome->results[item].fee.value());
        });
        outcome->totals.fees = model::Amount{fees.load()};
        return outcome;
    }

  private:
    runtime::WorkerPool& pool_;
};

class Searching : public testing::Test {
  protected:
    Searching() {
        pool_ = *runtime::WorkerPool::create(
            {.name = "px-test", .workers = 2, .observer = &controller_});
        for (std::uint32_t n = 0; n < 4; ++n) {
            test::fund(state_, n, 1000 * model::kCoin);
        }
        block_ = test::chain_block({test::transfer(0, 0, 1, 5), test::transfer(2, 0, 1, 7),
                                    test::transfer(0, 1, 3, 5)},
                                   50, profile_)
                     .value();
        sequential::SequentialExecutor control;
        control_ = test::execute(control, state_, *block_, profile_).value();
    }
    exploration::Exploration explore(core::BlockExecutor& executor,
                                     exploration::ExplorationOptions options) {
        exploration::Explorer explorer(executor, *pool_, controller_, profile_, options);
        return explorer.explore(state_, *block_, control_, &go_on);
    }

    const tos::e1::Profile profile_ = *tos::e1::find_profile("devnet");
    runtime::ScheduleController controller_;
    std::unique_ptr<runtime::WorkerPool> pool_;
    test::MemoryView state_;
    std::optional<protocol::AdmittedBlock> block_;
    model::BlockOutcome control_;
};

TEST_F(Searching, finds_a_race_and_keeps_the_schedule_that_shows_it) {
    RacingExecutor racing(*pool_);
    for (const core::SchedulePolicy policy :
         {core::SchedulePolicy::kRandom, core::SchedulePolicy::kPct,
          core::SchedulePolicy::kExhaustive}) {
        exploration::ExplorationOptions options;
        options.policy = policy;
        options.runs = 200;
        const exploration::Exploration found = explore(racing, options);
        ASSERT_TRUE(found.finding) << core::schedule_policy_name(policy);
        EXPECT_EQ(found.finding->hazard, exploration::ScheduleHazard::kMismatch);
        EXPECT_EQ(found.finding->verification.verdict.kind, model::VerdictKind::kMismatch);
        EXPECT_EQ(found.finding->schedule.workers, 2U);

        options.policy = core::SchedulePolicy::kReplay;
        options.decisions = found.finding->schedule.decisions;
        const exploration::Exploration again = explore(racing, options);
        ASSERT_TRUE(again.finding);
        EXPECT_EQ(again.schedules, 1U);
        EXPECT_EQ(again.finding->sentence, found.finding->sentence);
    }
}

TEST_F(Searching, the_exhaustive_search_says_when_it_is_complete) {
    batch::BatchExecutor batch(*pool_, {});
    exploration::ExplorationOptions options;
    options.policy = core::SchedulePolicy::kExhaustive;
    options.bound = 1;
    options.runs = 100'000;
    const exploration::Exploration found = explore(batch, options);
    EXPECT_FALSE(found.finding);
    EXPECT_TRUE(found.complete);
    EXPECT_GT(found.schedules, 10U);
    options.runs = 3;
    EXPECT_FALSE(explore(batch, options).complete);
}

/// Counts its own runs: nothing that a schedule decides.
class DriftingExecutor final : public core::BlockExecutor {
  public:
    explicit DriftingExecutor(runtime::WorkerPool& pool) : pool_(pool) {}
    std::string_view name() const override { return "drifting"; }
    absl::StatusOr<model::BlockOutcome> execute(const protocol::StateView& view,
                                                const protocol::AdmittedBlock& block,
                                                const core::ExecutionContext& context) override {
        pool_.run(2 + runs_++, [this](std::uint32_t worker, std::uint32_t item) {
            pool_.yield(runtime::YieldPoint::kClaim, worker, item);
        });
        return sequential::SequentialExecutor().execute(view, block, context);
    }

  private:
    runtime::WorkerPool& pool_;
    std::uint32_t runs_ = 0;
};

TEST_F(Searching, one_schedule_that_gives_two_runs_is_a_finding_of_its_own) {
    DriftingExecutor drifting(*pool_);
    const exploration::Exploration found =
        explore(drifting, {.policy = core::SchedulePolicy::kRandom});
    ASSERT_TRUE(found.finding);
    EXPECT_EQ(found.finding->hazard, exploration::ScheduleHazard::kUncontrolled);
    EXPECT_NE(found.finding->sentence.find("in two ways"), std::string::npos);
}

/// No two readings are as far apart as the two before.
class UnsteadyClock final : public base::Clock {
  public:
    [[nodiscard]] std::chrono::nanoseconds now() const override {
        readings_ += 1;
        now_ += std::chrono::nanoseconds(readings_ * readings_ % 977 * 1000);
        return now_;
    }

  private:
    mutable std::chrono::nanoseconds now_{0};
    mutable std::int64_t readings_ = 0;
};

TEST(AdaptiveExploring, no_clock_decides_how_many_workers_follow_a_schedule) {
    runtime::ScheduleController controller;
    auto pool =
        runtime::WorkerPool::create({.name = "px-test", .workers = 4, .observer = &controller});
    ASSERT_TRUE(pool.ok());
    const UnsteadyClock clock;
    // In batches always: what the number of workers changes can be seen.
    adaptive::AdaptiveExecutor adaptive(**pool, clock,
                                        {.min_dense_transactions = 1,
                                         .min_parallel_transactions = 1,
                                         .min_plain_percent = 101,
                                         .max_batch_conflict_percent = 100});
    const tos::e1::Profile profile = *tos::e1::find_profile("devnet");
    test::MemoryView state;
    std::vector<tos::e1::Transaction> apart;
    for (std::uint32_t n = 0; n < 8; ++n) {
        test::fund(state, n, 1000 * model::kCoin);
        apart.push_back(test::transfer(n, 0, n + 100, 5));
    }
    const auto block = test::chain_block(std::move(apart), 50, profile);
    ASSERT_TRUE(block.ok()) << block.status();
    sequential::SequentialExecutor sequential;
    const model::BlockOutcome control = test::execute(sequential, state, *block, profile).value();
    exploration::ExplorationOptions options;
    options.policy = core::SchedulePolicy::kRandom;
    options.runs = 2;  // with the repetition three: every phase of what counts blocks is met
    for (int i = 0; i < 60; ++i) {
        exploration::Explorer explorer(adaptive, **pool, controller, profile, options);
        const exploration::Exploration found = explorer.explore(state, *block, control, &go_on);
        ASSERT_FALSE(found.finding) << i << ": " << found.finding->sentence;
    }
}

TEST_F(Searching, a_run_that_is_not_to_be_believed_is_inconclusive_whatever_it_shows) {
    RacingExecutor racing(*pool_);
    exploration::ExplorationOptions options;
    options.policy = core::SchedulePolicy::kRandom;
    options.runs = 200;
    ASSERT_TRUE(explore(racing, options).finding);
    options.invalid = [] { return std::optional<std::string>("a row is missing"); };
    const exploration::Exploration found = explore(racing, options);
    EXPECT_FALSE(found.finding);
    EXPECT_EQ(found.schedules, 200U);
    EXPECT_EQ(found.inconclusive, 200U);
    EXPECT_EQ(found.inconclusive_why, "a row is missing");
    // What was asked for before this search began says nothing about it.
    std::uint32_t asked = 0;
    options.invalid = [&asked] {
        return ++asked == 1 ? std::optional<std::string>("earlier") : std::nullopt;
    };
    EXPECT_TRUE(explore(racing, options).finding);
}

TEST_F(Searching, cuts_pairs_that_share_a_key_closed_under_nonces) {
    const auto cones = exploration::conflict_cones(*block_, *control_.access_log, {2, 4, 10});
    // 0 and 1 pay one account; 0 and 2 have one source.
    EXPECT_EQ(cones, (std::vector<exploration::ConflictCone>{{0, 1}, {0, 2}}));
    EXPECT_EQ(exploration::conflict_cones(*block_, *control_.access_log, {2, 4, 1}).size(), 1U);
    EXPECT_TRUE(exploration::conflict_cones(*block_, *control_.access_log, {2, 1, 10}).empty());
    // Pairs come first, and the triple is what they have in common.
    EXPECT_EQ(exploration::conflict_cones(*block_, *control_.access_log, {3, 4, 10}),
              (std::vector<exploration::ConflictCone>{{0, 1}, {0, 2}, {0, 1, 2}}));
    EXPECT_EQ(exploration::conflict_cones(*block_, *control_.access_log, {3, 4, 2}), cones);
    EXPECT_EQ(exploration::conflict_cones(*block_, *control_.access_log, {3, 2, 10}), cones);
    const auto cut = exploration::cut_block(*block_, {0, 2}, profile_);
    ASSERT_TRUE(cut.ok()) << cut.status();
    ASSERT_EQ(cut->transactions().size(), 2U);
    EXPECT_EQ(cut->transactions()[1].hash, block_->transactions()[2].hash);
    EXPECT_EQ(cut->placement().topoheight, block_->placement().topoheight);
    sequential::SequentialExecutor control;
    const auto outcome = test::execute(control, state_, *cut, profile_);
    ASSERT_TRUE(outcome.ok());
    EXPECT_EQ(outcome->results[1].status, model::TransactionStatus::kExecuted);
}

}  // namespace
}  // namespace parallax::executors
