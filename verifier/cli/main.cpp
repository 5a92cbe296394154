#include "verifier/cli/command.hpp"
#include "verifier/cli/early_start.hpp"

namespace {

void describe(CLI::App& app, parallax::CommandAction& action) {
    parallax::describe_program(app);
    parallax::add_all_commands(app, action);
}

}  // namespace

int main(int argc, char** argv) {
    return parallax::run_program("parallax", argc, argv, describe);
}
