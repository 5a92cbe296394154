#include "verifier/core/verification/execution_notes.hpp"

#include "executors/batch/batch_executor.hpp"
#include "executors/speculative/speculative_executor.hpp"
#include "executors/staged/staged_executor.hpp"
#include "tests/support/chain.hpp"
#include "verifier/chains/tos/e1/profile.hpp"

#include <gtest/gtest.h>

namespace parallax::executors {
namespace {

using test::chain_block;
using test::fund;
using test::transfer;

/// What executors say of how they went about a block, under the names that all of them share.
class ExecutionNotesTest : public testing::Test {
  protected:
    void SetUp() override {
        auto pool =
            runtime::WorkerPool::create({.name = "px-test", .workers = 2, .observer = nullptr});
        ASSERT_TRUE(pool.ok());
        pool_ = *std::move(pool);
        for (std::uint32_t n = 0; n < 8; ++n) {
            fund(pre, n, 1'000'000);
        }
    }
    model::ExecutionNotes notes_of(core::BlockExecutor& executor,
                                   std::vector<tos::e1::Transaction> transactions) {
        const auto block = chain_block(std::move(transactions), 5, profile);
        EXPECT_TRUE(block.ok()) << block.status();
        auto outcome = test::execute(executor, pre, *block, profile);
        EXPECT_TRUE(outcome.ok()) << outcome.status();
        return outcome->notes;
    }

    tos::e1::Profile profile = *tos::e1::find_profile("devnet");
    test::MemoryView pre;
    std::unique_ptr<runtime::WorkerPool> pool_;
};

TEST_F(ExecutionNotesTest, batch_counts_batches_their_sizes_and_who_had_to_wait) {
    batch::BatchExecutor batch(*pool_, {});
    // 0 pays 1, 2 pays 3; then 1 pays 4, which must wait for its receipt, and 5 pays 6 beside it.
    const model::ExecutionNotes notes = notes_of(
        batch,
        {transfer(0, 0, 1, 5), transfer(2, 0, 3, 5), transfer(1, 0, 4, 5), transfer(5, 0, 6, 5)});
    EXPECT_EQ(notes.counters.at(core::note::kBatches), 2U);
    EXPECT_EQ(notes.counters.at(core::note::kConflicts), 1U);
    EXPECT_EQ(notes.counters.at(core::note::kWorkers), 2U);
    core::BatchSizes expected;
    expected.add(2);
    expected.add(2);
    EXPECT_EQ(core::BatchSizes::read(notes), expected);
}

TEST_F(ExecutionNotesTest, batch_counts_reads_that_were_fetched_ahead_and_those_that_were_not) {
    batch::BatchExecutor ahead(*pool_, {});
    const model::ExecutionNotes with = notes_of(ahead, {transfer(0, 0, 1, 5)});
    EXPECT_GT(with.counters.at(core::note::kCacheHits), 0U)
        << "the sender's rows are named by its bytes";
    EXPECT_GT(with.counters.at(core::note::kCacheMisses), 0U) << "the epilogue's rows are not";

    batch::BatchExecutor::Options options;
    options.preload = false;
    batch::BatchExecutor direct(*pool_, options);
    EXPECT_FALSE(
        notes_of(direct, {transfer(0, 0, 1, 5)}).counters.contains(core::note::kCacheHits));
}

TEST_F(ExecutionNotesTest, every_strategy_says_how_many_workers_it_had) {
    speculative::SpeculativeExecutor speculative(*pool_, {});
    staged::StagedExecutor staged(*pool_, {});
    const model::ExecutionNotes tried = notes_of(speculative, {transfer(0, 0, 1, 5)});
    EXPECT_EQ(tried.counters.at(core::note::kWorkers), 2U);
    EXPECT_EQ(tried.counters.at(core::note::kConflicts), tried.counters.at("aborts"));
    EXPECT_GE(notes_of(staged, {transfer(0, 0, 1, 5)}).counters.at(core::note::kWorkers), 1U);
}

}  // namespace
}  // namespace parallax::executors
