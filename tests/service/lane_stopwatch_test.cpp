#include "verifier/service/lane_stopwatch.hpp"

#include "tests/integration/replay_fixture.hpp"

#include <gtest/gtest.h>

namespace parallax {
namespace {

using std::chrono::nanoseconds;

/// Time passes when a test says so.
class HandClock final : public Clock {
  public:
    nanoseconds now() const override { return time; }
    nanoseconds time{1000};
};

class LaneStopwatchTest : public testing::Test {
  protected:
    void run(BlockExecutor& executor, nanoseconds duration) {
        const auto outcome = stopwatch.run(executor, [&](const std::atomic<bool>&) {
            clock.time += duration;
            return absl::StatusOr<BlockOutcome>(absl::InternalError("no outcome"));
        });
        EXPECT_EQ(outcome.status().message(), "no outcome") << "what the lane gave is passed on";
    }

    HandClock clock;
    PlainLaneRunner runner;
    LaneStopwatch stopwatch{runner, clock};
    SequentialExecutor control;
    TamperingExecutor candidate{
        "batch", [](const AdmittedBlock&, BlockOutcome&) { return absl::OkStatus(); }};
};

TEST_F(LaneStopwatchTest, tells_each_lane_apart) {
    run(control, nanoseconds{70});
    run(candidate, nanoseconds{30});
    const std::map<std::string, nanoseconds> expected = {{"batch", nanoseconds{30}},
                                                         {"sequential", nanoseconds{70}}};
    EXPECT_EQ(stopwatch.take(), expected);
    EXPECT_TRUE(stopwatch.take().empty()) << "the next block starts anew";
}

TEST_F(LaneStopwatchTest, keeps_the_first_run_of_a_control_that_is_asked_twice) {
    run(control, nanoseconds{70});
    run(control, nanoseconds{5});
    EXPECT_EQ(stopwatch.take().at("sequential"), nanoseconds{70});
}

}  // namespace
}  // namespace parallax
