#include "benchmarks/compare_phases.hpp"

#include <ctime>
#include <utility>

namespace parallax::bench {
namespace {

double now_ns(clockid_t clock) {
    timespec time{};
    clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

}  // namespace

double Phases::per_transfer(const std::string& phase) const {
    const auto it = nanoseconds.find(phase);
    return it == nanoseconds.end() ? 0 : it->second / transfers;
}

double Phases::without_storage() const {
    double sum = 0;
    for (const char* phase : kPhases) {
        sum += std::string(phase) == "load" ? 0 : per_transfer(phase);
    }
    return sum;
}

Phases measure_phases(executors::runtime::WorkerPool& pool, std::uint32_t transfers,
                      std::uint32_t outputs, bool signatures, std::size_t rounds) {
    const Subject subject(Shape::kDisjoint, transfers, signatures, outputs);
    // One thread's own time leaves out what the neighbours took; of many there is no such clock.
    const clockid_t clock = pool.workers() == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC;
    std::map<std::string, std::vector<double>> samples;
    std::string current;
    double since = 0;
    const auto executor = make_executor("staged", pool, [&](std::string_view phase) {
        const double now = now_ns(clock);
        if (!current.empty()) {
            samples[current].push_back(now - since);
        }
        current = phase == "end" ? std::string() : std::string(phase);
        since = now_ns(clock);
    });
    run_once(*executor, subject);
    samples.clear();
    for (std::size_t i = 0; i < rounds; ++i) {
        run_once(*executor, subject);
    }
    Phases phases{transfers, outputs, pool.workers(), signatures, {}};
    for (auto& [phase, times] : samples) {
        phases.nanoseconds[phase] = spread_of(std::move(times)).median;
    }
    return phases;
}

DecideCost decide_cost(const Phases& one_output, const Phases& many_outputs) {
    const double one = one_output.per_transfer("decide");
    const double many = many_outputs.per_transfer("decide");
    const double per_output = (many - one) / (many_outputs.outputs - one_output.outputs);
    return {one - per_output * one_output.outputs, per_output};
}

}  // namespace parallax::bench
