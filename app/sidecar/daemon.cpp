#include "app/sidecar/daemon.hpp"

#include "app/lanes/executor_registry.hpp"
#include "app/protocols.hpp"
#include "app/sidecar/archive_state.hpp"
#include "app/sidecar/daemon_options.hpp"
#include "app/sidecar/sidecar_canaries.hpp"
#include "app/sidecar/sidecar_host.hpp"
#include "app/terminal/stop_signals.hpp"
#include "verifier/service/loop/verify_loop.hpp"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace parallax::app {
namespace {

constexpr std::chrono::milliseconds kSignalPoll{50};

int fail(const absl::Status& status) {
    fmt::print(stderr, "parallaxd: {}\n", std::string(status.message()));
    return kExitError;
}

/// Until a signal or the loop's end, and then until all of it has ended.
absl::Status wait_for_end(SidecarHost& host, const StopSignals& stop, service::EventLog& log) {
    while (!stop.requested() && !host.failed()) {
        std::this_thread::sleep_for(kSignalPoll);
    }
    log.info("stopping", {{"why", host.failed() ? "the loop has failed" : "a signal"}});
    return host.stop();
}

absl::Status serve(const DaemonOptions& options, SidecarHost& host, const StopSignals& stop,
                   service::EventLog& log) {
    if (auto status = host.start(); !status.ok()) {
        return status;
    }
    if (auto status = load_archive(options.archive, options.configuration, host.store(),
                                   stop.requested(), host.sidecar().loop());
        !status.ok() && !stop.requested()) {
        return status;
    }
    return wait_for_end(host, stop, log);
}

absl::Status run(const DaemonOptions& options) {
    const StopSignals stop;
    service::EventLog log(stderr, options.log_level);
    const service::ServiceConfiguration& configuration = options.configuration;
    const auto host = SidecarHost::open(configuration, log);
    if (!host.ok()) {
        return host.status();
    }
    if (auto status =
            check_archive(options.archive, configuration, (*host)->store(), stop.requested(), log);
        !status.ok()) {
        return status;
    }
    return serve(options, **host, stop, log);
}

int report_problems(const std::vector<std::string>& problems) {
    fmt::print(stderr, "parallaxd: {} problems in the configuration\n", problems.size());
    for (const std::string& problem : problems) {
        fmt::print(stderr, "  {}\n", problem);
    }
    return kExitError;
}

}  // namespace

void add_daemon_options(CLI::App& app, CommandAction& action) {
    define_daemon_options(app, [&action](const DaemonRequest& request) {
        action = [request] {
            const auto options = resolve(request, {candidate_names(), SidecarCanaries().faults(),
                                                   all_protocols().profiles()});
            if (!options.problems.empty()) {
                return report_problems(options.problems);
            }
            const auto status = run(options);
            return status.ok() ? kExitEqual : fail(status);
        };
        action.stops_when_asked = true;
        action.outlives_its_log = true;
    });
}

}  // namespace parallax::app
