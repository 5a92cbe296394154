#include "verifier/service/telemetry/process_figures.hpp"

#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <unistd.h>

namespace parallax::service {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

void add(std::vector<MetricFamily>& families, const char* name, const char* help, MetricType type,
         double value) {
    ClientMetric metric;
    (type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
    families.push_back({name, help, type, {metric}});
}

/// Fields of /proc/self/stat behind the name, which is in brackets and may hold anything; the first
/// of them is field 3 of proc(5).
std::vector<double> stat_fields() {
    std::ifstream file("/proc/self/stat");
    std::string text;
    std::getline(file, text);
    const auto name_end = text.rfind(')');
    std::vector<double> fields;
    if (name_end == std::string::npos) {
        return fields;
    }
    std::istringstream rest(text.substr(name_end + 1));
    std::string state;
    rest >> state;
    fields.push_back(0);
    double value = 0;
    while (rest >> value) {
        fields.push_back(value);
    }
    return fields;
}

std::optional<double> boot_time() {
    std::ifstream file("/proc/stat");
    std::string line;
    while (std::getline(file, line)) {
        if (line.starts_with("btime ")) {
            return std::stod(line.substr(6));
        }
    }
    return std::nullopt;
}

}  // namespace

std::vector<MetricFamily> process_figures() {
    // Positions in proc(5), less the three before the first field kept.
    constexpr std::size_t kUserTime = 11;
    constexpr std::size_t kSystemTime = 12;
    constexpr std::size_t kThreads = 17;
    constexpr std::size_t kStartTime = 19;
    constexpr std::size_t kVirtualBytes = 20;
    constexpr std::size_t kResidentPages = 21;

    std::vector<MetricFamily> families;
    const std::vector<double> fields = stat_fields();
    if (fields.size() > kResidentPages) {
        const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
        const auto page = static_cast<double>(sysconf(_SC_PAGESIZE));
        add(families, "process_resident_memory_bytes", "Resident memory size in bytes.",
            MetricType::Gauge, fields[kResidentPages] * page);
        add(families, "process_virtual_memory_bytes", "Virtual memory size in bytes.",
            MetricType::Gauge, fields[kVirtualBytes]);
        add(families, "process_cpu_seconds_total",
            "Total user and system CPU time spent in seconds.", MetricType::Counter,
            (fields[kUserTime] + fields[kSystemTime]) / ticks);
        add(families, "process_threads", "Number of threads.", MetricType::Gauge, fields[kThreads]);
        if (const auto boot = boot_time()) {
            add(families, "process_start_time_seconds",
                "Start time of the process since unix epoch in seconds.", MetricType::Gauge,
                *boot + fields[kStartTime] / ticks);
        }
    }
    std::error_code error;
    const std::filesystem::directory_iterator files("/proc/self/fd", error);
    if (!error) {
        double count = 0;
        for ([[maybe_unused]] const auto& file : files) {
            count += 1;
        }
        add(families, "process_open_fds", "Number of open file descriptors.", MetricType::Gauge,
            count);
    }
    return families;
}

}  // namespace parallax::service
