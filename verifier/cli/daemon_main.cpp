#include "executors/runtime/memory_policy.hpp"
#include "verifier/cli/daemon.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <exception>

namespace {

int run(int argc, char** argv) {
    CLI::App app;
    parallax::CommandAction action;
    parallax::describe_daemon(app);
    parallax::add_daemon_options(app, action);
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
        fmt::print(stderr, "parallaxd: {}\n", error.what());
    } catch (...) {
        fmt::print(stderr, "parallaxd: an unknown exception\n");
    }
    return parallax::kExitError;
}
