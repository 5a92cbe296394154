/// Every strategy against the control and against the best single thread, the targets of
/// docs/BENCHMARKS.md, and a picture, from one run on the machine at hand.
///
///   compare [--svg FILE] [--workers N] [--quick] [--phases]

#include "benchmarks/compare_report.hpp"
#include "executors/runtime/memory_policy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>

namespace parallax::bench {
namespace {

/// Transfers and outputs of the blocks that tell what an output costs.
constexpr std::uint32_t kManyOutputTransfers = 100;
constexpr std::uint32_t kManyOutputs = 64;

struct Settings {
    std::uint32_t workers = std::max(1U, std::thread::hardware_concurrency());
    std::string svg;
    bool quick = false;
    bool phases_only = false;
};

bool parse(int argc, char** argv, Settings& settings) {
    for (int i = 1; i < argc; ++i) {
        const std::string flag = argv[i];
        if (flag == "--quick") {
            settings.quick = true;
        } else if (flag == "--phases") {
            settings.phases_only = true;
        } else if (flag == "--svg" && i + 1 < argc) {
            settings.svg = argv[++i];
        } else if (flag == "--workers" && i + 1 < argc) {
            settings.workers = static_cast<std::uint32_t>(std::strtoul(argv[++i], nullptr, 10));
        } else {
            fmt::print(stderr,
                       "compare: unknown argument {}; known: --svg FILE, --workers N, --quick, "
                       "--phases\n",
                       flag);
            return false;
        }
    }
    return true;
}

void show(const std::string& text) {
    fmt::print("{}", text);
    std::fflush(stdout);
}

void measure_all_rows(const Settings& settings, executors::runtime::WorkerPool& pool,
                      executors::runtime::WorkerPool& single, Figures& figures) {
    const double budget_us = settings.quick ? 200'000 : 2'000'000;
    show(table_header());
    for (const bool signatures : {true, false}) {
        for (const Shape shape : kShapes) {
            for (const std::uint32_t size : kSizes) {
                figures.rows.push_back(
                    measure_row(shape, size, signatures, pool, single, budget_us));
                show(table_line(figures.rows.back()));
            }
        }
    }
}

void measure_all_phases(const Settings& settings, executors::runtime::WorkerPool& pool,
                        executors::runtime::WorkerPool& single, Figures& figures) {
    const std::size_t rounds = settings.quick ? 100 : 500;
    show("\nPhases of staged, disjoint transfers (one worker: processor time):\n\n");
    show(phases_line(measure_phases(pool, 1000, 1, true, rounds / 50)));
    show(phases_line(measure_phases(pool, 1000, 1, false, rounds)));
    figures.phases = measure_phases(single, 1000, 1, false, rounds);
    const Phases many = measure_phases(single, kManyOutputTransfers, kManyOutputs, false, rounds);
    figures.decide = decide_cost(figures.phases, many);
    show(phases_line(figures.phases));
    show(phases_line(many));
    show(fmt::format(
        "\ndecide: {:.1f} ns a transfer and {:.1f} ns an output; processor time "
        "without storage and signatures: {:.1f} ns a transfer\n",
        figures.decide.per_transfer, figures.decide.per_output, figures.phases.without_storage()));
}

int run(const Settings& settings) {
    auto pool =
        executors::runtime::WorkerPool::create({.name = "px-bench", .workers = settings.workers});
    auto single = executors::runtime::WorkerPool::create({.name = "px-single", .workers = 1});
    if (!pool.ok() || !single.ok()) {
        fmt::print(stderr, "compare: {}\n",
                   pool.ok() ? single.status().ToString() : pool.status().ToString());
        return 1;
    }
    const std::string machine = machine_text(settings.workers);
    show(
        fmt::format("machine: {}; warm state in memory; no access log\n"
                    "each cell: speed-up against the control, median [quartiles] over rounds / "
                    "against the best single thread\n\n",
                    machine));
    Figures figures;
    if (!settings.phases_only) {
        measure_all_rows(settings, **pool, **single, figures);
    }
    measure_all_phases(settings, **pool, **single, figures);
    if (settings.phases_only) {
        return 0;
    }
    show("\nTargets:\n\n" + targets_table(figures));
    if (!settings.svg.empty()) {
        std::ofstream file(settings.svg);
        file << picture(figures.rows, machine);
        if (!file.flush()) {
            fmt::print(stderr, "compare: {} cannot be written\n", settings.svg);
            return 1;
        }
    }
    return 0;
}

}  // namespace
}  // namespace parallax::bench

int main(int argc, char** argv) {
    parallax::executors::runtime::keep_freed_memory();
    parallax::bench::Settings settings;
    return parallax::bench::parse(argc, argv, settings) ? parallax::bench::run(settings) : 1;
}
