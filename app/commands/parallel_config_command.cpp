#include "app/commands/command.hpp"
#include "app/sidecar/setting_options.hpp"
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
    std::shared_ptr<service::SettingsEdit> edit = std::make_shared<service::SettingsEdit>();
    bool pause = false;
    bool resume = false;
    std::string reason = "parallax parallel-config";
    bool json = false;
};

absl::StatusOr<service::OperatorAnswer> configure(const ConfigCommandOptions& command) {
    if ((command.pause || command.resume) && !command.edit->empty()) {
        return absl::InvalidArgumentError("--pause and --resume come without other changes");
    }
    if (const auto problems = command.edit->out_of_range(); !problems.empty()) {
        return absl::InvalidArgumentError(fmt::format("{}", fmt::join(problems, "\n  ")));
    }
    const auto client = service::OperatorClient::create(
        command.target, std::chrono::milliseconds(command.timeout_ms));
    if (!client.ok()) {
        return client.status();
    }
    if (command.pause || command.resume) {
        return (*client)->set_paused(command.pause, command.reason);
    }
    return command.edit->empty() ? (*client)->configuration()
                                 : (*client)->change(*command.edit, command.reason);
}

}  // namespace

void add_parallel_config_command(CLI::App& app, CommandAction& action) {
    auto options = std::make_shared<ConfigCommandOptions>();
    CLI::App* command = app.add_subcommand(
        "parallel-config", "Show or change how a running sidecar verifies, from the next block on");
    add_sidecar_options(*command, options->target);
    add_timeout_option(*command, options->timeout_ms);
    add_setting_options(*command, OfferedSettings::kLive, "Changes", options->edit);
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
