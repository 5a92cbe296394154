#include "verifier/cli/command.hpp"

#include <CLI/CLI.hpp>

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

}  // namespace parallax
