/// One table of every strategy against the control and against the best single thread, from one run
/// on the machine at hand, and a picture of it. See docs/BENCHMARKS.md for how to read it.
///
///   compare [--svg FILE] [--workers N] [--quick]

#include "benchmarks/transfer_blocks.hpp"
#include "executors/adaptive/adaptive_executor.hpp"
#include "executors/runtime/memory_policy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace parallax::bench {
namespace {

class SteadyClock final : public Clock {
  public:
    std::chrono::nanoseconds now() const override {
        return std::chrono::steady_clock::now().time_since_epoch();
    }
};
const SteadyClock kClock;

struct Settings {
    std::uint32_t workers = std::max(1U, std::thread::hardware_concurrency());
    std::string svg;
    bool quick = false;
};

constexpr Shape kShapes[] = {Shape::kDisjoint,    Shape::kHotReceiver25, Shape::kHotReceiver50,
                             Shape::kHotSender50, Shape::kRandomPairs,   Shape::kHotReceiver100};
constexpr std::uint32_t kSizes[] = {10, 20, 50, 100, 500, 1000};
constexpr const char* kStrategies[] = {"batch", "batch-asset", "speculative", "staged", "adaptive"};

std::unique_ptr<BlockExecutor> make(const std::string& name, WorkerPool& pool,
                                    const std::function<void(std::string_view)>& phase) {
    if (name == "sequential") {
        return std::make_unique<SequentialExecutor>();
    }
    if (name == "batch" || name == "batch-asset") {
        return std::make_unique<BatchExecutor>(
            pool, BatchExecutor::Options{.granularity = name == "batch"
                                                            ? ConflictGranularity::kAccount
                                                            : ConflictGranularity::kAccountAsset,
                                         .preload = false});
    }
    if (name == "speculative") {
        return std::make_unique<SpeculativeExecutor>(pool, SpeculativeExecutor::Options{});
    }
    if (name == "staged") {
        return std::make_unique<StagedExecutor>(pool,
                                                StagedExecutor::Options{.phase_begins = phase});
    }
    return std::make_unique<AdaptiveExecutor>(pool, kClock, AdaptiveExecutor::Options{});
}

/// A block with everything that a measurement needs.
struct Subject {
    Subject(Shape shape, std::uint32_t size, bool signatures_on)
        : made(transfer_block(shape, size, signatures_on)),
          block(admit_or_die(made)),
          signatures(signatures_on ? SignatureSource::per_lane(block)
                                   : SignatureSource::off(block)) {}
    const TransferBlock& made;
    AdmittedBlock block;
    SignatureSource signatures;
    Profile profile = *e1_profile("devnet");
};

double run_once(BlockExecutor& executor, const Subject& subject) {
    const std::atomic<bool> cancelled{false};
    const ExecutionContext context{subject.profile, subject.signatures, cancelled, false};
    const auto start = kClock.now();
    const auto outcome = executor.execute(subject.made.state, subject.block, context);
    const auto time = kClock.now() - start;
    if (!outcome.ok() || outcome->orphans.size() != 0) {
        fmt::print(stderr, "{}: the block did not execute\n", executor.name());
        std::exit(1);
    }
    return std::chrono::duration<double, std::micro>(time).count();
}

/// Median time of one block in microseconds, after one run to warm up.
double measure(BlockExecutor& executor, const Subject& subject, double budget_us) {
    const double first = run_once(executor, subject);
    const auto rounds =
        static_cast<std::size_t>(std::clamp(budget_us / std::max(1.0, first), 3.0, 200.0));
    std::vector<double> times(rounds);
    for (double& time : times) {
        time = run_once(executor, subject);
    }
    std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(rounds / 2),
                     times.end());
    return times[rounds / 2];
}

struct Row {
    Shape shape;
    std::uint32_t size = 0;
    bool signatures = false;
    double control = 0;
    double best_single = 0;
    std::string best_single_name;
    std::map<std::string, double> times;
};

Row measure_row(const Settings& settings, Shape shape, std::uint32_t size, bool signatures,
                WorkerPool& pool, WorkerPool& single) {
    const Subject subject(shape, size, signatures);
    const double budget_us = settings.quick ? 50'000 : 300'000;
    Row row{shape, size, signatures, 0, 0, {}, {}};
    row.control = measure(*make("sequential", single, {}), subject, budget_us);
    row.best_single = row.control;
    row.best_single_name = "sequential";
    for (const char* name : kStrategies) {
        row.times[name] = measure(*make(name, pool, {}), subject, budget_us);
        const double alone = measure(*make(name, single, {}), subject, budget_us);
        if (alone < row.best_single) {
            row.best_single = alone;
            row.best_single_name = name;
        }
    }
    return row;
}

/// Share of each phase of the staged executor on a block, in percent, and nanoseconds per transfer.
void print_phases(WorkerPool& pool, bool signatures) {
    const Subject subject(Shape::kDisjoint, 1000, signatures);
    std::map<std::string, double> total;
    std::string current;
    auto since = kClock.now();
    const auto executor = make("staged", pool, [&](std::string_view phase) {
        const auto now = kClock.now();
        if (!current.empty()) {
            total[current] += std::chrono::duration<double, std::nano>(now - since).count();
        }
        current = phase == "end" ? std::string() : std::string(phase);
        since = now;
    });
    run_once(*executor, subject);
    total.clear();
    constexpr int kRounds = 50;
    for (int i = 0; i < kRounds; ++i) {
        run_once(*executor, subject);
    }
    double sum = 0;
    for (const auto& [phase, time] : total) {
        sum += time;
    }
    fmt::print("\nstaged, 1000 disjoint transfers, signatures {}, {} workers:",
               signatures ? "on" : "off", pool.workers());
    for (const char* phase : {"resolve", "intern", "load", "decide", "publish"}) {
        fmt::print(" {} {:.0f} % ({:.1f} ns/transfer)", phase, 100 * total[phase] / sum,
                   total[phase] / kRounds / 1000);
    }
    fmt::print("\n");
}

void print_header(const Settings& settings) {
    std::string model = "unknown processor";
    std::ifstream info("/proc/cpuinfo");
    for (std::string line; std::getline(info, line);) {
        if (line.rfind("model name", 0) == 0) {
            model = line.substr(line.find(':') + 2);
            break;
        }
    }
    fmt::print("machine: {}, {} logical cores; {} workers; warm state in memory; no access log\n",
               model, std::thread::hardware_concurrency(), settings.workers);
    fmt::print("each cell: speed-up against the control / against the best single thread\n\n");
    fmt::print("| transfers | n | signatures | control us | best single us |");
    for (const char* name : kStrategies) {
        fmt::print(" {} |", name);
    }
    fmt::print("\n|---|---|---|---|---|");
    for (std::size_t i = 0; i < std::size(kStrategies); ++i) {
        fmt::print("---|");
    }
    fmt::print("\n");
}

void print_row(const Row& row) {
    fmt::print("| {} | {} | {} | {:.1f} | {:.1f} ({}) |", shape_name(row.shape), row.size,
               row.signatures ? "on" : "off", row.control, row.best_single, row.best_single_name);
    for (const char* name : kStrategies) {
        fmt::print(" {:.2f} / {:.2f} |", row.control / row.times.at(name),
                   row.best_single / row.times.at(name));
    }
    fmt::print("\n");
    std::fflush(stdout);
}

/// Bars of the speed-up against the control at the largest size, one group per shape.
std::string picture(const std::vector<Row>& rows) {
    constexpr const char* kColours[] = {"#9ecae1", "#6baed6", "#fdae6b", "#2b8cbe", "#74c476"};
    constexpr int kBar = 14;
    constexpr int kGroup = kBar * 5 + 30;
    constexpr int kScale = 90;
    std::string svg;
    int panel = 0;
    for (const bool signatures : {true, false}) {
        const int base = 330 + panel * 330;
        svg += fmt::format(
            "<text x='20' y='{}' font-size='14'>1000 transfers, signatures {}: "
            "speed-up against the control</text>\n",
            base - 265, signatures ? "on" : "off");
        for (int line = 1; line <= 2; ++line) {
            svg += fmt::format(
                "<line x1='40' x2='640' y1='{0}' y2='{0}' stroke='#bbb'/><text "
                "x='14' y='{1}' font-size='11'>{2}x</text>\n",
                base - line * kScale, base - line * kScale + 4, line);
        }
        int group = 0;
        for (const Row& row : rows) {
            if (row.size != 1000 || row.signatures != signatures) {
                continue;
            }
            const int left = 45 + group * kGroup;
            for (std::size_t i = 0; i < std::size(kStrategies); ++i) {
                const double speedup = row.control / row.times.at(kStrategies[i]);
                const int height = static_cast<int>(std::min(2.6, speedup) * kScale);
                svg += fmt::format(
                    "<rect x='{}' y='{}' width='{}' height='{}' fill='{}'>"
                    "<title>{} {:.2f}x</title></rect>\n",
                    left + static_cast<int>(i) * kBar, base - height, kBar - 2, height, kColours[i],
                    kStrategies[i], speedup);
            }
            svg += fmt::format("<text x='{}' y='{}' font-size='8'>{}</text>\n", left, base + 14,
                               shape_name(row.shape));
            ++group;
        }
        ++panel;
    }
    for (std::size_t i = 0; i < std::size(kStrategies); ++i) {
        svg += fmt::format(
            "<rect x='{0}' y='20' width='12' height='12' fill='{1}'/><text x='{2}' "
            "y='31' font-size='12'>{3}</text>\n",
            20 + 110 * static_cast<int>(i), kColours[i], 36 + 110 * static_cast<int>(i),
            kStrategies[i]);
    }
    return fmt::format(
        "<svg xmlns='http://www.w3.org/2000/svg' width='680' height='700' "
        "font-family='sans-serif'><rect width='680' height='700' fill='white'/>\n"
        "{}</svg>\n",
        svg);
}

bool parse(int argc, char** argv, Settings& settings) {
    for (int i = 1; i < argc; ++i) {
        const std::string flag = argv[i];
        if (flag == "--quick") {
            settings.quick = true;
        } else if (flag == "--svg" && i + 1 < argc) {
            settings.svg = argv[++i];
        } else if (flag == "--workers" && i + 1 < argc) {
            settings.workers = static_cast<std::uint32_t>(std::strtoul(argv[++i], nullptr, 10));
        } else {
            fmt::print(stderr,
                       "compare: unknown argument {}; known: --svg FILE, --workers N, "
                       "--quick\n",
                       flag);
            return false;
        }
    }
    return true;
}

int run(const Settings& settings) {
    auto pool = WorkerPool::create({.name = "px-bench", .workers = settings.workers});
    auto single = WorkerPool::create({.name = "px-single", .workers = 1});
    if (!pool.ok() || !single.ok()) {
        fmt::print(stderr, "compare: {}\n", pool.status().ToString());
        return 1;
    }
    print_header(settings);
    std::vector<Row> rows;
    for (const bool signatures : {true, false}) {
        for (const Shape shape : kShapes) {
            for (const std::uint32_t size : kSizes) {
                rows.push_back(measure_row(settings, shape, size, signatures, **pool, **single));
                print_row(rows.back());
            }
        }
    }
    for (const bool signatures : {true, false}) {
        print_phases(**pool, signatures);
        print_phases(**single, signatures);
    }
    if (!settings.svg.empty()) {
        std::ofstream file(settings.svg);
        file << picture(rows);
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
    parallax::keep_freed_memory();
    parallax::bench::Settings settings;
    return parallax::bench::parse(argc, argv, settings) ? parallax::bench::run(settings) : 1;
}
