#include "executors/runtime/memory_policy.hpp"
#include "verifier/cli/command.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <exception>

namespace {

int run(int argc, char** argv) {
    CLI::App app;
    parallax::CommandAction action;
    parallax::describe_program(app);
    parallax::add_replay_command(app, action);
    parallax::add_reproduce_command(app, action);
    parallax::add_shrink_command(app, action);
    parallax::add_twins_command(app, action);
    parallax::add_report_command(app, action);
    parallax::add_generate_command(app, action);
    parallax::add_conformance_command(app, action);
    parallax::add_feed_command(app, action);
    parallax::add_parallel_status_command(app, action);
    parallax::add_parallel_config_command(app, action);
    parallax::add_parallel_stats_command(app, action);
    parallax::add_fetch_bundle_command(app, action);
    parallax::add_explore_command(app, action);
    parallax::add_selftest_command(app, action);
    parallax::add_executor_host_command(app, action);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? parallax::kExitEqual : parallax::kExitError;
    }
    return action();
}

}  // namespace

int main(int argc, char** argv) {
    parallax::keep_freed_memory();
    try {
        return run(argc, argv);
    } catch (const std::exception& error) {
        fmt::print(stderr, "parallax: {}\n", error.what());
    } catch (...) {
        fmt::print(stderr, "parallax: an unknown exception\n");
    }
    return parallax::kExitError;
}
