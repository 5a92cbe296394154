#include "app/commands/command.hpp"
#include "app/sidecar/sidecar_options.hpp"

#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdint>
#include <memory>

namespace parallax::app {
namespace {

struct StatusCommandOptions {
    service::SidecarTarget target;
    std::uint64_t timeout_ms = 10'000;
    bool memory = false;
    bool json = false;
};

int show_status(const StatusCommandOptions& command) {
    const auto client = service::OperatorClient::create(
        command.target, std::chrono::milliseconds(command.timeout_ms));
    const auto answer = client.ok() ? (*client)->status(command.memory) : client.status();
    const int code = print_answer("parallel-status", answer, command.json);
    return code == kExitEqual && !answer->serving ? kExitInconclusive : code;
}

}  // namespace

void add_parallel_status_command(CLI::App& app, CommandAction& action) {
    auto options = std::make_shared<StatusCommandOptions>();
    CLI::App* command = app.add_subcommand("parallel-status", "Say how a running sidecar is doing");
    add_sidecar_options(*command, options->target);
    add_timeout_option(*command, options->timeout_ms);
    command->add_flag("--memory", options->memory, "Also where its memory is");
    command->add_flag("--json", options->json, "As JSON");
    command->footer(
        "Exit codes: 0 it serves; 1 it cannot be reached, or usage error; 3 it answers, but does\n"
        "not serve: it is stuck, or the last blocks were not comparable.");
    command->callback([options, &action] { action = [options] { return show_status(*options); }; });
}

}  // namespace parallax::app
