#include "verifier/cli/command.hpp"

namespace {

void describe(CLI::App& app, parallax::CommandAction& action) {
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
}

}  // namespace

int main(int argc, char** argv) {
    return parallax::run_program("parallax", argc, argv, describe);
}
