#include "executors/adaptive/worker_tuner.hpp"

#include <algorithm>

namespace parallax::executors::adaptive {

WorkerTuner::WorkerTuner(Options options)
    : options_(options), best_(options.max_workers), current_(options.max_workers) {}

void WorkerTuner::observe(std::uint32_t transactions, std::uint64_t nanoseconds) {
    if (transactions == 0) {
        return;
    }
    window_nanoseconds_ += nanoseconds;
    window_transactions_ += transactions;
    if (++window_blocks_ >= options_.window) {
        end_window();
    }
}

void WorkerTuner::end_window() {
    cost_[current_] = window_nanoseconds_ / window_transactions_;
    window_nanoseconds_ = 0;
    window_transactions_ = 0;
    window_blocks_ = 0;
    windows_ += 1;
    // What was tried becomes the best only if it was clearly faster: a tie is noise.
    if (current_ != best_ && cost_[current_] < cost_[best_] - cost_[best_] / 20) {
        best_ = current_;
    }
    current_ = windows_ % options_.trial_interval == 0 ? neighbour() : best_;
}

std::uint32_t WorkerTuner::neighbour() const {
    // Downwards and upwards in turn; at an end there is one way only.
    const bool down = (windows_ / options_.trial_interval) % 2 == 1;
    const std::uint32_t lower = std::max(options_.min_workers, best_ / 2);
    const std::uint32_t upper = std::min(options_.max_workers, best_ * 2);
    const std::uint32_t first = down ? lower : upper;
    return first != best_ ? first : (down ? upper : lower);
}

}  // namespace parallax::executors::adaptive
