#pragma once

#include "app/commands/command.hpp"

namespace parallax::app {

/// Adds the options of `parallaxd` to `app`; running `action` runs the daemon until it is told to
/// stop, and gives its exit code: 0 after a clean stop, 1 if it could not start or go on.
void add_daemon_options(CLI::App& app, CommandAction& action);

}  // namespace parallax::app
