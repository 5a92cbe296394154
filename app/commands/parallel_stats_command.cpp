#include "app/commands/command.hpp"
#include "app/sidecar/sidecar_options.hpp"

#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdint>
#include <memory>

namespace parallax::app {
namespace {

struct StatsCommandOptions {
    service::SidecarTarget target;
    std::uint64_t timeout_ms = 10'000;
    service::StatisticsView view;
    bool json = false;
};

int show_statistics(const StatsCommandOptions& command) {
    const auto client = service::OperatorClient::create(
        command.target, std::chrono::milliseconds(command.timeout_ms));
    return print_answer("parallel-stats",
                        client.ok() ? (*client)->statistics(command.view) : client.status(),
                        command.json);
}

}  // namespace

void add_parallel_stats_command(CLI::App& app, CommandAction& action) {
    auto options = std::make_shared<StatsCommandOptions>();
    CLI::App* command = app.add_subcommand(
        "parallel-stats", "Show the last blocks of a running sidecar: verdicts, speed-up, caches");
    add_sidecar_options(*command, options->target);
    add_timeout_option(*command, options->timeout_ms);
    command->add_option("--last", options->view.last, "How many blocks")
        ->capture_default_str()
        ->check(CLI::Range(1, 10'000));
    command->add_flag("--errors", options->view.errors,
                      "Errors by code and reason; of the blocks only those that are no match");
    command->add_flag("--memory", options->view.memory, "Also where its memory is");
    command->add_flag("--json", options->json, "As JSON, everything in it");
    command->footer(
        "Exit codes: 0 it answered; 1 it cannot be reached, or usage error. What the verdicts "
        "were\n"
        "does not matter here: parallel-status and the metrics are for that.");
    command->callback(
        [options, &action] { action = [options] { return show_statistics(*options); }; });
}

}  // namespace parallax::app
