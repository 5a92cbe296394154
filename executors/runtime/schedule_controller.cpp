#include "executors/runtime/schedule_controller.hpp"

#include <chrono>
#include <thread>
#include <utility>

namespace parallax::executors::runtime {
namespace {

/// Which worker of a controlled run this thread is: yield points inside shared readers do not know.
thread_local std::uint8_t this_worker = 0;

/// A cancelled run that takes this many times its limit is let go.
constexpr std::uint64_t kReleaseFactor = 4;

}  // namespace

std::span<const core::ScheduleChoice> ScheduleReport::deciding_choices() const noexcept {
    const std::span<const core::ScheduleChoice> all(choices);
    return deadlock || livelock ? all.first(choices_to_hazard) : all;
}

std::vector<std::uint8_t> ScheduleReport::decisions() const {
    return core::decisions_of(deciding_choices());
}

ScheduleController::ScheduleController() = default;
ScheduleController::~ScheduleController() = default;

void ScheduleController::begin(const Run& run) {
    base::MutexLock lock(mutex_);
    run_ = run;
    controlled_ = core::is_controlled(run.policy);
    cancelled_.store(false, std::memory_order_relaxed);
    perturbations_.store(run.seed, std::memory_order_relaxed);
    report_ = {};
    steps_ = waits_ = 0;
    running_ = core::kNobody;
    active_ = released_ = false;
    static const std::vector<std::uint8_t> kNoDecisions;
    switch (run.policy) {
        case core::SchedulePolicy::kNative:
        case core::SchedulePolicy::kRecord:
        case core::SchedulePolicy::kPerturb:
            picker_ = nullptr;
            return;
        case core::SchedulePolicy::kRandom:
            picker_ = make_random_picker(run.seed);
            return;
        case core::SchedulePolicy::kPct:
            picker_ = make_pct_picker(run.seed, run.depth, run.expected_steps);
            return;
        case core::SchedulePolicy::kExhaustive:
        case core::SchedulePolicy::kReplay:
            picker_ = make_replay_picker(run.decisions != nullptr ? *run.decisions : kNoDecisions);
            return;
    }
}

ScheduleReport ScheduleController::end() {
    base::MutexLock lock(mutex_);
    if (picker_) {
        report_.departures = picker_->departures();
        picker_ = nullptr;
    }
    controlled_ = false;
    run_ = {};
    return std::exchange(report_, {});
}

void ScheduleController::perturb(std::uint64_t number) const noexcept {
    const std::uint64_t drawn = ScheduleRandom(number).next();
    if (drawn % 256 == 0) {
        std::this_thread::sleep_for(std::chrono::microseconds(drawn / 256 % 50));
    } else if (drawn % 8 == 0) {
        std::this_thread::yield();
    }
}

void ScheduleController::reached(YieldPoint point, std::uint32_t worker,
                                 std::uint32_t transaction) noexcept {
    if (!controlled_) {
        if (run_.policy == core::SchedulePolicy::kPerturb) {
            perturb(perturbations_.fetch_add(0x9E37'79B9'7F4A'7C15, std::memory_order_relaxed));
        } else if (run_.policy == core::SchedulePolicy::kRecord) {
            base::MutexLock lock(mutex_);
            report_.events.push_back({point, static_cast<std::uint8_t>(worker), transaction});
        }
        return;
    }
    base::MutexLock lock(mutex_);
    if (released_) {
        return;
    }
    const std::uint8_t self = active_ ? this_worker : 0;
    report_.events.push_back({point, self, transaction});
    count_step();
    if (active_) {
        choose(self);
        await_turn(self);
    }
}

void ScheduleController::note_hazard() {
    if (report_.choices_to_hazard == 0) {
        report_.choices_to_hazard = report_.choices.size();
    }
}

void ScheduleController::count_step() {
    if (++steps_ == run_.step_limit) {
        report_.livelock = true;
        note_hazard();
        cancelled_.store(true, std::memory_order_relaxed);
        // Fair from here on, so that everybody notices.
        picker_ = make_random_picker(run_.seed);
    }
    if (steps_ >= run_.step_limit * kReleaseFactor) {
        released_ = true;
        for (const auto& worker : workers_) {
            worker->turn.notify_all();
        }
    }
}

std::uint64_t ScheduleController::runnable() const {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < workers_.size(); ++i) {
        bits |= workers_[i]->state == State::kRunnable ? std::uint64_t{1} << i : 0;
    }
    return bits;
}

void ScheduleController::choose(std::uint8_t current) {
    core::ScheduleChoice choice{runnable(), current, 0};
    choice.chosen = picker_->pick(choice, report_.choices.size());
    report_.choices.push_back(choice);
    running_ = choice.chosen;
    if (running_ != current) {
        workers_[running_]->turn.notify_one();
    }
}

void ScheduleController::await_turn(std::uint8_t worker) {
    while (running_ != worker && !released_) {
        workers_[worker]->turn.wait(mutex_);
    }
}

void ScheduleController::break_deadlock() {
    report_.deadlock = true;
    note_hazard();
    cancelled_.store(true, std::memory_order_relaxed);
    for (const auto& worker : workers_) {
        if (worker->state == State::kWaiting) {
            worker->state = State::kRunnable;
        }
    }
}

void ScheduleController::run_begins(std::uint32_t workers) noexcept {
    base::MutexLock lock(mutex_);
    while (workers_.size() < workers) {
        workers_.push_back(std::make_unique<Worker>());
    }
    for (std::size_t i = 0; i < workers_.size(); ++i) {
        workers_[i]->state = i < workers ? State::kRunnable : State::kEnded;
    }
    active_ = true;
    choose(core::kNobody);
}

void ScheduleController::worker_begins(std::uint32_t worker) noexcept {
    base::MutexLock lock(mutex_);
    this_worker = static_cast<std::uint8_t>(worker);
    await_turn(this_worker);
}

void ScheduleController::worker_ends(std::uint32_t worker) noexcept {
    base::MutexLock lock(mutex_);
    workers_[worker]->state = State::kEnded;
    bool waiting = false;
    for (const auto& other : workers_) {
        waiting = waiting || other->state == State::kWaiting;
    }
    if (runnable() == 0 && waiting) {
        break_deadlock();
    }
    if (runnable() == 0) {
        active_ = false;
        running_ = core::kNobody;
        return;
    }
    choose(core::kNobody);
}

bool ScheduleController::wait(const void* channel) noexcept {
    base::MutexLock lock(mutex_);
    if (released_ || report_.deadlock) {
        return false;
    }
    const std::uint8_t self = this_worker;
    Worker& worker = *workers_[self];
    worker.state = State::kWaiting;
    worker.channel = channel;
    worker.waits_since = ++waits_;
    if (runnable() == 0) {
        break_deadlock();
    }
    choose(core::kNobody);
    await_turn(self);
    return !report_.deadlock && !released_;
}

void ScheduleController::notify(const void* channel, bool all) noexcept {
    base::MutexLock lock(mutex_);
    Worker* longest = nullptr;
    for (const auto& worker : workers_) {
        if (worker->state != State::kWaiting || worker->channel != channel) {
            continue;
        }
        if (all) {
            worker->state = State::kRunnable;
        } else if (longest == nullptr || worker->waits_since < longest->waits_since) {
            longest = worker.get();
        }
    }
    if (longest != nullptr) {
        longest->state = State::kRunnable;
    }
}

}  // namespace parallax::executors::runtime
