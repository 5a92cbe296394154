#include "executors/speculative/speculation_scheduler.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace parallax::executors {
namespace {

using Work = speculative::SpeculationScheduler::Work;
constexpr std::uint32_t kNone = speculative::SpeculationScheduler::kNoPredecessor;

std::vector<std::uint32_t> independent(std::size_t count) {
    return std::vector<std::uint32_t>(count, kNone);
}
constexpr speculative::SpeculationScheduler::Options kPatient{.max_incarnations = 16,
                                                              .max_attempts = 1000};

void expect_task(const speculative::SpeculationScheduler::Task& task, Work work,
                 std::uint32_t transaction) {
    EXPECT_EQ(static_cast<int>(task.work), static_cast<int>(work));
    EXPECT_EQ(task.transaction, transaction);
}

TEST(SpeculationScheduler, commits_in_block_order_as_soon_as_the_frontier_is_executed) {
    speculative::SpeculationScheduler scheduler(independent(3), kPatient);
    scheduler.enter();
    expect_task(scheduler.next(), Work::kExecute, 0);
    expect_task(scheduler.next(), Work::kExecute, 1);
    expect_task(scheduler.next(), Work::kExecute, 2);
    scheduler.executed(2, false);
    scheduler.executed(0, false);
    expect_task(scheduler.next(), Work::kCommit, 0);
    scheduler.committed(0, false);
    scheduler.executed(1, false);
    expect_task(scheduler.next(), Work::kCommit, 1);
    scheduler.committed(1, false);
    EXPECT_FALSE(scheduler.done());
    expect_task(scheduler.next(), Work::kCommit, 2);
    scheduler.committed(2, false);
    EXPECT_TRUE(scheduler.done());
    EXPECT_EQ(static_cast<int>(scheduler.next().work), static_cast<int>(Work::kNone));
    EXPECT_EQ(scheduler.counts().stalls, 0U);
}

TEST(SpeculationScheduler, validates_higher_transactions_when_a_lower_one_changed_their_reads) {
    speculative::SpeculationScheduler scheduler(independent(3), kPatient);
    scheduler.enter();
    for (std::uint32_t i = 0; i < 3; ++i) {
        expect_task(scheduler.next(), Work::kExecute, i);
    }
    scheduler.executed(2, false);
    scheduler.executed(1, true);
    expect_task(scheduler.next(), Work::kValidate, 2);
    scheduler.validated(2, false, false);
    const auto again = scheduler.next();
    expect_task(again, Work::kExecute, 2);
    EXPECT_EQ(again.incarnation, 1U);
    EXPECT_EQ(scheduler.counts().aborts, 1U);
}

TEST(SpeculationScheduler, validates_what_was_running_while_the_wave_went_by) {
    speculative::SpeculationScheduler scheduler(independent(4), kPatient);
    scheduler.enter();
    for (std::uint32_t i = 0; i < 4; ++i) {
        expect_task(scheduler.next(), Work::kExecute, i);
    }
    scheduler.executed(3, false);
    scheduler.executed(1, true);
    expect_task(scheduler.next(), Work::kValidate, 3);
    scheduler.validated(3, true, false);
    scheduler.executed(2, false);
    expect_task(scheduler.next(), Work::kValidate, 2);
}

TEST(SpeculationScheduler, tries_a_blocked_transaction_after_its_writer) {
    speculative::SpeculationScheduler scheduler(independent(3), kPatient);
    scheduler.enter();
    for (std::uint32_t i = 0; i < 3; ++i) {
        expect_task(scheduler.next(), Work::kExecute, i);
    }
    scheduler.blocked(2, 1);
    scheduler.executed(1, false);
    expect_task(scheduler.next(), Work::kExecute, 2);
    scheduler.blocked(2, 1);
    expect_task(scheduler.next(), Work::kExecute, 2);
}

TEST(SpeculationScheduler, tries_a_transaction_after_its_predecessor) {
    speculative::SpeculationScheduler scheduler({kNone, 0, kNone}, kPatient);
    scheduler.enter();
    expect_task(scheduler.next(), Work::kExecute, 0);
    expect_task(scheduler.next(), Work::kExecute, 2);
    scheduler.executed(0, false);
    expect_task(scheduler.next(), Work::kCommit, 0);
    expect_task(scheduler.next(), Work::kExecute, 1);
}

TEST(SpeculationScheduler, a_transaction_given_up_too_often_waits_for_the_frontier) {
    speculative::SpeculationScheduler scheduler(independent(2),
                                                {.max_incarnations = 1, .max_attempts = 1000});
    scheduler.enter();
    expect_task(scheduler.next(), Work::kExecute, 0);
    expect_task(scheduler.next(), Work::kExecute, 1);
    scheduler.executed(1, false);
    scheduler.executed(0, true);
    expect_task(scheduler.next(), Work::kCommit, 0);
    expect_task(scheduler.next(), Work::kValidate, 1);
    scheduler.validated(1, false, false);
    scheduler.committed(0, false);
    const auto last = scheduler.next();
    expect_task(last, Work::kCommit, 1);
    EXPECT_FALSE(last.has_attempt);
}

TEST(SpeculationScheduler, runs_the_rest_at_the_frontier_when_attempts_run_out) {
    speculative::SpeculationScheduler scheduler(independent(3),
                                                {.max_incarnations = 16, .max_attempts = 1});
    scheduler.enter();
    expect_task(scheduler.next(), Work::kExecute, 0);
    scheduler.executed(0, false);
    for (std::uint32_t i = 0; i < 3; ++i) {
        const auto task = scheduler.next();
        expect_task(task, Work::kCommit, i);
        EXPECT_EQ(task.has_attempt, i == 0);
        scheduler.committed(i, false);
    }
    EXPECT_TRUE(scheduler.done());
    EXPECT_EQ(scheduler.counts().watchdog, 1U);
}

TEST(SpeculationScheduler, leaving_early_ends_the_block_for_all) {
    speculative::SpeculationScheduler scheduler(independent(1), kPatient);
    scheduler.enter();
    expect_task(scheduler.next(), Work::kExecute, 0);
    scheduler.enter();
    std::thread other(
        [&] { EXPECT_EQ(static_cast<int>(scheduler.next().work), static_cast<int>(Work::kNone)); });
    scheduler.leave();
    other.join();
    EXPECT_FALSE(scheduler.done());
}

}  // namespace
}  // namespace parallax::executors
