#include "verifier/cli/daemon.hpp"
#include "verifier/cli/early_start.hpp"

namespace {

void describe(CLI::App& app, parallax::CommandAction& action) {
    parallax::describe_daemon(app);
    parallax::add_daemon_options(app, action);
    parallax::add_executor_host_command(app, action);
}

}  // namespace

int main(int argc, char** argv) {
    return parallax::run_program("parallaxd", argc, argv, describe);
}
