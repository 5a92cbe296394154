#include "benchmarks/compare_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <limits>
#include <thread>

namespace parallax::bench {
namespace {

constexpr std::uint32_t kLargest = kSizes.back();
/// Blocks below this size are small ones.
constexpr std::uint32_t kSmall = 20;

std::string processor() {
    std::ifstream info("/proc/cpuinfo");
    for (std::string line; std::getline(info, line);) {
        if (line.rfind("model name", 0) == 0) {
            return line.substr(line.find(':') + 2);
        }
    }
    return "unknown processor";
}

/// The smallest value over the rows that are asked for, and where it was.
struct Worst {
    double value = std::numeric_limits<double>::infinity();
    std::string where;
};
Worst worst_of(const std::vector<Row>& rows, const std::function<bool(const Row&)>& wanted,
               const std::function<double(const Row&)>& value) {
    Worst worst;
    for (const Row& row : rows) {
        if (wanted(row) && value(row) < worst.value) {
            worst = {value(row), fmt::format("{}, {}", shape_name(row.shape), row.size)};
        }
    }
    return worst;
}

std::string target_line(const std::string& target, const std::string& measured, bool met) {
    return fmt::format("| {} | {} | {} |\n", target, measured, met ? "met" : "not met");
}

std::string at_least(const std::string& target, const Worst& worst, double bound) {
    return target_line(target, fmt::format("{:.2f}x ({})", worst.value, worst.where),
                       worst.value >= bound);
}

std::string at_most(const std::string& target, double nanoseconds, double bound) {
    return target_line(target, fmt::format("{:.1f} ns", nanoseconds), nanoseconds <= bound);
}

}  // namespace

std::string machine_text(std::uint32_t workers) {
    double load = 0;
    getloadavg(&load, 1);
    return fmt::format("{}, {} logical cores; {} workers; load before the run {:.1f}", processor(),
                       std::thread::hardware_concurrency(), workers, load);
}

std::string table_header() {
    std::string text = "| transfers | n | signatures | rounds | control us | best single us |";
    std::string rule = "|---|---|---|---|---|---|";
    for (const char* name : kStrategies) {
        text += fmt::format(" {} |", name);
        rule += "---|";
    }
    return text + "\n" + rule + "\n";
}

std::string table_line(const Row& row) {
    std::string text = fmt::format("| {} | {} | {} | {} | {:.1f} [{:.1f}-{:.1f}] | {:.1f} ({}) |",
                                   shape_name(row.shape), row.size, row.signatures ? "on" : "off",
                                   row.rounds, row.control_us.median, row.control_us.low,
                                   row.control_us.high, row.best_single_us, row.best_single);
    for (const char* name : kStrategies) {
        const Spread& speedup = row.speedup.at(name);
        text += fmt::format(" {:.2f} [{:.2f}-{:.2f}] / {:.2f} |", speedup.median, speedup.low,
                            speedup.high, row.against_best.at(name));
    }
    return text + "\n";
}

std::string phases_line(const Phases& phases) {
    double sum = 0;
    for (const auto& [phase, time] : phases.nanoseconds) {
        sum += time;
    }
    std::string text = fmt::format(
        "- {} transfers of {} output{}, signatures {}, {} worker{}:", phases.transfers,
        phases.outputs, phases.outputs == 1 ? "" : "s", phases.signatures ? "on" : "off",
        phases.workers, phases.workers == 1 ? "" : "s");
    for (const char* phase : kPhases) {
        const auto it = phases.nanoseconds.find(phase);
        if (it != phases.nanoseconds.end()) {
            text += fmt::format(" {} {:.0f} % ({:.1f} ns/transfer)", phase, 100 * it->second / sum,
                                phases.per_transfer(phase));
        }
    }
    return text + "\n";
}

std::string targets_table(const Figures& figures) {
    const auto speedup = [](const char* name) {
        return [name](const Row& row) { return row.speedup.at(name).median; };
    };
    const auto largest_on = [](const Row& r) { return r.signatures && r.size == kLargest; };
    const auto largest_off = [](const Row& r) { return !r.signatures && r.size == kLargest; };
    std::string text = "| target | measured (the worst row) | |\n|---|---|---|\n";
    text += at_least("signatures on, 1,000 transfers: staged at least 1.8x the control",
                     worst_of(figures.rows, largest_on, speedup("staged")), 1.8);
    text +=
        at_least("signatures off, any size and shape: staged at least 0.9x the control",
                 worst_of(
                     figures.rows, [](const Row& r) { return !r.signatures; }, speedup("staged")),
                 0.9);
    text += at_least("signatures off, 1,000 transfers: staged level with the best single thread",
                     worst_of(figures.rows, largest_off,
                              [](const Row& r) { return r.against_best.at("staged"); }),
                     1.0);
    for (const bool on : {true, false}) {
        const auto small = [on](const Row& r) { return r.signatures == on && r.size < kSmall; };
        text += at_least(
            fmt::format("signatures {}, under 20 transfers: adaptive at most 1.05x the control's "
                        "time (0.952x its speed)",
                        on ? "on" : "off"),
            worst_of(figures.rows, small, speedup("adaptive")), 1 / 1.05);
    }
    text += at_most("decide: at most 5 ns a transfer", figures.decide.per_transfer, 5);
    text += at_most("decide: at most 1.5 ns an output more", figures.decide.per_output, 1.5);
    text += at_most("processor time without storage and signatures: at most 100 ns a transfer",
                    figures.phases.without_storage(), 100);
    return text;
}

}  // namespace parallax::bench
