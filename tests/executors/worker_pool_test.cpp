#include "executors/runtime/worker_pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <numeric>
#include <set>
#include <stdexcept>

namespace parallax::executors {
namespace {

std::unique_ptr<runtime::WorkerPool> pool_of(std::uint32_t workers) {
    auto pool =
        runtime::WorkerPool::create({.name = "px-test", .workers = workers, .observer = nullptr});
    EXPECT_TRUE(pool.ok()) << pool.status();
    return *std::move(pool);
}

class WorkerPoolSizes : public testing::TestWithParam<std::uint32_t> {};

TEST_P(WorkerPoolSizes, runs_every_item_once) {
    auto pool = pool_of(GetParam());
    for (const std::uint32_t count : {0U, 1U, 2U, 3U, 1000U}) {
        std::vector<std::atomic<int>> calls(count);
        std::atomic<std::uint32_t> largest_worker{0};
        pool->run(count, [&](std::uint32_t worker, std::uint32_t item) {
            calls[item].fetch_add(1);
            std::uint32_t seen = largest_worker.load();
            while (worker > seen && !largest_worker.compare_exchange_weak(seen, worker)) {
            }
        });
        for (const auto& called : calls) {
            EXPECT_EQ(called.load(), 1);
        }
        EXPECT_LT(largest_worker.load(), GetParam());
    }
    EXPECT_EQ(pool->state().executing, 0U);
    EXPECT_EQ(pool->state().tasks, 1006U);
    EXPECT_EQ(pool->state().limit, GetParam());
}

TEST_P(WorkerPoolSizes, carries_the_lowest_items_exception_to_the_caller) {
    auto pool = pool_of(GetParam());
    for (int round = 0; round < 50; ++round) {
        std::string caught;
        try {
            pool->run(100, [](std::uint32_t, std::uint32_t item) {
                if (item == 7) {
                    throw std::runtime_error("seven");
                }
            });
        } catch (const std::runtime_error& error) {
            caught = error.what();
        }
        EXPECT_EQ(caught, "seven");
    }
    std::atomic<int> after{0};
    pool->run(10, [&](std::uint32_t, std::uint32_t) { after.fetch_add(1); });
    EXPECT_EQ(after.load(), 10) << "a pool is usable after a task threw";
}

INSTANTIATE_TEST_SUITE_P(Workers, WorkerPoolSizes, testing::Values(1, 2, 4, 16));

TEST(WorkerPool, refuses_a_number_of_workers_out_of_range) {
    EXPECT_EQ(runtime::WorkerPool::create({.name = "x", .workers = 0, .observer = nullptr})
                  .status()
                  .code(),
              absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(runtime::WorkerPool::create({.name = "x", .workers = 257, .observer = nullptr})
                  .status()
                  .code(),
              absl::StatusCode::kInvalidArgument);
}

TEST(WorkerPool, reports_yield_points_to_its_observer) {
    struct Recorder final : runtime::ScheduleObserver {
        void reached(runtime::YieldPoint point, std::uint32_t worker,
                     std::uint32_t tx) noexcept override {
            seen.insert({point, worker, tx});
        }
        std::set<std::tuple<runtime::YieldPoint, std::uint32_t, std::uint32_t>> seen;
    } recorder;
    auto pool = runtime::WorkerPool::create({.name = "x", .workers = 1, .observer = &recorder});
    ASSERT_TRUE(pool.ok());
    EXPECT_TRUE((*pool)->observed());
    (*pool)->yield(runtime::YieldPoint::kCommit, 0, 4);
    EXPECT_EQ(recorder.seen.count({runtime::YieldPoint::kCommit, 0, 4}), 1U);
}

}  // namespace
}  // namespace parallax::executors
