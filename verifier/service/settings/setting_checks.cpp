#include "verifier/service/settings/setting_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace parallax::service {
namespace {

constexpr std::array<std::string_view, 4> kNetworks = {"mainnet", "testnet", "stagenet", "devnet"};

bool is_network(std::string_view name) {
    return std::find(kNetworks.begin(), kNetworks.end(), name) != kNetworks.end();
}

template <class List>
bool has(const List& list, std::string_view name) {
    return std::find(list.begin(), list.end(), name) != list.end();
}

}  // namespace

void SettingProblems::add(std::string_view where, std::string_view what, std::string_view remedy) {
    list_.push_back(fmt::format("{}: {}; {}", where, what, remedy));
}

void SettingProblems::demand_range(std::string_view where, std::uint64_t value, std::uint64_t low,
                                   std::uint64_t high) {
    if (value < low || value > high) {
        add(where, fmt::format("is {}", value),
            fmt::format("choose a number from {} to {}", low, high));
    }
}

void SettingProblems::demand_names(std::string_view where, std::string_view what,
                                   const std::vector<std::string>& names,
                                   const std::vector<std::string>& possible) {
    std::vector<std::string> seen;
    for (const std::string& name : names) {
        if (!has(possible, name)) {
            add(where, fmt::format("'{}' is no {}", name, what),
                fmt::format("choose from {}", fmt::join(possible, ", ")));
        } else if (has(seen, name)) {
            add(where, fmt::format("'{}' is named twice", name), "name each once");
        }
        seen.push_back(name);
    }
}

void check_network(std::string_view where, const ServiceConfiguration& configuration,
                   SettingProblems& problems) {
    if (!is_network(configuration.network)) {
        problems.add(where, fmt::format("'{}' is unknown", configuration.network),
                     fmt::format("choose from {}", fmt::join(kNetworks, ", ")));
    }
}

void check_profile(std::string_view where, const ServiceConfiguration& configuration,
                   SettingProblems& problems) {
    if (!has(problems.known.profiles, configuration.profile)) {
        problems.add(
            where, fmt::format("'{}' is unknown", configuration.profile),
            fmt::format("this program knows {}", fmt::join(problems.known.profiles, ", ")));
    }
}

void check_data_directory(std::string_view where, const ServiceConfiguration& configuration,
                          SettingProblems& problems) {
    if (configuration.data_directory.empty()) {
        problems.add(where, "is missing", "name the folder of state and journal");
    }
}

void check_listen(std::string_view where, const ServiceConfiguration& configuration,
                  SettingProblems& problems) {
    const std::string& listen = configuration.listen;
    if (!has_port(listen) && listen.substr(0, 5) != "unix:") {
        problems.add(where, fmt::format("'{}' is no address", listen),
                     "write host:port, as 127.0.0.1:9470");
    }
    if (!is_loopback(listen) && !configuration.tls.enabled() && !configuration.allow_insecure) {
        problems.add(where,
                     fmt::format("{} can be reached from other machines, unencrypted", listen),
                     "configure tls, listen on 127.0.0.1, or set allow_insecure");
    }
}

void check_metrics_listen(std::string_view where, const ServiceConfiguration& configuration,
                          SettingProblems& problems) {
    const std::string& metrics = configuration.metrics_listen;
    if (!metrics.empty() && !has_port(metrics)) {
        problems.add(where, fmt::format("'{}' is no address", metrics),
                     "write host:port, as 127.0.0.1:9464");
    }
    if (!metrics.empty() && !is_loopback(metrics) && !configuration.allow_insecure) {
        problems.add(where, fmt::format("{} can be reached from other machines", metrics),
                     "listen on 127.0.0.1, or set allow_insecure");
    }
}

void check_certificate(std::string_view /*where*/, const ServiceConfiguration& configuration,
                       SettingProblems& problems) {
    if (configuration.tls.certificate.empty() != configuration.tls.key.empty()) {
        problems.add("tls", "has only one of certificate and key", "give both, or none");
    }
}

void check_client_authority(std::string_view where, const ServiceConfiguration& configuration,
                            SettingProblems& problems) {
    if (!configuration.tls.client_authority.empty() && !configuration.tls.enabled()) {
        problems.add(where, "is given without a certificate",
                     "clients can only be asked for a certificate over TLS");
    }
}

void check_message_bytes(std::string_view where, const ServiceConfiguration& configuration,
                         SettingProblems& problems) {
    const ServiceLimits& limits = configuration.limits;
    if (limits.message_bytes < limits.block_bytes) {
        problems.add(where,
                     fmt::format("is {}, less than limits.block_bytes", limits.message_bytes),
                     "a block must fit into a message");
    }
}

void check_threads(std::string_view where, const ServiceConfiguration& configuration,
                   SettingProblems& problems) {
    const ServiceLimits& limits = configuration.limits;
    if (limits.threads < limits.streams + 4) {
        problems.add(where, fmt::format("is {}, for {} streams", limits.threads, limits.streams),
                     "allow four threads more than limits.streams, or no other call gets through");
    }
}

void check_test_mode(std::string_view where, const ServiceConfiguration& configuration,
                     SettingProblems& problems) {
    if (!configuration.verification.test_mode) {
        problems.add(where, "is false",
                     "there is no other mode: the control's result always stands");
    }
}

void check_min_transactions(std::string_view where, const ServiceConfiguration& configuration,
                            SettingProblems& problems) {
    for (const auto& [network, least] : configuration.verification.min_transactions) {
        if (!is_network(network)) {
            problems.add(fmt::format("{}.{}", where, network), "is no network",
                         fmt::format("choose from {}", fmt::join(kNetworks, ", ")));
        }
    }
}

void check_candidates(std::string_view where, const ServiceConfiguration& configuration,
                      SettingProblems& problems) {
    const std::vector<std::string>& candidates = configuration.verification.candidates;
    if (candidates.empty()) {
        problems.add(where, "is empty",
                     "name at least one executor, or set verification.enabled to false");
    }
    problems.demand_names(where, "executor", candidates, problems.known.executors);
}

void check_canary_interval(std::string_view where, const ServiceConfiguration& configuration,
                           SettingProblems& problems) {
    const CanarySettings& canary = configuration.verification.canary;
    if (canary.faults == CanarySettings{}.faults && canary.interval_blocks > 0 &&
        problems.known.faults.empty()) {
        problems.add(where, "is set where there is no fault to run", "set it to 0");
    }
}

void check_canary_faults(std::string_view where, const ServiceConfiguration& configuration,
                         SettingProblems& problems) {
    const CanarySettings& canary = configuration.verification.canary;
    if (canary.faults.empty()) {
        problems.add(where, "is empty",
                     "name at least one fault, or all, or set interval_blocks to 0");
    }
    if (canary.faults != CanarySettings{}.faults) {
        problems.demand_names(where, "fault that a canary can run", canary.faults,
                              problems.known.faults);
    }
}

}  // namespace parallax::service
