#include "verifier/service/settings/configuration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace parallax::service {
namespace {

constexpr std::uint32_t kMaxThreads = 256;
/// A day: what is longer is no limit, which is 0.
constexpr std::uint64_t kMaxTimeLimitMs = 86'400'000;
constexpr std::array<std::string_view, 4> kNetworks = {"mainnet", "testnet", "stagenet", "devnet"};

/// Collects problems: each says where, what, and what to do.
class Problems {
  public:
    explicit Problems(std::vector<std::string>& list) : list_(list) {}
    void add(std::string_view where, std::string_view what, std::string_view remedy) {
        list_.push_back(fmt::format("{}: {}; {}", where, what, remedy));
    }
    void demand_range(std::string_view where, std::uint64_t value, std::uint64_t low,
                      std::uint64_t high) {
        if (value < low || value > high) {
            add(where, fmt::format("is {}", value),
                fmt::format("choose a number from {} to {}", low, high));
        }
    }

  private:
    std::vector<std::string>& list_;
};

/// Each name must be `known`, which is a list of `what`, and be there once.
void check_names(std::string_view where, std::string_view what,
                 const std::vector<std::string>& names, const std::vector<std::string>& known,
                 Problems& problems) {
    std::vector<std::string> seen;
    for (const std::string& name : names) {
        if (std::find(known.begin(), known.end(), name) == known.end()) {
            problems.add(where, fmt::format("'{}' is no {}", name, what),
                         fmt::format("choose from {}", fmt::join(known, ", ")));
        } else if (std::find(seen.begin(), seen.end(), name) != seen.end()) {
            problems.add(where, fmt::format("'{}' is named twice", name), "name each once");
        }
        seen.push_back(name);
    }
}

void check_candidates(const VerificationSettings& settings,
                      const std::vector<std::string>& executors, Problems& problems) {
    if (settings.candidates.empty()) {
        problems.add("verification.candidates", "is empty",
                     "name at least one executor, or set verification.enabled to false");
    }
    check_names("verification.candidates", "executor", settings.candidates, executors, problems);
}

void check_canary(const CanarySettings& settings, const std::vector<std::string>& faults,
                  Problems& problems) {
    problems.demand_range("verification.canary.interval_blocks", settings.interval_blocks, 0,
                          1'000'000'000);
    problems.demand_range("verification.canary.alarm_within_ms", settings.alarm_within_ms, 1,
                          3'600'000);
    if (settings.faults.empty()) {
        problems.add("verification.canary.faults", "is empty",
                     "name at least one fault, or all, or set interval_blocks to 0");
    }
    if (settings.faults != CanarySettings{}.faults) {
        check_names("verification.canary.faults", "fault that a canary can run", settings.faults,
                    faults, problems);
    } else if (settings.interval_blocks > 0 && faults.empty()) {
        problems.add("verification.canary.interval_blocks", "is set where there is no fault to run",
                     "set it to 0");
    }
}

void check_limits(const ServiceLimits& limits, Problems& problems) {
    problems.demand_range("limits.message_bytes", limits.message_bytes, 4096, 1U << 30);
    problems.demand_range("limits.block_bytes", limits.block_bytes, 1, 1'310'720);
    problems.demand_range("limits.transactions", limits.transactions, 1, 10'000);
    problems.demand_range("limits.streams", limits.streams, 2, 1024);
    problems.demand_range("limits.queue_blocks", limits.queue_blocks, 1, 1'000'000);
    problems.demand_range("limits.queue_bytes", limits.queue_bytes, 1, 1ULL << 40);
    problems.demand_range("limits.unread_answers", limits.unread_answers, 16, 1'000'000);
    problems.demand_range("limits.unread_answer_bytes", limits.unread_answer_bytes, 65'536,
                          1ULL << 40);
    problems.demand_range("limits.threads", limits.threads, 6, 4096);
    problems.demand_range("limits.connections", limits.connections, 4, 4096);
    problems.demand_range("limits.load_idle_ms", limits.load_idle_ms, 100, 3'600'000);
    problems.demand_range("limits.retry_after_ms", limits.retry_after_ms, 1, 3'600'000);
    if (limits.message_bytes < limits.block_bytes) {
        problems.add("limits.message_bytes",
                     fmt::format("is {}, less than limits.block_bytes", limits.message_bytes),
                     "a block must fit into a message");
    }
    if (limits.threads < limits.streams + 4) {
        problems.add("limits.threads",
                     fmt::format("is {}, for {} streams", limits.threads, limits.streams),
                     "allow four threads more than limits.streams, or no other call gets through");
    }
}

void check_safety(const ServiceConfiguration& configuration, Problems& problems) {
    const TlsSettings& tls = configuration.tls;
    if (tls.certificate.empty() != tls.key.empty()) {
        problems.add("tls", "has only one of certificate and key", "give both, or none");
    }
    if (!tls.client_authority.empty() && !tls.enabled()) {
        problems.add("tls.client_authority", "is given without a certificate",
                     "clients can only be asked for a certificate over TLS");
    }
    if (!has_port(configuration.listen) && configuration.listen.substr(0, 5) != "unix:") {
        problems.add("listen", fmt::format("'{}' is no address", configuration.listen),
                     "write host:port, as 127.0.0.1:9470");
    }
    const std::string& metrics = configuration.metrics_listen;
    if (!metrics.empty() && !has_port(metrics)) {
        problems.add("metrics_listen", fmt::format("'{}' is no address", metrics),
                     "write host:port, as 127.0.0.1:9464");
    }
    if (!metrics.empty() && !is_loopback(metrics) && !configuration.allow_insecure) {
        problems.add("metrics_listen",
                     fmt::format("{} can be reached from other machines", metrics),
                     "listen on 127.0.0.1, or set allow_insecure");
    }
    if (!is_loopback(configuration.listen) && !tls.enabled() && !configuration.allow_insecure) {
        problems.add(
            "listen",
            fmt::format("{} can be reached from other machines, unencrypted", configuration.listen),
            "configure tls, listen on 127.0.0.1, or set allow_insecure");
    }
}

}  // namespace

std::string_view rollout_name(Rollout rollout) noexcept {
    switch (rollout) {
        case Rollout::kUnder50:
            return "under_50";
        case Rollout::kUnder200:
            return "under_200";
        case Rollout::kAll:
            return "all";
    }
    return "unknown";
}

std::optional<Rollout> find_rollout(std::string_view name) noexcept {
    for (const Rollout rollout : {Rollout::kUnder50, Rollout::kUnder200, Rollout::kAll}) {
        if (rollout_name(rollout) == name) {
            return rollout;
        }
    }
    return std::nullopt;
}

core::StoreIdentity ServiceConfiguration::store_identity() const {
    // The failure model is part of what a state is the result of.
    return {network, fmt::format("{}/{}", profile, protocol::failure_model_name(failure_model))};
}

std::vector<std::string> find_problems(const VerificationSettings& settings,
                                       const KnownNames& known) {
    std::vector<std::string> list;
    Problems problems(list);
    if (!settings.test_mode) {
        problems.add("verification.test_mode", "is false",
                     "there is no other mode: the control's result always stands");
    }
    for (const auto& [network, least] : settings.min_transactions) {
        const std::string where = fmt::format("verification.min_transactions.{}", network);
        if (std::find(kNetworks.begin(), kNetworks.end(), network) == kNetworks.end()) {
            problems.add(where, "is no network",
                         fmt::format("choose from {}", fmt::join(kNetworks, ", ")));
        }
        problems.demand_range(where, least, 0, 10'000);
    }
    problems.demand_range("verification.max_threads", settings.max_threads, 1, kMaxThreads);
    check_candidates(settings, known.executors, problems);
    check_canary(settings.canary, known.faults, problems);
    problems.demand_range("verification.block_time_limit_ms", settings.block_time_limit_ms, 0,
                          kMaxTimeLimitMs);
    problems.demand_range("verification.transaction_time_limit_ms",
                          settings.transaction_time_limit_ms, 0, kMaxTimeLimitMs);
    const CircuitBreakerSettings& breaker = settings.circuit_breaker;
    if (breaker.failures > 0) {
        problems.demand_range("verification.circuit_breaker.open_blocks", breaker.open_blocks, 1,
                              1'000'000'000);
        problems.demand_range("verification.circuit_breaker.trial_blocks", breaker.trial_blocks, 1,
                              1'000'000'000);
    }
    return list;
}

std::vector<std::string> find_problems(const ServiceConfiguration& configuration,
                                       const KnownNames& known) {
    std::vector<std::string> list = find_problems(configuration.verification, known);
    Problems problems(list);
    if (std::find(known.profiles.begin(), known.profiles.end(), configuration.profile) ==
        known.profiles.end()) {
        problems.add("chain.profile", fmt::format("'{}' is unknown", configuration.profile),
                     fmt::format("this program knows {}", fmt::join(known.profiles, ", ")));
    }
    if (std::find(kNetworks.begin(), kNetworks.end(), configuration.network) == kNetworks.end()) {
        problems.add("chain.network", fmt::format("'{}' is unknown", configuration.network),
                     fmt::format("choose from {}", fmt::join(kNetworks, ", ")));
    }
    if (configuration.data_directory.empty()) {
        problems.add("data_directory", "is missing", "name the folder of state and journal");
    }
    problems.demand_range("store.undo_window", configuration.undo_window, 1, 1'000'000);
    problems.demand_range("bundles.count", configuration.bundles.count, 0, 10'000);
    problems.demand_range("health.stuck_seconds", configuration.health.stuck_seconds, 1, 86'400);
    check_limits(configuration.limits, problems);
    check_safety(configuration, problems);
    return list;
}

std::vector<std::string> changed_members(const VerificationSettings& before,
                                         const VerificationSettings& after) {
    std::vector<std::string> names;
    const auto note = [&](const char* name, bool equal) {
        if (!equal) {
            names.emplace_back(name);
        }
    };
    note("enabled", before.enabled == after.enabled);
    note("test_mode", before.test_mode == after.test_mode);
    note("min_transactions", before.min_transactions == after.min_transactions);
    note("rollout", before.rollout == after.rollout);
    note("max_threads", before.max_threads == after.max_threads);
    note("contracts", before.contracts == after.contracts);
    note("candidates", before.candidates == after.candidates);
    note("block_time_limit_ms", before.block_time_limit_ms == after.block_time_limit_ms);
    note("transaction_time_limit_ms",
         before.transaction_time_limit_ms == after.transaction_time_limit_ms);
    note("circuit_breaker", before.circuit_breaker == after.circuit_breaker);
    note("canary", before.canary == after.canary);
    return names;
}

bool has_port(std::string_view listen) noexcept {
    const auto colon = listen.rfind(':');
    std::uint16_t port = 0;
    if (colon == std::string_view::npos || colon == 0) {
        return false;
    }
    const char* const end = listen.data() + listen.size();
    const auto parsed = std::from_chars(listen.data() + colon + 1, end, port);
    return parsed.ec == std::errc() && parsed.ptr == end;
}

bool is_loopback(std::string_view listen) noexcept {
    for (const std::string_view prefix : {"unix:", "[::1]:", "localhost:"}) {
        if (listen.substr(0, prefix.size()) == prefix) {
            return true;
        }
    }
    // Digits and dots only: a host name may begin with 127 as well.
    const std::string_view host = listen.substr(0, listen.find(':'));
    return host.substr(0, 4) == "127." && std::all_of(host.begin(), host.end(), [](char c) {
               return (c >= '0' && c <= '9') || c == '.';
           });
}

}  // namespace parallax::service
