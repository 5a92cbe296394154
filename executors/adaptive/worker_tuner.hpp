#pragma once

#include <cstdint>
#include <map>

namespace parallax::executors::adaptive {

/// Chooses how many workers to use from how fast recent blocks were: it stays with the best number
/// it has seen, and now and then tries its neighbours (half and double). A pure function of the
/// history it was fed. One thread.
class WorkerTuner {
  public:
    struct Options {
        std::uint32_t min_workers = 1;
        /// At least `min_workers`.
        std::uint32_t max_workers = 1;
        /// Blocks measured with one number before another is tried.
        std::uint32_t window = 8;
        /// Windows between two trials of a neighbour.
        std::uint32_t trial_interval = 4;
    };
    explicit WorkerTuner(Options options);

    /// For the next block.
    [[nodiscard]] std::uint32_t workers() const noexcept { return current_; }

    /// How long a block of `transactions` took with `workers()`. Blocks without transactions do not
    /// count.
    void observe(std::uint32_t transactions, std::uint64_t nanoseconds);

  private:
    void end_window();
    [[nodiscard]] std::uint32_t neighbour() const;

    const Options options_;
    std::uint32_t best_;
    std::uint32_t current_;
    /// Nanoseconds per transaction of the last full window with a number of workers.
    std::map<std::uint32_t, std::uint64_t> cost_;
    std::uint64_t window_nanoseconds_ = 0;
    std::uint64_t window_transactions_ = 0;
    std::uint32_t window_blocks_ = 0;
    std::uint32_t windows_ = 0;
};

}  // namespace parallax::executors::adaptive
