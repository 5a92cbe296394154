#include "executors/speculative/speculative_executor.hpp"

#include "executors/sequential/sequential_executor.hpp"
#include "tests/support/chain.hpp"
#include "tests/support/random_blocks.hpp"
#include "verifier/chains/tos/e1/profile.hpp"

#include <gtest/gtest.h>

namespace parallax::executors {
namespace {

using test::fund;
using test::transfer;

std::unique_ptr<runtime::WorkerPool> pool_of(std::uint32_t workers,
                                             runtime::ScheduleObserver* observer = nullptr) {
    return runtime::WorkerPool::create(
               {.name = "px-test", .workers = workers, .observer = observer})
        .value();
}

absl::StatusOr<model::BlockOutcome> run(core::BlockExecutor& executor,
                                        const test::RandomBlock& block) {
    return test::execute(executor, block.state, block.block, *block.protocol,
                         model::SignaturePolicy::kOff);
}

/// Sums over a run, to show that it met what it is about.
struct Met {
    std::uint64_t executed = 0;
    std::uint64_t failed = 0;
    std::uint64_t rejected = 0;
    std::uint64_t aborts = 0;
    std::uint64_t serial_reruns = 0;
    std::uint64_t stalls = 0;

    void add(const model::BlockOutcome& outcome) {
        rejected += outcome.status == model::BlockStatus::kRejected ? 1 : 0;
        for (const model::TransactionResult& result : outcome.results) {
            executed += result.status == model::TransactionStatus::kExecuted ? 1 : 0;
            failed += result.status == model::TransactionStatus::kFailed ? 1 : 0;
        }
        const auto count = [&](const char* name) {
            const auto it = outcome.notes.counters.find(name);
            return it == outcome.notes.counters.end() ? 0 : it->second;
        };
        aborts += count("aborts");
        serial_reruns += count("serial_reruns");
        stalls += count("stalls");
    }
};

/// Options that make every way of getting to a commit frequent.
speculative::SpeculativeExecutor::Options random_options(std::mt19937_64& random) {
    speculative::SpeculativeExecutor::Options options;
    options.follow_sources = random() % 2 == 0;
    options.max_incarnations = random() % 4 == 0 ? 1 : 16;
    options.max_mean_attempts = random() % 8 == 0 ? 1 : 8;
    return options;
}

/// One executor's pool, and what it has met.
struct Lane {
    explicit Lane(std::uint32_t workers, runtime::ScheduleObserver* observer)
        : pool(pool_of(workers, observer)) {}
    std::unique_ptr<runtime::WorkerPool> pool;
    Met met;
};

TEST(SpeculativeProperty, agrees_with_the_control_on_random_blocks_at_any_number_of_workers) {
    const std::uint64_t first_seed = test::random_blocks_seed();
    const std::uint32_t blocks = test::random_blocks_count(400);
    test::RandomDelays delays(first_seed);
    std::vector<Lane> lanes;
    for (const std::uint32_t workers : {1U, 2U, 4U, 16U}) {
        lanes.emplace_back(workers, &delays);
    }
    for (std::uint64_t seed = first_seed; seed < first_seed + blocks; ++seed) {
        test::RandomBlocks random(seed);
        const auto shape = random.shape(300);
        const auto block = random.block(shape, random.rules());
        sequential::SequentialExecutor control;
        const auto expected = run(control, block);
        ASSERT_TRUE(expected.ok()) << expected.status() << "\n" << test::describe(seed, block);
        std::mt19937_64 choices(seed);
        for (Lane& lane : lanes) {
            speculative::SpeculativeExecutor executor(*lane.pool, random_options(choices));
            const auto outcome = run(executor, block);
            ASSERT_TRUE(outcome.ok()) << outcome.status() << "\n" << test::describe(seed, block);
            ASSERT_EQ(test::difference(*expected, *outcome), "")
                << lane.pool->workers() << " workers, " << test::describe(seed, block);
            lane.met.add(*outcome);
        }
    }
    for (const Lane& lane : lanes) {
        std::cout << "PARALLAX_TEST_SEED=" << first_seed << " PARALLAX_TEST_BLOCKS=" << blocks
                  << ", " << lane.pool->workers() << " workers: " << lane.met.executed
                  << " executed, " << lane.met.failed << " failed, " << lane.met.rejected
                  << " blocks rejected, " << lane.met.aborts << " aborts, "
                  << lane.met.serial_reruns << " serial reruns\n";
        EXPECT_EQ(lane.met.stalls, 0U);
    }
    if (blocks >= 100) {
        const Met& widest = lanes.back().met;
        EXPECT_GT(widest.executed, 0U);
        EXPECT_GT(widest.failed, 0U);
        EXPECT_GT(widest.rejected, 0U);
        EXPECT_GT(widest.serial_reruns, 0U);
        EXPECT_GT(widest.aborts, 0U) << "nothing was ever in conflict";
    }
}

class SpeculativeNotes : public testing::Test {
  protected:
    std::uint64_t count(const char* name) const { return outcome.notes.counters.at(name); }

    /// Runs a block of transfers on one worker, where every count is certain.
    void run_block(std::vector<tos::e1::Transaction> transactions,
                   speculative::SpeculativeExecutor::Options options) {
        const auto pool = pool_of(1);
        speculative::SpeculativeExecutor executor(*pool, options);
        const tos::e1::Profile profile = *tos::e1::find_profile("devnet");
        const auto block = test::chain_block(std::move(transactions), 5, profile);
        ASSERT_TRUE(block.ok()) << block.status();
        auto result = test::execute(executor, pre, *block, profile);
        ASSERT_TRUE(result.ok()) << result.status();
        outcome = *std::move(result);
    }

    test::MemoryView pre;
    model::BlockOutcome outcome;
};

TEST_F(SpeculativeNotes, disjoint_transfers_are_tried_and_validated_once) {
    std::vector<tos::e1::Transaction> transactions;
    for (std::uint32_t n = 0; n < 8; n += 2) {
        fund(pre, n, 1'000'000);
        fund(pre, n + 1, 0);
        transactions.push_back(transfer(n, 0, n + 1, 5));
    }
    run_block(std::move(transactions), {});
    EXPECT_EQ(count("attempts"), 4U);
    EXPECT_EQ(count("validations"), 4U);
    EXPECT_EQ(count("aborts"), 0U);
    EXPECT_EQ(count("serial_reruns"), 0U);
}

TEST_F(SpeculativeNotes, a_failure_is_judged_on_the_canonical_state) {
    fund(pre, 0, 1'000'000);
    fund(pre, 1, 0);
    run_block({transfer(0, 3, 1, 5), transfer(0, 0, 1, 5)}, {});
    EXPECT_EQ(outcome.results[0].code, model::ErrorCode::kNonceTooHigh);
    EXPECT_EQ(outcome.results[1].status, model::TransactionStatus::kExecuted);
    EXPECT_EQ(count("serial_reruns"), 1U);
}

TEST_F(SpeculativeNotes, the_watchdog_runs_the_rest_serially) {
    fund(pre, 0, 10'000'000);
    fund(pre, 1, 0);
    run_block({transfer(0, 0, 1, 5), transfer(0, 1, 1, 5), transfer(0, 2, 1, 5)},
              {.max_incarnations = 16, .max_mean_attempts = 0, .follow_sources = true});
    EXPECT_EQ(count("watchdog"), 1U);
    EXPECT_EQ(count("attempts"), 1U);
    EXPECT_EQ(count("serial_reruns"), 2U);
    EXPECT_EQ(outcome.totals.fees.value(), 3 * test::kTestFee.value());
}

/// Credits that fit when alone do not when together: only the merge can tell.
TEST_F(SpeculativeNotes, credits_that_no_longer_fit_are_run_again) {
    const model::AssetId other = model::AssetId::from_array({9});
    fund(pre, 9, 0);
    pre.set(model::balance_key(test::account(9), other),
            model::AmountRecord{model::Amount{std::numeric_limits<std::uint64_t>::max() - 15}});
    for (std::uint32_t n = 0; n < 2; ++n) {
        fund(pre, n, 1'000'000);
        pre.set(model::balance_key(test::account(n), other),
                model::AmountRecord{model::Amount{10}});
    }
    run_block({transfer(0, 0, 9, 10, other), transfer(1, 0, 9, 10, other)}, {});
    EXPECT_EQ(outcome.results[0].status, model::TransactionStatus::kExecuted);
    EXPECT_EQ(outcome.results[1].code, model::ErrorCode::kOverflow);
    EXPECT_EQ(count("serial_reruns"), 1U);
}

}  // namespace
}  // namespace parallax::executors
