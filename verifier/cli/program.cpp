#include "executors/runtime/memory_policy.hpp"
#include "verifier/cli/command.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <string>

namespace parallax {

void describe_program(CLI::App& app) {
    app.description(
        "Runs the blocks of a TOS chain through a sequential executor and through parallel ones,\n"
        "on the same snapshot of state, and says exactly where and why they differ.");
    app.footer(
        "Exit codes of every command:\n"
        "  0  all compared and equal\n"
        "  1  tool or usage error\n"
        "  2  mismatch\n"
        "  3  inconclusive, incomplete, or nothing compared");
    app.set_version_flag("--version", std::string("parallax ") + PARALLAX_VERSION);
    app.set_help_all_flag("--help-all", "Print the help of every command and exit");
    app.require_subcommand(1);
}

void describe_daemon(CLI::App& app) {
    app.description(
        "The sidecar of a TOS node: takes blocks over gRPC in executed order, verifies each in "
        "the\n"
        "node's shadow, and answers with verdicts that are durable. docs/SIDECAR.md says how.");
    app.footer(
        "Options win over the configuration file. SIGTERM and SIGINT finish the block in "
        "progress;\n"
        "a second one kills. Exit codes: 0 stopped as asked; 1 could not start, or not go on.");
    app.set_version_flag("--version", std::string("parallaxd ") + PARALLAX_VERSION);
    app.require_subcommand(0, 1);
}

int run_program(const char* name, int argc, char** argv,
                void (*describe)(CLI::App& app, CommandAction& action)) {
    keep_freed_memory();
    try {
        CLI::App app;
        CommandAction action;
        describe(app, action);
        try {
            app.parse(argc, argv);
        } catch (const CLI::ParseError& error) {
            return app.exit(error) == 0 ? kExitEqual : kExitError;
        }
        return action();
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}: {}\n", name, error.what());
    } catch (...) {
        fmt::print(stderr, "{}: an unknown exception\n", name);
    }
    return kExitError;
}

}  // namespace parallax
