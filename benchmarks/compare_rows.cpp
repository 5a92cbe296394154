#include "benchmarks/compare_rows.hpp"

#include "executors/adaptive/adaptive_executor.hpp"
#include "verifier/chains/tos/e1/profile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <random>
#include <utility>

namespace parallax::bench {
namespace {

const SteadyClock kClock;

/// One executor at its number of workers, and what its turns took.
struct Contestant {
    std::string name;
    bool on_one_thread = false;
    std::unique_ptr<core::BlockExecutor> executor;
    std::vector<double> times{};
    /// Of all runs: how long one takes if nothing comes in between.
    double shortest = std::numeric_limits<double>::infinity();
};

/// A turn is this long, so that what the one before left in the caches does not matter.
constexpr double kTurnMicroseconds = 300;
constexpr double kMostRunsPerTurn = 24;
constexpr double kFewestRounds = 5;
constexpr double kMostRounds = 120;

double median(std::vector<double> values) {
    return spread_of(std::move(values)).median;
}

double run(Contestant& contestant, const Subject& subject) {
    const double time = run_once(*contestant.executor, subject);
    contestant.shortest = std::min(contestant.shortest, time);
    return time;
}

/// The median of a few runs. The first one warms the caches up and does not count, unless runs are
/// so long that this is nothing.
double take_turn(Contestant& contestant, const Subject& subject) {
    if (contestant.times.empty()) {
        run(contestant, subject);
    }
    const double first = run(contestant, subject);
    if (contestant.shortest > kTurnMicroseconds * 10) {
        return first;
    }
    std::vector<double> times(static_cast<std::size_t>(
        std::clamp(kTurnMicroseconds / contestant.shortest, 3.0, kMostRunsPerTurn)));
    for (double& time : times) {
        time = run(contestant, subject);
    }
    return median(std::move(times));
}

double round_of_turns(std::vector<Contestant>& contestants, const Subject& subject,
                      std::mt19937_64& random) {
    std::vector<std::size_t> order(contestants.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
        order[i] = i;
    }
    std::shuffle(order.begin(), order.end(), random);
    const auto start = kClock.now();
    for (const std::size_t i : order) {
        contestants[i].times.push_back(take_turn(contestants[i], subject));
    }
    return std::chrono::duration<double, std::micro>(kClock.now() - start).count();
}

std::vector<Contestant> make_contestants(executors::runtime::WorkerPool& pool,
                                         executors::runtime::WorkerPool& single) {
    std::vector<Contestant> contestants;
    contestants.push_back({"sequential", true, make_executor("sequential", single)});
    for (const char* name : kStrategies) {
        contestants.push_back({name, false, make_executor(name, pool)});
        contestants.push_back({name, true, make_executor(name, single)});
    }
    return contestants;
}

Spread ratios(const std::vector<double>& base, const std::vector<double>& times) {
    std::vector<double> ratios(times.size());
    for (std::size_t i = 0; i < times.size(); ++i) {
        ratios[i] = base[i] / times[i];
    }
    return spread_of(std::move(ratios));
}

void evaluate(Row& row, const std::vector<Contestant>& contestants) {
    const Contestant* best = &contestants.front();
    for (const Contestant& contestant : contestants) {
        if (contestant.on_one_thread && median(contestant.times) < median(best->times)) {
            best = &contestant;
        }
    }
    row.control_us = spread_of(contestants.front().times);
    row.best_single = best->name;
    row.best_single_us = median(best->times);
    for (const Contestant& contestant : contestants) {
        if (!contestant.on_one_thread) {
            row.speedup[contestant.name] = ratios(contestants.front().times, contestant.times);
            row.against_best[contestant.name] = ratios(best->times, contestant.times).median;
        }
    }
}

}  // namespace

Spread spread_of(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    const std::size_t last = values.size() - 1;
    return {values[last / 4], values[last / 2], values[last - last / 4]};
}

Subject::Subject(Shape shape, std::uint32_t size, bool signatures_on, std::uint32_t outputs)
    : made(transfer_block(shape, size, signatures_on, outputs)),
      block(admit_or_die(made)),
      signatures(signatures_on ? protocol::SignatureSource::per_lane(block)
                               : protocol::SignatureSource::off(block)),
      profile(*tos::e1::find_profile("devnet")) {}

std::unique_ptr<core::BlockExecutor> make_executor(
    const std::string& name, executors::runtime::WorkerPool& pool,
    const std::function<void(std::string_view)>& phase) {
    if (name == "sequential") {
        return std::make_unique<executors::sequential::SequentialExecutor>();
    }
    if (name == "batch" || name == "batch-asset") {
        return std::make_unique<executors::batch::BatchExecutor>(
            pool, executors::batch::BatchExecutor::Options{
                      .granularity = name == "batch"
                                         ? executors::batch::ConflictGranularity::kAccount
                                         : executors::batch::ConflictGranularity::kAccountAsset,
                      .preload = false});
    }
    if (name == "speculative") {
        return std::make_unique<executors::speculative::SpeculativeExecutor>(
            pool, executors::speculative::SpeculativeExecutor::Options{});
    }
    if (name == "staged") {
        return std::make_unique<executors::staged::StagedExecutor>(
            pool, executors::staged::StagedExecutor::Options{.phase_begins = phase});
    }
    return std::make_unique<executors::adaptive::AdaptiveExecutor>(
        pool, kClock, executors::adaptive::AdaptiveExecutor::Options{});
}

double run_once(core::BlockExecutor& executor, const Subject& subject) {
    const std::atomic<bool> cancelled{false};
    const core::ExecutionContext context{subject.profile, subject.signatures, cancelled, false};
    const auto start = kClock.now();
    const auto outcome = executor.execute(subject.made.state, subject.block, context);
    const auto time = kClock.now() - start;
    if (!outcome.ok() || !outcome->orphans.empty()) {
        fmt::print(stderr, "compare: {}: the block did not execute\n", executor.name());
        std::exit(1);
    }
    return std::chrono::duration<double, std::micro>(time).count();
}

Row measure_row(Shape shape, std::uint32_t size, bool signatures,
                executors::runtime::WorkerPool& pool, executors::runtime::WorkerPool& single,
                double budget_us) {
    const Subject subject(shape, size, signatures);
    auto contestants = make_contestants(pool, single);
    std::mt19937_64 random(size);
    // The first round tells how long one is.
    const double first = round_of_turns(contestants, subject, random);
    const double rounds = std::clamp(budget_us / first, kFewestRounds, kMostRounds);
    for (std::size_t i = 1; i < static_cast<std::size_t>(rounds); ++i) {
        round_of_turns(contestants, subject, random);
    }
    Row row;
    row.shape = shape;
    row.size = size;
    row.signatures = signatures;
    row.rounds = static_cast<std::size_t>(rounds);
    evaluate(row, contestants);
    return row;
}

}  // namespace parallax::bench
