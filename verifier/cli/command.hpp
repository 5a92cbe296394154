#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace parallax {

/// What the command line asked for: runs it and returns the exit code. Empty until a subcommand
/// was parsed.
using CommandAction = std::function<int()>;

/// Exit codes of every command.
inline constexpr int kExitEqual = 0;
inline constexpr int kExitError = 1;
inline constexpr int kExitMismatch = 2;
inline constexpr int kExitInconclusive = 3;

/// Each adds its subcommand to `app`; parsing it sets `action`, which must outlive `app`.
void add_replay_command(CLI::App& app, CommandAction& action);
void add_report_command(CLI::App& app, CommandAction& action);
void add_generate_command(CLI::App& app, CommandAction& action);
void add_reproduce_command(CLI::App& app, CommandAction& action);
void add_shrink_command(CLI::App& app, CommandAction& action);
void add_twins_command(CLI::App& app, CommandAction& action);
void add_conformance_command(CLI::App& app, CommandAction& action);
void add_feed_command(CLI::App& app, CommandAction& action);
void add_parallel_status_command(CLI::App& app, CommandAction& action);
void add_parallel_config_command(CLI::App& app, CommandAction& action);
void add_parallel_stats_command(CLI::App& app, CommandAction& action);
void add_fetch_bundle_command(CLI::App& app, CommandAction& action);
void add_explore_command(CLI::App& app, CommandAction& action);
void add_selftest_command(CLI::App& app, CommandAction& action);
/// Hidden: what `replay` starts for each isolated candidate.
void add_executor_host_command(CLI::App& app, CommandAction& action);

/// Name, version and exit codes: what `parallax --help` says around the subcommands.
void describe_program(CLI::App& app);
/// The same for `parallaxd`.
void describe_daemon(CLI::App& app);

/// What `main` does: has `describe` add to the command line all that there is, parses it, and runs
/// what it asks for. Whatever is thrown ends as a line on standard error and `kExitError`.
[[nodiscard]] int run_program(const char* name, int argc, char** argv,
                              void (*describe)(CLI::App& app, CommandAction& action));

}  // namespace parallax
