#include "executors/runtime/lane_runner.hpp"
#include "tests/integration/replay_fixture.hpp"
#include "verifier/state/rocksdb_store.hpp"

#include <set>

namespace parallax::test {
namespace {

/// The demonstration's kind of chain, smaller: mixed types, some failing, conflicts, side blocks.
class DemoTest : public ReplayFixture {
  protected:
    static constexpr std::uint32_t kDemoBlocks = 60;

    void SetUp() override {
        ReplayFixture::SetUp();
        testbed::WorkloadOptions demo;
        demo.seed = 11;
        demo.accounts = 200;
        demo.blocks = kDemoBlocks;
        demo.transactions_per_block = 40;
        demo.conflict_percent = 40;
        demo.hot_side = testbed::HotSide::kBoth;
        demo.failing_percent = 15;
        demo_ = (folder_ / "demo.pxa").string();
        const auto summary = testbed::write_workload(demo, demo_, false);
        ASSERT_TRUE(summary.ok()) << summary.status();
        ASSERT_GT(summary->failed, 0U);
        ASSERT_GT(summary->by_action.size(), 8U);
    }

    /// Replays the archive through the batch executor with so many workers.
    [[nodiscard]] absl::StatusOr<replay::ReplayResult> run_batch(std::uint32_t workers,
                                                                 replay::ReplayOptions options) {
        executors::runtime::WorkerPool::Options pool_options;
        pool_options.workers = workers;
        // A pool has one run at a time, and the lanes run at the same time: one for each.
        const auto control_pool = executors::runtime::WorkerPool::create(pool_options);
        const auto batch_pool = executors::runtime::WorkerPool::create(pool_options);
        const auto threads = executors::runtime::LaneThreadSet::create(1);
        if (!control_pool.ok() || !batch_pool.ok() || !threads.ok()) {
            return absl::ResourceExhaustedError("no threads");
        }
        executors::batch::BatchExecutor batch(**batch_pool,
                                              executors::batch::BatchExecutor::Options{});
        executors::runtime::TimedLaneRunner control_runner(**control_pool, {});
        executors::runtime::TimedLaneRunner batch_runner(**batch_pool, {.time_limit_ms = 60'000});
        auto reader = replay::ArchiveReader::open(demo_);
        if (!reader.ok()) {
            return reader.status();
        }
        sink_ = CollectingSink{};
        replay::ReplayLoop loop(
            **reader,
            {*store_, {sequential_, control_runner}, {{batch, batch_runner}}, **threads, clock_},
            sink_, std::move(options));
        return loop.run(stop_);
    }

    void open_database() {
        store_.reset();
        auto store = state::RocksDbStore::create((folder_ / "db").string(), {"devnet", "e1"}, {});
        ASSERT_TRUE(store.ok()) << store.status();
        store_ = *std::move(store);
    }

    std::string demo_;
};

TEST_F(DemoTest, batch_equals_sequential_with_any_number_of_workers) {
    std::set<model::Hash> digests;
    std::set<model::Hash> ledger_heads;
    for (const std::uint32_t workers : {1U, 2U, 4U}) {
        SCOPED_TRACE(workers);
        start_over();
        auto verified = options();
        verified.pipeline.policy.signatures = model::SignaturePolicy::kOnce;
        const auto result = run_batch(workers, verified);
        ASSERT_TRUE(result.ok()) << result.status();
        EXPECT_EQ(result->exit_code(), 0) << result->incomplete;
        EXPECT_EQ(result->audit.matches(), kDemoBlocks);
        EXPECT_GT(result->failed, 0U);
        digests.insert(digest());
        ledger_heads.insert(core::ledger_hash(sink_.records.back()));
    }
    EXPECT_EQ(digests.size(), 1U);
    EXPECT_EQ(ledger_heads.size(), 1U);
}

TEST_F(DemoTest, no_number_of_blocks_in_flight_changes_ledger_or_state) {
    std::vector<core::LedgerRecord> expected_records;
    model::Hash expected;
    for (const std::size_t in_flight : {1U, 2U, 7U, 1000U}) {
        SCOPED_TRACE(in_flight);
        start_over();
        auto piped = options();
        piped.pipeline.blocks_in_flight = in_flight;
        const auto result = run_batch(2, piped);
        ASSERT_TRUE(result.ok()) << result.status();
        EXPECT_EQ(result->exit_code(), 0) << result->incomplete;
        if (in_flight == 1) {
            expected = digest();
            expected_records = sink_.records;
        }
        EXPECT_EQ(digest(), expected);
        EXPECT_EQ(sink_.records, expected_records);
    }
}

TEST_F(DemoTest, a_database_gives_the_state_and_ledger_that_memory_gives) {
    ASSERT_TRUE(run_batch(2, options()).ok());
    const model::Hash expected = digest();
    const auto expected_records = sink_.records;
    open_database();
    const auto result = run_batch(2, options());
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->exit_code(), 0) << result->incomplete;
    EXPECT_EQ(digest(), expected);
    EXPECT_EQ(sink_.records, expected_records);
}

TEST_F(DemoTest, a_database_that_was_closed_half_way_continues_to_the_same_end) {
    ASSERT_TRUE(run_batch(2, options()).ok());
    const model::Hash expected = digest();
    const auto expected_records = sink_.records;
    open_database();
    auto half = options();
    half.to = model::Topoheight{kDemoBlocks / 2};
    ASSERT_TRUE(run_batch(2, half).ok());
    open_database();
    const auto rest = run_batch(2, options());
    ASSERT_TRUE(rest.ok()) << rest.status();
    EXPECT_EQ(rest->exit_code(), 0) << rest->incomplete;
    EXPECT_EQ(rest->resumed, kDemoBlocks / 2);
    EXPECT_EQ(digest(), expected);
    EXPECT_EQ(sink_.records, expected_records);
}

}  // namespace
}  // namespace parallax::test
