#include "app/early_start.hpp"
#include "app/sidecar/daemon.hpp"

namespace {

void describe(CLI::App& app, parallax::app::CommandAction& action) {
    parallax::app::describe_daemon(app);
    parallax::app::add_daemon_options(app, action);
    parallax::app::add_executor_host_command(app, action);
}

}  // namespace

int main(int argc, char** argv) {
    return parallax::app::run_program("parallaxd", argc, argv, describe);
}
