#pragma once

#include "verifier/service/settings/configuration.hpp"
#include "verifier/service/telemetry/event_log.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace parallax::app {

/// What the command line of `parallaxd` says: a file, and what overrides it.
struct DaemonRequest {
    std::string configuration_file;
    std::string archive;
    std::string log_level = "info";
    std::optional<std::string> data_directory;
    std::optional<std::string> network;
    std::optional<std::string> failure_model;
    std::optional<std::string> listen;
    std::optional<std::string> metrics_listen;
    std::optional<std::string> token_file;
    std::optional<std::string> tls_certificate;
    std::optional<std::string> tls_key;
    std::optional<std::string> tls_client_authority;
    std::optional<std::string> signatures;
    std::optional<bool> isolate;
    std::optional<bool> enabled;
    std::optional<bool> contracts;
    std::optional<std::string> rollout;
    std::optional<std::uint32_t> min_transactions;
    std::optional<std::uint32_t> max_threads;
    std::optional<std::uint64_t> block_time_limit_ms;
    std::optional<std::uint64_t> transaction_time_limit_ms;
    std::vector<std::string> candidates;
    std::optional<std::uint32_t> canary_interval_blocks;
    std::vector<std::string> canary_faults;
    std::optional<std::uint64_t> canary_alarm_within_ms;
};

/// What the daemon is to do.
struct DaemonOptions {
    service::ServiceConfiguration configuration;
    std::string archive;
    service::LogLevel log_level = service::LogLevel::kInfo;
    /// Empty if everything is well.
    std::vector<std::string> problems;
};

/// Defines the options; `parsed` is called once they were read.
void define_daemon_options(CLI::App& app, std::function<void(const DaemonRequest&)> parsed);

/// Defaults, then the file, then the command line.
[[nodiscard]] DaemonOptions resolve(const DaemonRequest& request, const service::KnownNames& known);

}  // namespace parallax::app
