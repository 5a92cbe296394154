#pragma once

#include "verifier/service/settings/settings_edit.hpp"
#include "verifier/service/telemetry/event_log.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace parallax::app {

/// What the command line of `parallaxd` says: a file, and what overrides it.
struct DaemonRequest {
    std::string configuration_file;
    std::string archive;
    service::LogLevel log_level = service::LogLevel::kInfo;
    std::shared_ptr<service::SettingsEdit> settings = std::make_shared<service::SettingsEdit>();
};

/// What the daemon is to do.
struct DaemonOptions {
    service::ServiceConfiguration configuration;
    std::string archive;
    service::LogLevel log_level = service::LogLevel::kInfo;
    /// Empty if everything is well.
    std::vector<std::string> problems;
};

/// Defines the options; `parsed` is called once they were read. `log_level` is what is logged
/// unless the user says otherwise.
void define_daemon_options(CLI::App& app, std::function<void(const DaemonRequest&)> parsed,
                           service::LogLevel log_level = service::LogLevel::kInfo);

/// Defaults, then the file, then the command line. `set_defaults` may put others in their place.
[[nodiscard]] DaemonOptions resolve(
    const DaemonRequest& request, const service::KnownNames& known,
    const std::function<void(service::ServiceConfiguration&)>& set_defaults = {});

}  // namespace parallax::app
