/// Every executor against the control on random blocks: all paths and failure models, hot and cold,
/// perturbed schedules, any number of workers. Seeds are printed; PARALLAX_TEST_SEED and
/// PARALLAX_TEST_BLOCKS choose others.

#include "executors/adaptive/adaptive_executor.hpp"
#include "executors/batch/batch_executor.hpp"
#include "executors/sequential/sequential_executor.hpp"
#include "executors/staged/staged_executor.hpp"
#include "tests/support/random_blocks.hpp"
#include "verifier/core/serializability.hpp"
#include "verifier/model/families.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <iostream>
#include <memory>

namespace parallax {
namespace {

struct StoppedClock final : Clock {
    std::chrono::nanoseconds now() const override { return {}; }
};
const StoppedClock kClock;

struct Subject {
    std::string name;
    std::function<std::unique_ptr<BlockExecutor>(WorkerPool&)> make;
};
void PrintTo(const Subject& subject, std::ostream* out) {
    *out << subject.name;
}

absl::StatusOr<BlockOutcome> run(BlockExecutor& executor, const test::RandomBlock& random) {
    const SignatureSource signatures = SignatureSource::off(random.block);
    const std::atomic<bool> cancelled{false};
    return executor.execute(random.state, random.block,
                            ExecutionContext{random.profile, signatures, cancelled, true});
}

/// The certificate raises no false alarm.
void expect_serializable(const BlockOutcome& outcome, std::uint64_t seed,
                         const test::RandomBlock& block) {
    for (const Difference& found : check_serializability(outcome)) {
        ADD_FAILURE() << found.path << " of " << (found.key ? to_string(*found.key) : "no key")
                      << ": demanded " << found.control << ", found " << found.candidate << "\n"
                      << test::describe(seed, block);
    }
}

class ExecutorProperty : public testing::TestWithParam<Subject> {};

TEST_P(ExecutorProperty, agrees_with_the_control_at_any_number_of_workers) {
    const std::uint64_t first_seed = test::random_blocks_seed();
    const std::uint32_t blocks = test::random_blocks_count(250);
    test::RandomDelays delays(first_seed);
    std::vector<std::unique_ptr<WorkerPool>> pools;
    std::vector<std::unique_ptr<BlockExecutor>> executors;
    for (const std::uint32_t workers : {1U, 2U, 4U, 16U}) {
        auto pool =
            WorkerPool::create({.name = "px-test", .workers = workers, .observer = &delays});
        ASSERT_TRUE(pool.ok()) << pool.status();
        pools.push_back(*std::move(pool));
        executors.push_back(GetParam().make(*pools.back()));
    }
    std::uint64_t executed = 0;
    std::uint64_t failed = 0;
    for (std::uint64_t seed = first_seed; seed < first_seed + blocks; ++seed) {
        test::RandomBlocks random(seed);
        const auto shape = random.shape(300);
        const auto block = random.block(shape, random.profile());
        SequentialExecutor control;
        const auto expected = run(control, block);
        ASSERT_TRUE(expected.ok()) << expected.status() << "\n" << test::describe(seed, block);
        expect_serializable(*expected, seed, block);
        for (const TransactionResult& result : expected->results) {
            executed += result.status == TransactionStatus::kExecuted ? 1U : 0U;
            failed += result.status == TransactionStatus::kFailed ? 1U : 0U;
        }
        for (std::size_t i = 0; i < executors.size(); ++i) {
            const auto outcome = run(*executors[i], block);
            ASSERT_TRUE(outcome.ok()) << outcome.status() << "\n" << test::describe(seed, block);
            ASSERT_EQ(test::difference(*expected, *outcome), "")
                << pools[i]->workers() << " workers, " << test::describe(seed, block);
            expect_serializable(*outcome, seed, block);
        }
    }
    std::cout << "PARALLAX_TEST_SEED=" << first_seed << " PARALLAX_TEST_BLOCKS=" << blocks << ": "
              << executed << " executed, " << failed << " failed\n";
    EXPECT_GT(executed, 0U);
    EXPECT_GT(failed, 0U);
}

std::unique_ptr<BlockExecutor> make_batch(WorkerPool& pool, ConflictGranularity granularity,
                                          std::uint32_t max_batch_size, bool preload) {
    return std::make_unique<BatchExecutor>(
        pool,
        BatchExecutor::Options{
            .max_batch_size = max_batch_size, .granularity = granularity, .preload = preload});
}

INSTANTIATE_TEST_SUITE_P(
    All, ExecutorProperty,
    testing::Values(Subject{"batch",
                            [](WorkerPool& pool) {
                                return make_batch(pool, ConflictGranularity::kAccount, 0, true);
                            }},
                    Subject{"batch_of_3",
                            [](WorkerPool& pool) {
                                return make_batch(pool, ConflictGranularity::kAccount, 3, false);
                            }},
                    Subject{"batch_asset",
                            [](WorkerPool& pool) {
                                return make_batch(pool, ConflictGranularity::kAccountAsset, 0,
                                                  true);
                            }},
                    Subject{"staged",
                            [](WorkerPool& pool) -> std::unique_ptr<BlockExecutor> {
                                return std::make_unique<StagedExecutor>(
                                    pool, StagedExecutor::Options{.min_parallel_transactions = 1,
                                                                  .phase_begins = {}});
                            }},
                    Subject{"adaptive",
                            [](WorkerPool& pool) -> std::unique_ptr<BlockExecutor> {
                                return std::make_unique<AdaptiveExecutor>(
                                    pool, kClock, AdaptiveExecutor::Options{});
                            }}),
    [](const auto& subject) { return subject.param.name; });

}  // namespace
}  // namespace parallax
