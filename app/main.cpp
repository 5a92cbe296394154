#include "app/commands/command.hpp"
#include "app/early_start.hpp"

namespace {

void describe(CLI::App& app, parallax::app::CommandAction& action) {
    parallax::app::describe_program(app);
    parallax::app::add_all_commands(app, action);
}

}  // namespace

int main(int argc, char** argv) {
    return parallax::app::run_program("parallax", argc, argv, describe);
}
