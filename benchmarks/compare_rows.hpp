#pragma once

#include "benchmarks/transfer_blocks.hpp"
#include "executors/runtime/worker_pool.hpp"
#include "verifier/base/clock.hpp"
#include "verifier/chains/tos/e1/profile.hpp"
#include "verifier/core/verification/block_executor.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace parallax::bench {

inline constexpr std::array kShapes = {Shape::kDisjoint,      Shape::kHotReceiver25,
                                       Shape::kHotReceiver50, Shape::kHotSender50,
                                       Shape::kRandomPairs,   Shape::kHotReceiver100};
inline constexpr std::array<std::uint32_t, 6> kSizes = {10, 20, 50, 100, 500, 1000};
inline constexpr std::array kStrategies = {"batch", "batch-asset", "speculative", "staged",
                                           "adaptive"};

class SteadyClock final : public base::Clock {
  public:
    std::chrono::nanoseconds now() const override {
        return std::chrono::steady_clock::now().time_since_epoch();
    }
};

/// Median and quartiles.
struct Spread {
    double low = 0;
    double median = 0;
    double high = 0;
};
[[nodiscard]] Spread spread_of(std::vector<double> values);

/// A block with everything that a run of it needs.
struct Subject {
    Subject(Shape shape, std::uint32_t size, bool signatures_on, std::uint32_t outputs = 1);
    const TransferBlock& made;
    protocol::AdmittedBlock block;
    protocol::SignatureSource signatures;
    tos::e1::Profile profile;
};
/// The executor called `name`, which is one of `kStrategies` or the control; `phase` as in
/// `StagedExecutor::Options`, for "staged" only.
[[nodiscard]] std::unique_ptr<core::BlockExecutor> make_executor(
    const std::string& name, executors::runtime::WorkerPool& pool,
    const std::function<void(std::string_view)>& phase = {});
/// Microseconds of one run; ends the program if the block does not execute.
double run_once(core::BlockExecutor& executor, const Subject& subject);

/// One block, and how every strategy did on it.
struct Row {
    Shape shape = Shape::kDisjoint;
    std::uint32_t size = 0;
    bool signatures = false;
    std::size_t rounds = 0;
    Spread control_us;
    /// The fastest on one thread, the control among them, and its time.
    std::string best_single;
    double best_single_us = 0;
    /// By strategy, with all workers: speed-up against the control and against the best single
    /// thread. Ratios are taken round by round.
    std::map<std::string, Spread> speedup;
    std::map<std::string, double> against_best;
};
/// Rounds in which everybody takes a turn, in an order drawn anew for each round, so that what
/// else happens on the machine hits all alike. `budget_us` is about the time for all of them.
[[nodiscard]] Row measure_row(Shape shape, std::uint32_t size, bool signatures,
                              executors::runtime::WorkerPool& pool,
                              executors::runtime::WorkerPool& single, double budget_us);

}  // namespace parallax::bench
