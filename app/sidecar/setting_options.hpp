#pragma once

#include "verifier/service/settings/settings_edit.hpp"

#include <memory>
#include <string>

namespace CLI {
class App;
}

namespace parallax::app {

/// Which settings a command line can give.
enum class OfferedSettings { kAll, kLive };

/// Adds an option for each of these that has one in the table of settings, in its order and in the
/// help's `group`. Parsing puts what is given into `edit`, which the options keep alive.
void add_setting_options(CLI::App& app, OfferedSettings offered, const std::string& group,
                         const std::shared_ptr<service::SettingsEdit>& edit);

}  // namespace parallax::app
