/// Every executor against the control on random blocks: all paths and failure models, hot and cold,
/// perturbed schedules, any number of workers. Seeds are printed; PARALLAX_TEST_SEED and
/// PARALLAX_TEST_BLOCKS choose others.

#include "executors/adaptive/adaptive_executor.hpp"
#include "executors/batch/batch_executor.hpp"
#include "executors/sequential/sequential_executor.hpp"
#include "executors/staged/staged_executor.hpp"
#include "tests/support/random_blocks.hpp"
#include "verifier/core/oracles/serializability.hpp"
#include "verifier/model/families.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <iostream>
#include <memory>

namespace parallax::executors {
namespace {

struct StoppedClock final : base::Clock {
    std::chrono::nanoseconds now() const override { return {}; }
};
const StoppedClock kClock;

struct Subject {
    std::string name;
    std::function<std::unique_ptr<core::BlockExecutor>(runtime::WorkerPool&)> make;
};
void PrintTo(const Subject& subject, std::ostream* out) {
    *out << subject.name;
}

absl::StatusOr<model::BlockOutcome> run(core::BlockExecutor& executor,
                                        const test::RandomBlock& random) {
    const protocol::SignatureSource signatures = protocol::SignatureSource::off(random.block);
    const std::atomic<bool> cancelled{false};
    return executor.execute(random.state, random.block,
                            core::ExecutionContext{*random.protocol, signatures, cancelled, true});
}

/// The certificate raises no false alarm.
void expect_serializable(const model::BlockOutcome& outcome, std::uint64_t seed,
                         const test::RandomBlock& block) {
    for (const model::Difference& found : core::check_serializability(outcome)) {
        ADD_FAILURE() << found.path << " of "
                      << (found.key ? model::to_string(*found.key) : "no key") << ": demanded "
                      << found.control << ", found " << found.candidate << "\n"
                      << test::describe(seed, block);
    }
}

class ExecutorProperty : public testing::TestWithParam<Subject> {};

TEST_P(ExecutorProperty, agrees_with_the_control_at_any_number_of_workers) {
    const std::uint64_t first_seed = test::random_blocks_seed();
    const std::uint32_t blocks = test::random_blocks_count(250);
    test::RandomDelays delays(first_seed);
    std::vector<std::unique_ptr<runtime::WorkerPool>> pools;
    std::vector<std::unique_ptr<core::BlockExecutor>> executors;
    for (const std::uint32_t workers : {1U, 2U, 4U, 16U}) {
        auto pool = runtime::WorkerPool::create(
            {.name = "px-test", .workers = workers, .observer = &delays});
        ASSERT_TRUE(pool.ok()) << pool.status();
        pools.push_back(*std::move(pool));
        executors.push_back(GetParam().make(*pools.back()));
    }
    std::uint64_t executed = 0;
    std::uint64_t failed = 0;
    for (std::uint64_t seed = first_seed; seed < first_seed + blocks; ++seed) {
        test::RandomBlocks random(seed);
        const auto shape = random.shape(300);
        const auto block = random.block(shape, random.rules());
        sequential::SequentialExecutor control;
        const auto expected = run(control, block);
        ASSERT_TRUE(expected.ok()) << expected.status() << "\n" << test::describe(seed, block);
        expect_serializable(*expected, seed, block);
        for (const model::TransactionResult& result : expected->results) {
            executed += result.status == model::TransactionStatus::kExecuted ? 1U : 0U;
            failed += result.status == model::TransactionStatus::kFailed ? 1U : 0U;
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

std::unique_ptr<core::BlockExecutor> make_batch(runtime::WorkerPool& pool,
                                                batch::ConflictGranularity granularity,
                                                std::uint32_t max_batch_size, bool preload) {
    return std::make_unique<batch::BatchExecutor>(
        pool,
        batch::BatchExecutor::Options{
            .max_batch_size = max_batch_size, .granularity = granularity, .preload = preload});
}

INSTANTIATE_TEST_SUITE_P(
    All, ExecutorProperty,
    testing::Values(Subject{"batch",
                            [](runtime::WorkerPool& pool) {
                                return make_batch(pool, batch::ConflictGranularity::kAccount, 0,
                                                  true);
                            }},
                    Subject{"batch_of_3",
                            [](runtime::WorkerPool& pool) {
                                return make_batch(pool, batch::ConflictGranularity::kAccount, 3,
                                                  false);
                            }},
                    Subject{"batch_asset",
                            [](runtime::WorkerPool& pool) {
                                return make_batch(pool, batch::ConflictGranularity::kAccountAsset,
                                                  0, true);
                            }},
                    Subject{"staged",
                            [](runtime::WorkerPool& pool) -> std::unique_ptr<core::BlockExecutor> {
                                return std::make_unique<staged::StagedExecutor>(
                                    pool, staged::StagedExecutor::Options{
                                              .min_parallel_transactions = 1, .phase_begins = {}});
                            }},
                    Subject{"adaptive",
                            [](runtime::WorkerPool& pool) -> std::unique_ptr<core::BlockExecutor> {
                                return std::make_unique<adaptive::AdaptiveExecutor>(
                                    pool, kClock, adaptive::AdaptiveExecutor::Options{});
                            }}),
    [](const auto& subject) { return subject.param.name; });

}  // namespace
}  // namespace parallax::executors
