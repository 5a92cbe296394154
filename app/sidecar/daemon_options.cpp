#include "app/sidecar/daemon_options.hpp"

#include "verifier/service/loop/small_file.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>
#include <thread>
#include <utility>

namespace parallax::app {
namespace {

/// Takes what the command line gives; a name must be one that `find` knows, which the parser saw
/// to.
template <class T>
void override_with(const std::optional<T>& given, T& value) {
    if (given) {
        value = *given;
    }
}

model::SignaturePolicy signature_policy(const std::string& name) {
    return name == "off"    ? model::SignaturePolicy::kOff
           : name == "once" ? model::SignaturePolicy::kOnce
                            : model::SignaturePolicy::kPerLane;
}

service::LogLevel log_level(const std::string& name) {
    return name == "debug"     ? service::LogLevel::kDebug
           : name == "warning" ? service::LogLevel::kWarning
           : name == "error"   ? service::LogLevel::kError
                               : service::LogLevel::kInfo;
}

void override_service(const DaemonRequest& request, service::ServiceConfiguration& configuration) {
    override_with(request.data_directory, configuration.data_directory);
    override_with(request.network, configuration.network);
    override_with(request.listen, configuration.listen);
    override_with(request.metrics_listen, configuration.metrics_listen);
    override_with(request.token_file, configuration.token_file);
    override_with(request.tls_certificate, configuration.tls.certificate);
    override_with(request.tls_key, configuration.tls.key);
    override_with(request.tls_client_authority, configuration.tls.client_authority);
    override_with(request.isolate, configuration.isolate);
    if (request.failure_model) {
        configuration.failure_model = *protocol::find_failure_model(*request.failure_model);
    }
    if (request.signatures) {
        configuration.signatures = signature_policy(*request.signatures);
    }
}

void override_verification(const DaemonRequest& request,
                           service::ServiceConfiguration& configuration) {
    service::VerificationSettings& settings = configuration.verification;
    override_with(request.enabled, settings.enabled);
    override_with(request.contracts, settings.contracts);
    override_with(request.max_threads, settings.max_threads);
    override_with(request.block_time_limit_ms, settings.block_time_limit_ms);
    override_with(request.transaction_time_limit_ms, settings.transaction_time_limit_ms);
    if (request.rollout) {
        settings.rollout = *service::find_rollout(*request.rollout);
    }
    if (request.min_transactions) {
        settings.min_transactions[configuration.network] = *request.min_transactions;
    }
    if (!request.candidates.empty()) {
        settings.candidates = request.candidates;
    }
    override_with(request.canary_interval_blocks, settings.canary.interval_blocks);
    override_with(request.canary_alarm_within_ms, settings.canary.alarm_within_ms);
    if (!request.canary_faults.empty()) {
        settings.canary.faults = request.canary_faults;
    }
}

void read_file(const std::string& path, DaemonOptions& options) {
    const auto text = service::read_small_file(path, "--config");
    if (!text.ok()) {
        options.problems.emplace_back(text.status().message());
        return;
    }
    service::read_configuration(*text, options.configuration, options.problems);
}

void define_service_options(CLI::App& app, DaemonRequest& request) {
    app.add_option("--config", request.configuration_file,
                   "File in JSON; what is given here as an option wins");
    app.add_option("--data", request.data_directory,
                   "Folder of state and journal; made if missing");
    app.add_option("--network", request.network, "mainnet, testnet, stagenet or devnet");
    app.add_option("--failure-model", request.failure_model,
                   "What a failing transaction leaves behind")
        ->check(CLI::IsMember(
            std::vector<std::string>{"reject_block", "orphan_atomic", "orphan_partial"}));
    app.add_option("--archive", request.archive,
                   "Archive whose state an empty sidecar begins with");
    app.add_option("--listen", request.listen,
                   "Where feeders connect, as 127.0.0.1:9470; port 0 takes a free one");
    app.add_option("--metrics", request.metrics_listen,
                   "Where Prometheus reads, as 127.0.0.1:9464; nowhere unless given");
    app.add_option("--token-file", request.token_file,
                   "File with the token that calls need which change something");
    app.add_option("--tls-certificate", request.tls_certificate, "Certificate: TLS if given");
    app.add_option("--tls-key", request.tls_key, "Its key");
    app.add_option("--tls-client-authority", request.tls_client_authority,
                   "Authority whose certificate clients must show");
    app.add_option("--log-level", request.log_level, "debug, info, warning or error")
        ->capture_default_str()
        ->check(CLI::IsMember(std::vector<std::string>{"debug", "info", "warning", "error"}));
}

void define_verification_options(CLI::App& app, DaemonRequest& request) {
    app.add_option("--candidate", request.candidates, "Executor under test; repeat it for several")
        ->allow_extra_args(false);
    // A function: given a variable, the library sets it to 0 before anything was parsed.
    app.add_flag_function(
        "--isolate,!--no-isolate", [&request](std::int64_t count) { request.isolate = count > 0; },
        "Each candidate in a process of its own");
    app.add_option("--signatures", request.signatures,
                   "Verified in each lane, once for all lanes, or not at all")
        ->check(CLI::IsMember(std::vector<std::string>{"per-lane", "once", "off"}));
    app.add_option("--enabled", request.enabled, "Whether candidates are asked at all");
    app.add_option("--contracts", request.contracts,
                   "Whether candidates are asked for blocks that touch contracts");
    app.add_option("--rollout", request.rollout, "Sizes of blocks for which candidates are asked")
        ->check(CLI::IsMember(std::vector<std::string>{"under_50", "under_200", "all"}));
    app.add_option("--min-transactions", request.min_transactions,
                   "Fewest transactions of a block for which candidates are asked");
    app.add_option("--max-threads", request.max_threads, "Threads of each parallel executor");
    app.add_option("--block-time-limit-ms", request.block_time_limit_ms,
                   "Milliseconds that a candidate may take for a block; 0 is no limit");
    app.add_option("--transaction-time-limit-ms", request.transaction_time_limit_ms,
                   "Milliseconds per transaction of a block; 0 is no limit");
}

void define_canary_options(CLI::App& app, DaemonRequest& request) {
    app.add_option("--canary-interval-blocks", request.canary_interval_blocks,
                   "Blocks from one canary to the next; 0, as unless given, for none");
    app.add_option("--canary-fault", request.canary_faults,
                   "Fault that a canary runs, as selftest --list names it; repeat it for several "
                   "that take turns; all unless given")
        ->allow_extra_args(false);
    app.add_option("--canary-alarm-within-ms", request.canary_alarm_within_ms,
                   "Milliseconds within which a canary's alarm must be raised");
}

}  // namespace

void define_daemon_options(CLI::App& app, std::function<void(const DaemonRequest&)> parsed) {
    const auto request = std::make_shared<DaemonRequest>();
    define_service_options(app, *request);
    define_verification_options(app, *request);
    define_canary_options(app, *request);
    app.callback([request, parsed = std::move(parsed), &app] {
        if (app.get_subcommands().empty()) {
            parsed(*request);
        }
    });
}

DaemonOptions resolve(const DaemonRequest& request, const service::KnownNames& known) {
    DaemonOptions options;
    options.archive = request.archive;
    options.configuration.loads_archive = !request.archive.empty();
    options.log_level = log_level(request.log_level);
    options.configuration.verification.max_threads =
        std::max(1U, std::thread::hardware_concurrency());
    if (!request.configuration_file.empty()) {
        read_file(request.configuration_file, options);
    }
    override_service(request, options.configuration);
    override_verification(request, options.configuration);
    for (std::string& problem : service::find_problems(options.configuration, known)) {
        options.problems.push_back(std::move(problem));
    }
    return options;
}

}  // namespace parallax::app
