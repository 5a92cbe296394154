#include "app/commands/command.hpp"
#include "app/files/open_files.hpp"
#include "app/terminal/standard_streams.hpp"
#include "app/terminal/stop_signals.hpp"
#include "executors/runtime/memory_policy.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>

namespace parallax::app {
namespace {

constexpr const char* kEmptyValue =
    "is empty; give it a value, or leave the option out (was a variable meant that is not set?)";

}  // namespace

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

void add_all_commands(CLI::App& app, CommandAction& action) {
    add_attach_command(app, action);
    add_replay_command(app, action);
    add_reproduce_command(app, action);
    add_shrink_command(app, action);
    add_twins_command(app, action);
    add_record_command(app, action);
    add_report_command(app, action);
    add_archive_command(app, action);
    add_generate_command(app, action);
    add_conformance_command(app, action);
    add_feed_command(app, action);
    add_parallel_status_command(app, action);
    add_parallel_config_command(app, action);
    add_parallel_stats_command(app, action);
    add_fetch_bundle_command(app, action);
    add_explore_command(app, action);
    add_selftest_command(app, action);
    add_executor_host_command(app, action);
}

std::vector<CLI::Option*> options_with_values(const CLI::App& app) {
    std::vector<CLI::Option*> found;
    for (const CLI::Option* option : app.get_options()) {
        if (option->get_items_expected_max() > 0) {
            // Its owner gives it away as constant only.
            found.push_back(const_cast<CLI::Option*>(option));
        }
    }
    for (const CLI::App* command : app.get_subcommands({})) {
        const auto more = options_with_values(*command);
        found.insert(found.end(), more.begin(), more.end());
    }
    return found;
}

void refuse_empty_values(const CLI::App& app) {
    for (CLI::Option* option : options_with_values(app)) {
        option->check(CLI::Validator(
            [](const std::string& value) {
                return value.empty() ? std::string(kEmptyValue) : std::string();
            },
            ""));
    }
}

namespace {

/// The parser takes the word that follows `--name=` for the value.
std::string find_empty_value(const CLI::App& app, int argc, char** argv) {
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        if (word == "--") {
            break;
        }
        for (const CLI::Option* option : options_with_values(app)) {
            for (const std::string& name : option->get_lnames()) {
                if (word == "--" + name + "=") {
                    return fmt::format("--{}: {}", name, kEmptyValue);
                }
            }
        }
    }
    return "";
}

int parse_and_run(const char* name, int argc, char** argv,
                  void (*describe)(CLI::App& app, CommandAction& action), CommandAction& action) {
    CLI::App app;
    describe(app, action);
    refuse_empty_values(app);
    if (const std::string empty = find_empty_value(app, argc, argv); !empty.empty()) {
        fmt::print(stderr, "{}: {}\n", name, empty);
        return kExitError;
    }
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? kExitEqual : kExitError;
    }
    if (auto status = reserve_open_files(action.open_files); !status.ok()) {
        fmt::print(stderr, "{}: {}\n", name, std::string(status.message()));
        return kExitError;
    }
    if (!action.stops_when_asked) {
        end_at_stop_signals();
    }
    return action.run();
}

/// A line on standard error. It cannot throw: what would be left to be told, and to whom?
void complain(const char* name, const char* what) {
    std::fprintf(stderr, "%s: %s\n", name, what);
}

}  // namespace

int run_program(const char* name, int argc, char** argv,
                void (*describe)(CLI::App& app, CommandAction& action)) {
    begin_program();
    executors::runtime::keep_freed_memory();
    int code = kExitError;
    CommandAction action;
    try {
        code = parse_and_run(name, argc, argv, describe, action);
    } catch (const std::exception& error) {
        // Where it was the printing that failed, that is told below.
        if (std::ferror(stdout) == 0 && std::ferror(stderr) == 0) {
            complain(name, error.what());
        }
    } catch (...) {
        complain(name, "an unknown exception");
    }
    const bool told =
        finish_standard_output(name) && (action.outlives_its_log || finish_standard_error());
    return told ? code : kExitError;
}

}  // namespace parallax::app
