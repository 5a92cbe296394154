#include "app/sidecar/daemon_options.hpp"

#include "app/commands/choice_option.hpp"
#include "app/protocols.hpp"
#include "app/sidecar/setting_options.hpp"
#include "verifier/service/loop/small_file.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <thread>
#include <utility>

namespace parallax::app {
namespace {

void read_file(const std::string& path, DaemonOptions& options) {
    const auto text = service::read_small_file(path, "--config");
    if (!text.ok()) {
        options.problems.emplace_back(text.status().message());
        return;
    }
    service::read_configuration(*text, options.configuration, options.problems);
}

/// A chain may have one failure model only, whatever is asked for.
void take_failure_model(service::ServiceConfiguration& configuration) {
    const auto found = all_protocols().find(
        {configuration.network, configuration.profile, configuration.failure_model});
    if (found.ok()) {
        configuration.failure_model = (*found)->failures();
    }
}

}  // namespace

void define_daemon_options(CLI::App& app, std::function<void(const DaemonRequest&)> parsed,
                           service::LogLevel log_level) {
    const auto request = std::make_shared<DaemonRequest>();
    request->log_level = log_level;
    app.add_option("--config", request->configuration_file,
                   "File in JSON; what is given here as an option wins");
    app.add_option("--archive", request->archive,
                   "Archive whose state an empty sidecar begins with");
    add_choice(app, "--log-level", request->log_level, &service::log_level_name,
               "debug, info, warning or error")
        ->default_str(std::string(service::log_level_name(request->log_level)));
    add_setting_options(app, OfferedSettings::kAll, "", request->settings);
    app.callback([request, parsed = std::move(parsed), &app] {
        if (app.get_subcommands().empty()) {
            parsed(*request);
        }
    });
}

DaemonOptions resolve(const DaemonRequest& request, const service::KnownNames& known,
                      const std::function<void(service::ServiceConfiguration&)>& set_defaults) {
    DaemonOptions options;
    if (set_defaults) {
        set_defaults(options.configuration);
    }
    options.archive = request.archive;
    options.configuration.loads_archive = !request.archive.empty();
    options.log_level = request.log_level;
    options.configuration.verification.max_threads =
        std::max(1U, std::thread::hardware_concurrency());
    if (!request.configuration_file.empty()) {
        read_file(request.configuration_file, options);
    }
    request.settings->apply(options.configuration);
    take_failure_model(options.configuration);
    for (std::string& problem : service::find_problems(options.configuration, known)) {
        options.problems.push_back(std::move(problem));
    }
    return options;
}

}  // namespace parallax::app
