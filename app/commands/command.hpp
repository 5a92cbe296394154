#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace parallax::app {

/// What the command line asked for. Set once a subcommand was parsed.
struct CommandAction {
    /// Runs it and returns the exit code.
    std::function<int()> run;
    /// It makes a `StopSignals`, and the first signal asks it to stop, however early it comes. Any
    /// other command is ended by the first one.
    bool stops_when_asked = false;
    /// It is a service, which goes on when nobody reads what it says on standard error.
    bool outlives_its_log = false;
    /// Files and connections that it must be able to have open at once: libraries end the process
    /// where they cannot.
    std::uint64_t open_files = 64;

    template <class F>
    CommandAction& operator=(F action) {
        run = std::move(action);
        return *this;
    }
};

/// Exit codes of every command.
inline constexpr int kExitEqual = 0;
inline constexpr int kExitError = 1;
inline constexpr int kExitMismatch = 2;
inline constexpr int kExitInconclusive = 3;

/// Each adds its subcommand to `app`; parsing it sets `action`, which must outlive `app`.
void add_attach_command(CLI::App& app, CommandAction& action);
void add_replay_command(CLI::App& app, CommandAction& action);
void add_record_command(CLI::App& app, CommandAction& action);
void add_report_command(CLI::App& app, CommandAction& action);
void add_archive_command(CLI::App& app, CommandAction& action);
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

/// All of these.
void add_all_commands(CLI::App& app, CommandAction& action);

/// Every option of `app` and of its subcommands that takes a value.
[[nodiscard]] std::vector<CLI::Option*> options_with_values(const CLI::App& app);
/// Makes each of them refuse an empty value, by name: where a unit file or a script names a
/// variable that is not set, nothing may be switched off without a word.
void refuse_empty_values(const CLI::App& app);

/// Name, version and exit codes: what `parallax --help` says around the subcommands.
void describe_program(CLI::App& app);
/// The same for `parallaxd`.
void describe_daemon(CLI::App& app);

/// What `main` does: has `describe` add to the command line all that there is, parses it, and runs
/// what it asks for. Whatever is thrown, and what was printed and cannot be written, ends as a line
/// on standard error and `kExitError`.
[[nodiscard]] int run_program(const char* name, int argc, char** argv,
                              void (*describe)(CLI::App& app, CommandAction& action));

}  // namespace parallax::app
