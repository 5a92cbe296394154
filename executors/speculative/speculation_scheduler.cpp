#include "executors/speculative/speculation_scheduler.hpp"

#include <algorithm>
#include <utility>

namespace parallax::executors::speculative {

SpeculationScheduler::SpeculationScheduler(const std::vector<std::uint32_t>& predecessors,
                                           Options options)
    : options_(options),
      count_(static_cast<std::uint32_t>(predecessors.size())),
      changed_(options.observer),
      entries_(predecessors.size()) {
    for (std::uint32_t i = 0; i < count_; ++i) {
        if (predecessors[i] != kNoPredecessor) {
            entries_[i].state = State::kBlocked;
            entries_[predecessors[i]].dependents.push_back(i);
        }
    }
}

void SpeculationScheduler::enter() {
    base::MutexLock lock(mutex_);
    ++workers_;
}

void SpeculationScheduler::leave() {
    base::MutexLock lock(mutex_);
    --workers_;
    if (frontier_ < count_) {
        stopped_ = true;
    }
    if (!options_.forgets_last_wakeup) {
        changed_.notify_all();
    }
}

SpeculationScheduler::Task SpeculationScheduler::next() {
    base::MutexLock lock(mutex_);
    while (true) {
        if (stopped_ || frontier_ == count_) {
            return {};
        }
        if (const auto task = take()) {
            // One wakes one: as many workers are awake as there are tasks.
            if (sleeping_ > 0 && work_left()) {
                changed_.notify_one();
            }
            return *task;
        }
        if (sleeping_ + 1 == workers_) {
            // Nobody owns a transaction, so the frontier's is free to be run.
            ++counts_.stalls;
            return take_commit();
        }
        ++sleeping_;
        const bool notified = changed_.wait(mutex_);
        --sleeping_;
        if (!notified) {
            stopped_ = true;
        }
    }
}

bool SpeculationScheduler::can_commit() const {
    if (committing_ || frontier_ == count_) {
        return false;
    }
    switch (entries_[frontier_].state) {
        case State::kExecuted:
        case State::kFrontierOnly:
            return true;
        case State::kReady:
        case State::kBlocked:
            return serial_;
        case State::kExecuting:
        case State::kValidating:
        case State::kCommitting:
        case State::kCommitted:
            return false;
    }
    return false;
}

void SpeculationScheduler::advance() {
    while (validation_ < started_end_ && entries_[validation_].state != State::kExecuted) {
        Entry& entry = entries_[validation_];
        // Its owner may have read before the change that this wave is about.
        if (entry.state == State::kExecuting || entry.state == State::kValidating) {
            entry.suspect = true;
        }
        ++validation_;
    }
    while (execution_ < count_ && entries_[execution_].state != State::kReady) {
        ++execution_;
    }
}

bool SpeculationScheduler::work_left() {
    advance();
    return can_commit() || (!serial_ && (validation_ < started_end_ || execution_ < count_));
}

std::optional<SpeculationScheduler::Task> SpeculationScheduler::take() {
    advance();
    if (can_commit()) {
        return take_commit();
    }
    if (serial_) {
        return std::nullopt;
    }
    if (validation_ < started_end_ && validation_ < execution_) {
        const std::uint32_t transaction = validation_++;
        Entry& entry = entries_[transaction];
        entry.state = State::kValidating;
        ++counts_.validations;
        return Task{Work::kValidate, transaction, entry.incarnation, true};
    }
    if (execution_ < count_) {
        return take_execution();
    }
    return std::nullopt;
}

SpeculationScheduler::Task SpeculationScheduler::take_commit() {
    Entry& entry = entries_[frontier_];
    const bool has_attempt = entry.state == State::kExecuted;
    entry.state = State::kCommitting;
    committing_ = true;
    return {Work::kCommit, frontier_, entry.incarnation, has_attempt};
}

SpeculationScheduler::Task SpeculationScheduler::take_execution() {
    const std::uint32_t transaction = execution_++;
    Entry& entry = entries_[transaction];
    entry.state = State::kExecuting;
    entry.suspect = false;
    if (transaction >= started_end_) {
        // No wave is under way: one that starts now reads what the last one was about.
        if (validation_ == started_end_) {
            validation_ = transaction + 1;
        }
        started_end_ = transaction + 1;
    }
    ++counts_.attempts;
    if (counts_.attempts >= options_.max_attempts) {
        serial_ = true;
        counts_.watchdog = 1;
    }
    return {Work::kExecute, transaction, entry.incarnation, false};
}

void SpeculationScheduler::make_ready(std::uint32_t transaction) {
    entries_[transaction].state = State::kReady;
    execution_ = std::min(execution_, transaction);
}

void SpeculationScheduler::resume_dependents(std::uint32_t transaction) {
    for (const std::uint32_t dependent : std::exchange(entries_[transaction].dependents, {})) {
        make_ready(dependent);
    }
}

void SpeculationScheduler::validate_from(std::uint32_t transaction) {
    validation_ = std::min(validation_, transaction);
}

void SpeculationScheduler::end_ownership(std::uint32_t transaction, State state) {
    Entry& entry = entries_[transaction];
    entry.state = state;
    if (std::exchange(entry.suspect, false)) {
        validate_from(transaction);
    }
    resume_dependents(transaction);
}

void SpeculationScheduler::executed(std::uint32_t transaction, bool affects_higher) {
    base::MutexLock lock(mutex_);
    end_ownership(transaction, State::kExecuted);
    if (affects_higher) {
        validate_from(transaction + 1);
    }
}

void SpeculationScheduler::blocked(std::uint32_t transaction, std::uint32_t writer) {
    base::MutexLock lock(mutex_);
    ++counts_.aborts;
    const State state = entries_[writer].state;
    if (state == State::kExecuted || state == State::kCommitted) {
        make_ready(transaction);
        return;
    }
    entries_[transaction].state = State::kBlocked;
    entries_[writer].dependents.push_back(transaction);
}

void SpeculationScheduler::validated(std::uint32_t transaction, bool valid, bool affects_higher) {
    base::MutexLock lock(mutex_);
    if (valid) {
        end_ownership(transaction, State::kExecuted);
        return;
    }
    Entry& entry = entries_[transaction];
    ++counts_.aborts;
    ++entry.incarnation;
    if (entry.incarnation >= options_.max_incarnations) {
        entry.state = State::kFrontierOnly;
    } else {
        make_ready(transaction);
    }
    if (affects_higher) {
        validate_from(transaction + 1);
    }
}

void SpeculationScheduler::committed(std::uint32_t transaction, bool affects_higher) {
    base::MutexLock lock(mutex_);
    committing_ = false;
    ++frontier_;
    end_ownership(transaction, State::kCommitted);
    if (affects_higher) {
        validate_from(transaction + 1);
    }
    if (frontier_ == count_ && !options_.forgets_last_wakeup) {
        changed_.notify_all();
    }
}

void SpeculationScheduler::stop() {
    base::MutexLock lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
}

bool SpeculationScheduler::done() const {
    base::MutexLock lock(mutex_);
    return frontier_ == count_;
}

SpeculationScheduler::Counts SpeculationScheduler::counts() const {
    base::MutexLock lock(mutex_);
    return counts_;
}

}  // namespace parallax::executors::speculative
