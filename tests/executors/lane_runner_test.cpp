#include "executors/runtime/lane_runner.hpp"

#include "executors/sequential/sequential_executor.hpp"
#include "verifier/base/clock.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <stdexcept>
#include <thread>

namespace parallax::executors {
namespace {

class LaneRunnerTest : public testing::Test {
  protected:
    void SetUp() override {
        auto pool =
            runtime::WorkerPool::create({.name = "px-test", .workers = 1, .observer = nullptr});
        ASSERT_TRUE(pool.ok());
        pool_ = *std::move(pool);
    }
    std::unique_ptr<runtime::WorkerPool> pool_;
    sequential::SequentialExecutor executor_;
};

/// Runs until it is told to stop: what a candidate that never ends looks like.
absl::StatusOr<model::BlockOutcome> run_until_cancelled(const std::atomic<bool>& cancelled) {
    while (!cancelled.load()) {
        std::this_thread::yield();
    }
    return absl::DeadlineExceededError("cancelled");
}

TEST_F(LaneRunnerTest, turns_exceptions_into_a_status_that_says_what_was_thrown) {
    runtime::TimedLaneRunner runner(*pool_, {});
    const auto thrown = runner.run(executor_, [](const std::atomic<bool>&) {
        throw std::runtime_error("boom");
        return absl::StatusOr<model::BlockOutcome>(model::BlockOutcome{});
    });
    EXPECT_EQ(thrown.status().code(), absl::StatusCode::kInternal);
    EXPECT_NE(std::string(thrown.status().message()).find("boom"), std::string::npos);

    const auto odd = runner.run(executor_, [](const std::atomic<bool>&) {
        throw 7;
        return absl::StatusOr<model::BlockOutcome>(model::BlockOutcome{});
    });
    EXPECT_EQ(odd.status().code(), absl::StatusCode::kInternal);
}

TEST_F(LaneRunnerTest, ends_a_lane_that_runs_too_long) {
    runtime::TimedLaneRunner runner(*pool_, {.time_limit_ms = 5, .unlimited = nullptr});
    for (int round = 0; round < 3; ++round) {
        const auto late = runner.run(executor_, run_until_cancelled);
        EXPECT_EQ(late.status().code(), absl::StatusCode::kDeadlineExceeded);
        EXPECT_NE(std::string(late.status().message()).find("5 ms"), std::string::npos);
    }
    const auto quick = runner.run(executor_, [](const std::atomic<bool>&) {
        return absl::StatusOr<model::BlockOutcome>(model::BlockOutcome{});
    });
    EXPECT_TRUE(quick.ok()) << "a limit of one lane does not carry over to the next";
}

/// Near 2^63 a sum with the clock's reading would lie in the past, and every lane be late.
TEST_F(LaneRunnerTest, a_limit_of_any_size_is_one) {
    constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
    for (const std::uint64_t limit_ms :
         {std::uint64_t{1} << 40U, std::uint64_t{9'223'372'036'854}, std::uint64_t{1} << 62U,
          (std::uint64_t{1} << 63U) - 1, std::uint64_t{1} << 63U, kMost}) {
        runtime::TimedLaneRunner runner(*pool_, {.time_limit_ms = limit_ms, .unlimited = nullptr});
        for (int round = 0; round < 50; ++round) {
            const auto quick = runner.run(executor_, [](const std::atomic<bool>&) {
                std::this_thread::yield();
                return absl::StatusOr<model::BlockOutcome>(model::BlockOutcome{});
            });
            ASSERT_TRUE(quick.ok()) << limit_ms << ": " << quick.status();
        }
    }
    EXPECT_GT(base::limit_of_ms(kMost), std::chrono::hours(24 * 365));
    EXPECT_EQ(base::limit_of_ms(1), std::chrono::milliseconds(1));
    EXPECT_GT(base::limit_of_seconds(kMost), std::chrono::hours(24 * 365));
    EXPECT_EQ(base::limit_of_seconds(1), std::chrono::seconds(1));
}

TEST_F(LaneRunnerTest, does_not_take_a_result_that_came_after_the_limit) {
    runtime::TimedLaneRunner runner(*pool_, {.time_limit_ms = 5, .unlimited = nullptr});
    const auto late = runner.run(executor_, [](const std::atomic<bool>& cancelled) {
        static_cast<void>(run_until_cancelled(cancelled));
        return absl::StatusOr<model::BlockOutcome>(model::BlockOutcome{});
    });
    EXPECT_EQ(late.status().code(), absl::StatusCode::kDeadlineExceeded);
}

TEST_F(LaneRunnerTest, never_limits_the_control) {
    runtime::TimedLaneRunner runner(*pool_, {.time_limit_ms = 1, .unlimited = &executor_});
    const auto outcome = runner.run(executor_, [](const std::atomic<bool>& cancelled) {
        const auto start = std::chrono::steady_clock::now();
        while (std::chrono::steady_clock::now() - start < std::chrono::milliseconds(20)) {
            std::this_thread::yield();
        }
        EXPECT_FALSE(cancelled.load());
        return absl::StatusOr<model::BlockOutcome>(model::BlockOutcome{});
    });
    EXPECT_TRUE(outcome.ok());
}

}  // namespace
}  // namespace parallax::executors
