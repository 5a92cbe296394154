#include "verifier/core/schedule/schedule.hpp"

#include "executors/runtime/schedule_controller.hpp"
#include "executors/runtime/scheduled_condition.hpp"
#include "executors/runtime/worker_pool.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace parallax::executors {
namespace {

TEST(Schedule, survives_its_text) {
    const core::Schedule schedule{3, core::SchedulePolicy::kPct, 77, {0, 0, 0, 2, 1, 1, 0}};
    EXPECT_EQ(core::encode_schedule(schedule),
              "parallax-schedule 1\nworkers 3\npolicy pct\nseed 77\ndecisions 0*3 2 1*2 0\n");
    const auto decoded = core::decode_schedule(core::encode_schedule(schedule));
    ASSERT_TRUE(decoded.ok()) << decoded.status();
    EXPECT_EQ(*decoded, schedule);
    const core::Schedule empty{1, core::SchedulePolicy::kReplay, 0, {}};
    EXPECT_EQ(core::decode_schedule(core::encode_schedule(empty)).value(), empty);
}

TEST(Schedule, says_what_is_wrong_with_a_file) {
    const auto message = [](const std::string& text) {
        const auto decoded = core::decode_schedule(text);
        EXPECT_FALSE(decoded.ok()) << text;
        return std::string(decoded.status().message());
    };
    const std::string head = "parallax-schedule 1\nworkers 2\npolicy random\nseed 1\n";
    EXPECT_NE(message("").find("line 1"), std::string::npos);
    EXPECT_NE(message(head + "decisions 0*3 1*1").find("cut short"), std::string::npos);
    EXPECT_NE(message("parallax-schedule 2\n").find("another version"), std::string::npos);
    EXPECT_NE(message("parallax-schedule 1\nworkers 0\npolicy pct\nseed 1\ndecisions\n")
                  .find("workers must be 1 to 64"),
              std::string::npos);
    EXPECT_NE(message("parallax-schedule 1\nworkers 2\npolicy luck\nseed 1\ndecisions\n")
                  .find("unknown policy 'luck'"),
              std::string::npos);
    EXPECT_NE(message(head).find("line 5: 'decisions' expected"), std::string::npos);
    EXPECT_NE(message(head + "decisions 2\n").find("worker 2 of 2"), std::string::npos);
    EXPECT_NE(message(head + "decisions 1*0\n").find("neither"), std::string::npos);
    EXPECT_NE(message(head + "decisions 1**2\n").find("neither"), std::string::npos);
    EXPECT_NE(message(head + "decisions x\n").find("neither"), std::string::npos);
    // A short text that asks for much memory is refused before it gets any.
    EXPECT_NE(message(head + "decisions 1*99999999999\n").find("more than"), std::string::npos);
    EXPECT_NE(message(head + "decisions 1\nmore").find("line 6"), std::string::npos);
    EXPECT_NE(message(std::string(core::kMaxScheduleBytes + 1, 'x')).find("at most"),
              std::string::npos);
}

TEST(Schedule, every_policy_has_a_name_that_is_found) {
    for (int i = 0; i < 7; ++i) {
        const auto policy = static_cast<core::SchedulePolicy>(i);
        EXPECT_EQ(core::find_schedule_policy(core::schedule_policy_name(policy)), policy);
    }
    EXPECT_FALSE(core::find_schedule_policy("unknown"));
}

/// A pool under a controller, and a counter that two workers raise by reading and then writing it.
class Controlled : public testing::Test {
  protected:
    Controlled() {
        pool_ = *runtime::WorkerPool::create(
            {.name = "px-test", .workers = 2, .observer = &controller_});
    }
    runtime::ScheduleReport run(runtime::ScheduleController::Run run,
                                const runtime::WorkerPool::Task& task, std::uint32_t count = 2) {
        controller_.begin(run);
        pool_->run(count, task);
        return controller_.end();
    }
    runtime::ScheduleReport run_counter(const runtime::ScheduleController::Run& plan) {
        counter_ = 0;
        return run(plan, [this](std::uint32_t worker, std::uint32_t item) {
            pool_->yield(runtime::YieldPoint::kRead, worker, item);
            const int seen = counter_.load();
            pool_->yield(runtime::YieldPoint::kWrite, worker, item);
            counter_ = seen + 1;
        });
    }

    runtime::ScheduleController controller_;
    std::unique_ptr<runtime::WorkerPool> pool_;
    /// Atomic for the native modes; read and written in two steps all the same.
    std::atomic<int> counter_{0};
};

runtime::ScheduleController::Run policy(core::SchedulePolicy policy, std::uint64_t seed = 1) {
    runtime::ScheduleController::Run run;
    run.policy = policy;
    run.seed = seed;
    return run;
}

TEST_F(Controlled, a_seed_is_one_run_and_seeds_differ) {
    for (const core::SchedulePolicy kind :
         {core::SchedulePolicy::kRandom, core::SchedulePolicy::kPct}) {
        std::set<std::vector<std::uint8_t>> schedules;
        std::set<int> results;
        for (std::uint64_t seed = 0; seed < 60; ++seed) {
            auto plan = policy(kind, seed);
            plan.expected_steps = 12;
            const runtime::ScheduleReport first = run_counter(plan);
            const int result = counter_.load();
            const runtime::ScheduleReport second = run_counter(plan);
            EXPECT_EQ(first.events, second.events);
            EXPECT_EQ(counter_, result);
            EXPECT_FALSE(first.deadlock || first.livelock);
            schedules.insert(first.decisions());
            results.insert(result);
        }
        EXPECT_GT(schedules.size(), 3U);
        // Without a lock one update can be lost, and with some schedules it is.
        EXPECT_EQ(results, (std::set<int>{1, 2})) << core::schedule_policy_name(kind);
    }
}

TEST_F(Controlled, a_schedule_that_lost_an_update_loses_it_again) {
    std::uint64_t seed = 0;
    runtime::ScheduleReport found;
    do {
        found = run_counter(policy(core::SchedulePolicy::kRandom, seed++));
    } while (counter_ == 2);
    const core::Schedule kept{2, core::SchedulePolicy::kRandom, seed, found.decisions()};
    const auto read = core::decode_schedule(core::encode_schedule(kept));
    ASSERT_TRUE(read.ok());
    auto again = policy(core::SchedulePolicy::kReplay);
    again.decisions = &read->decisions;
    const runtime::ScheduleReport replayed = run_counter(again);
    EXPECT_EQ(counter_, 1);
    EXPECT_EQ(replayed.events, found.events);
    EXPECT_EQ(replayed.departures, 0U);
}

TEST_F(Controlled, a_schedule_of_another_run_is_followed_as_far_as_it_goes) {
    const std::vector<std::uint8_t> foreign(500, 1);
    auto plan = policy(core::SchedulePolicy::kReplay);
    plan.decisions = &foreign;
    EXPECT_GT(run_counter(plan).departures, 0U);
    EXPECT_EQ(counter_, 2);
}

TEST_F(Controlled, the_exhaustive_search_runs_every_schedule_once_and_ends) {
    const auto search = [this](std::uint32_t bound, std::set<int>& results) {
        core::ExhaustiveSchedules schedules(bound);
        std::set<std::vector<std::uint8_t>> seen;
        bool more = true;
        while (more) {
            const std::vector<std::uint8_t> prefix = schedules.prefix();
            auto plan = policy(core::SchedulePolicy::kExhaustive);
            plan.decisions = &prefix;
            const runtime::ScheduleReport report = run_counter(plan);
            EXPECT_TRUE(seen.insert(report.decisions()).second);
            results.insert(counter_.load());
            more = schedules.advance(report.choices);
        }
        return seen.size();
    };
    std::set<int> without;
    std::set<int> with;
    const std::size_t few = search(0, without);
    const std::size_t many = search(1, with);
    EXPECT_EQ(without, std::set<int>{2}) << "no preemption, no lost update";
    EXPECT_EQ(with, (std::set<int>{1, 2}));
    EXPECT_GT(few, 1U);
    EXPECT_GT(many, few);
}

TEST(ScheduleChoices, are_kept_without_the_end_that_a_run_takes_by_itself) {
    const std::vector<core::ScheduleChoice> choices = {
        {0b11, core::kNobody, 0}, {0b11, 0, 1}, {0b11, 1, 1}, {0b11, 1, 0}, {0b11, 0, 0},
        {0b10, core::kNobody, 1},
    };
    EXPECT_EQ(core::decisions_of(choices), (std::vector<std::uint8_t>{0, 1, 1, 0}));
    EXPECT_EQ(core::count_preemptions(choices), 2U);
    EXPECT_TRUE(core::decisions_of({}).empty());
}

TEST_F(Controlled, a_deadlock_is_reported_and_does_not_hang) {
    std::array<base::Mutex, 2> locks;
    std::array<std::unique_ptr<runtime::ScheduledCondition>, 2> conditions;
    controller_.begin(policy(core::SchedulePolicy::kRandom));
    for (auto& condition : conditions) {
        condition = std::make_unique<runtime::ScheduledCondition>(&controller_);
    }
    std::atomic<int> gave_up{0};
    pool_->run(2, [&](std::uint32_t, std::uint32_t item) {
        // Each waits for what only the other could say.
        base::MutexLock lock(locks[item]);
        if (!conditions[item]->wait(locks[item])) {
            gave_up.fetch_add(1);
        }
    });
    const runtime::ScheduleReport report = controller_.end();
    EXPECT_TRUE(report.deadlock);
    EXPECT_EQ(gave_up.load(), 2);
    EXPECT_TRUE(controller_.cancelled().load());
}

TEST_F(Controlled, who_waits_is_not_scheduled_and_goes_on_when_notified) {
    base::Mutex mutex;
    int stage = 0;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        controller_.begin(policy(core::SchedulePolicy::kRandom, seed));
        runtime::ScheduledCondition changed(&controller_);
        stage = 0;
        pool_->run(2, [&](std::uint32_t worker, std::uint32_t item) {
            pool_->yield(runtime::YieldPoint::kClaim, worker, item);
            base::MutexLock lock(mutex);
            if (item == 0) {
                while (stage == 0) {
                    ASSERT_TRUE(changed.wait(mutex));
                }
                stage = 2;
            } else {
                stage = 1;
                changed.notify_one();
            }
        });
        EXPECT_EQ(stage, 2);
        EXPECT_FALSE(controller_.end().deadlock);
    }
}

TEST_F(Controlled, a_run_without_end_is_cancelled_at_its_step_limit) {
    auto plan = policy(core::SchedulePolicy::kRandom);
    plan.step_limit = 100;
    const runtime::ScheduleReport report =
        run(plan, [this](std::uint32_t worker, std::uint32_t item) {
            while (!controller_.cancelled().load()) {
                pool_->yield(runtime::YieldPoint::kRead, worker, item);
            }
        });
    EXPECT_TRUE(report.livelock);
    // One that does not even look at the flag is let go, and here ends by itself.
    std::array<std::uint64_t, 2> left{100'000, 100'000};
    const runtime::ScheduleReport deaf = run(plan, [&](std::uint32_t worker, std::uint32_t item) {
        while (left[item]-- > 0) {
            pool_->yield(runtime::YieldPoint::kRead, worker, item);
        }
    });
    EXPECT_TRUE(deaf.livelock);
    EXPECT_LT(deaf.events.size(), 1000U);
}

TEST_F(Controlled, the_native_modes_control_nothing) {
    controller_.begin(policy(core::SchedulePolicy::kNative));
    EXPECT_FALSE(controller_.controls());
    EXPECT_TRUE(controller_.end().events.empty());
    const runtime::ScheduleReport recorded = run_counter(policy(core::SchedulePolicy::kRecord));
    EXPECT_GE(recorded.events.size(), 4U);
    EXPECT_TRUE(recorded.choices.empty());
    EXPECT_TRUE(run_counter(policy(core::SchedulePolicy::kPerturb, 5)).events.empty());
}

}  // namespace
}  // namespace parallax::executors
