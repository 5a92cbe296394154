#include "app/commands/command.hpp"
#include "app/sidecar/sidecar_options.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <memory>

namespace parallax::app {
namespace {

struct ConfigCommandOptions {
    service::SidecarTarget target;
    std::uint64_t timeout_ms = 10'000;
    service::ConfigurationEdit edit;
    bool pause = false;
    bool resume = false;
    std::string reason = "parallax parallel-config";
    bool json = false;
};

absl::StatusOr<service::OperatorAnswer> configure(const ConfigCommandOptions& command) {
    if ((command.pause || command.resume) && !command.edit.empty()) {
        return absl::InvalidArgumentError("--pause and --resume come without other changes");
    }
    const auto client = service::OperatorClient::create(
        command.target, std::chrono::milliseconds(command.timeout_ms));
    if (!client.ok()) {
        return client.status();
    }
    if (command.pause || command.resume) {
        return (*client)->set_paused(command.pause, command.reason);
    }
    return command.edit.empty() ? (*client)->configuration()
                                : (*client)->change(command.edit, command.reason);
}

void add_edit_options(CLI::App& command, service::ConfigurationEdit& edit) {
    constexpr const char* kGroup = "Changes";
    const auto option = [&](const char* name, auto& value, const char* text) {
        return command.add_option(name, value, text)->group(kGroup);
    };
    option("--enabled", edit.enabled, "Whether candidates are asked at all: true or false");
    option("--min-batch-size,--min-transactions", edit.min_transactions,
           "Fewest transactions of a block for which candidates are asked");
    option("--rollout", edit.rollout, "Blocks for which candidates are asked, by transactions")
        ->check(CLI::IsMember(std::vector<std::string>{"under_50", "under_200", "all"}));
    option("--max-threads", edit.max_threads, "Threads of each parallel executor")
        ->check(CLI::Range(1, 256));
    option("--contracts", edit.contracts, "Whether for blocks with contracts, too: true or false");
    option("--candidate", edit.candidates, "Executor under test; repeat it for several")
        ->allow_extra_args(false);
    option("--block-time-limit-ms", edit.block_time_limit_ms,
           "Milliseconds that a candidate may take for a block; 0 is no limit");
    option("--transaction-time-limit-ms", edit.transaction_time_limit_ms,
           "Milliseconds for each transaction of a block, on average; 0 is no limit");
    option("--circuit-failures", edit.circuit_failures,
           "Failures in a row that open a candidate's circuit; 0 turns the breaker off");
    option("--circuit-open-blocks", edit.circuit_open_blocks, "Blocks that an open circuit skips");
    option("--circuit-trial-blocks", edit.circuit_trial_blocks,
           "Blocks without failure that close it again");
    option("--canary-interval-blocks", edit.canary_interval_blocks,
           "Blocks from one canary to the next; 0 for none");
    option("--canary-fault", edit.canary_faults,
           "Fault that a canary runs; repeat it for several; all for every one")
        ->allow_extra_args(false);
    option("--canary-alarm-within-ms", edit.canary_alarm_within_ms,
           "Milliseconds within which a canary's alarm must be raised");
}

}  // namespace

void add_parallel_config_command(CLI::App& app, CommandAction& action) {
    auto options = std::make_shared<ConfigCommandOptions>();
    CLI::App* command = app.add_subcommand(
        "parallel-config", "Show or change how a running sidecar verifies, from the next block on");
    add_sidecar_options(*command, options->target);
    add_timeout_option(*command, options->timeout_ms);
    add_edit_options(*command, options->edit);
    auto* pause = command->add_flag("--pause", options->pause, "Take no further block");
    command->add_flag("--resume", options->resume, "Go on after --pause")->excludes(pause);
    command->add_option("--reason", options->reason, "Why, for the sidecar's log and journal")
        ->capture_default_str();
    command->add_flag("--json", options->json, "As JSON");
    command->footer(
        "Without a change it shows what is in force. Exit codes: 0 done; 1 it cannot be reached,\n"
        "the change was refused (every problem is named, and nothing is changed), or usage error.");
    command->callback([options, &action] {
        action = [options] {
            return print_answer("parallel-config", configure(*options), options->json);
        };
    });
}

}  // namespace parallax::app
