#include "verifier/service/loop/ingest_queue.hpp"

#include <fmt/format.h>

#include <utility>

namespace parallax::service {
namespace {

/// Nobody who makes sense lets more rewinds and ends wait.
constexpr std::size_t kMaxOtherWork = 64;
/// Refusals leave the other half to the rest.
constexpr std::size_t kMaxRefusals = kMaxOtherWork / 2;

}  // namespace

absl::Status IngestQueue::offer(FeedWork work) {
    base::MutexLock lock(mutex_);
    if (stopped_) {
        return absl::UnavailableError("the sidecar is stopping");
    }
    if (const auto* block = std::get_if<BlockWork>(&work.what)) {
        if (blocks_ >= options_.max_blocks) {
            return absl::ResourceExhaustedError(fmt::format(
                "{} blocks wait, limits.queue_blocks is {}", blocks_, options_.max_blocks));
        }
        // One block always fits, however small the limit: else it could never be verified.
        if (blocks_ > 0 && bytes_ + block->bytes > options_.max_bytes) {
            return absl::ResourceExhaustedError(
                fmt::format("{} bytes wait, limits.queue_bytes is {}", bytes_, options_.max_bytes));
        }
        ++blocks_;
        bytes_ += block->bytes;
    }
    const std::size_t room =
        std::holds_alternative<RefusedAnswer>(work.what) ? kMaxRefusals : kMaxOtherWork;
    if (work_.size() - blocks_ >= room && !std::holds_alternative<BlockWork>(work.what)) {
        return absl::ResourceExhaustedError(
            fmt::format("{} requests that are no blocks wait", work_.size() - blocks_));
    }
    work_.push_back(std::move(work));
    changed_.notify_one();
    return absl::OkStatus();
}

void IngestQueue::post(LoopTask task) {
    {
        base::MutexLock lock(mutex_);
        if (!stopped_) {
            tasks_.push_back(std::move(task));
            changed_.notify_one();
            return;
        }
    }
    task(true);
}

void IngestQueue::forget(const FeederPort& feeder) {
    std::deque<FeedWork> dropped;  // destroyed after the lock
    base::MutexLock lock(mutex_);
    std::deque<FeedWork> kept;
    for (FeedWork& work : work_) {
        const bool gone = work.feeder.get() == &feeder;
        if (const auto* block = std::get_if<BlockWork>(&work.what); gone && block != nullptr) {
            --blocks_;
            bytes_ -= block->bytes;
        }
        (gone ? dropped : kept).push_back(std::move(work));
    }
    work_ = std::move(kept);
}

std::optional<IngestQueue::Work> IngestQueue::pop() {
    if (stopped_) {
        return std::nullopt;
    }
    if (!tasks_.empty()) {
        Work task = std::move(tasks_.front());
        tasks_.pop_front();
        return task;
    }
    // A feeder that attaches during a pause learns where the sidecar stands.
    if (work_.empty() || (paused_ && !std::holds_alternative<AttachWork>(work_.front().what))) {
        return std::nullopt;
    }
    FeedWork work = std::move(work_.front());
    work_.pop_front();
    if (const auto* block = std::get_if<BlockWork>(&work.what)) {
        --blocks_;
        bytes_ -= block->bytes;
    }
    return Work(std::move(work));
}

std::optional<IngestQueue::Work> IngestQueue::take() {
    base::MutexLock lock(mutex_);
    for (;;) {
        auto work = pop();
        if (work || stopped_) {
            return work;
        }
        changed_.wait(mutex_);
    }
}

std::optional<IngestQueue::Work> IngestQueue::try_take() {
    base::MutexLock lock(mutex_);
    return pop();
}

void IngestQueue::set_paused(bool paused) {
    base::MutexLock lock(mutex_);
    paused_ = paused;
    changed_.notify_all();
}

void IngestQueue::stop() {
    std::deque<LoopTask> tasks;
    std::deque<FeedWork> work;
    {
        base::MutexLock lock(mutex_);
        stopped_ = true;
        tasks.swap(tasks_);
        work.swap(work_);
        blocks_ = 0;
        bytes_ = 0;
        changed_.notify_all();
    }
    for (const LoopTask& task : tasks) {
        task(true);
    }
}

IngestQueue::State IngestQueue::state() const {
    base::MutexLock lock(mutex_);
    State state;
    state.blocks = blocks_;
    state.bytes = bytes_;
    state.max_blocks = options_.max_blocks;
    state.max_bytes = options_.max_bytes;
    state.paused = paused_;
    for (const FeedWork& work : work_) {
        if (const auto* block = std::get_if<BlockWork>(&work.what)) {
            if (!state.oldest) {
                state.oldest = work.arrived;
            }
            state.newest = block->block.placement().topoheight;
        }
    }
    return state;
}

}  // namespace parallax::service
