#include "app/commands/command.hpp"
#include "app/files/output_files.hpp"
#include "app/sidecar/sidecar_options.hpp"
#include "replay/archive/output_file.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace parallax::app {
namespace {

struct FetchBundleOptions {
    service::SidecarTarget target;
    std::uint64_t timeout_ms = 10'000;
    std::uint64_t topoheight = 0;
    std::string output;
};

int report_error(const absl::Status& status) {
    fmt::print(stderr, "parallax fetch-bundle: {}\n", std::string(status.message()));
    return kExitError;
}

int fetch(const FetchBundleOptions& command) {
    const auto client = service::OperatorClient::create(
        command.target, std::chrono::milliseconds(command.timeout_ms));
    if (!client.ok()) {
        return report_error(client.status());
    }
    const auto bundle = (*client)->fetch_bundle(command.topoheight);
    if (!bundle.ok()) {
        return report_error(bundle.status());
    }
    if (auto status = write_file_atomically(command.output, *bundle); !status.ok()) {
        return report_error(status);
    }
    fmt::print(replay::is_standard_output(command.output) ? stderr : stdout,
               "parallax fetch-bundle: block {}, {} bytes in {}\n", command.topoheight,
               bundle->size(), command.output);
    return kExitEqual;
}

}  // namespace

void add_fetch_bundle_command(CLI::App& app, CommandAction& action) {
    auto options = std::make_shared<FetchBundleOptions>();
    CLI::App* command = app.add_subcommand(
        "fetch-bundle", "Fetch the bundle of a mismatch from a running sidecar, for 'reproduce'");
    add_sidecar_options(*command, options->target);
    add_timeout_option(*command, options->timeout_ms);
    command->add_option("TOPOHEIGHT", options->topoheight, "The block")->required();
    command->add_option("-o,--output", options->output, "File to write")->required();
    command->footer(
        "Exit codes: 0 the file is written; 1 the sidecar cannot be reached or keeps no bundle of\n"
        "this block, or usage error.");
    command->callback([options, &action] { action = [options] { return fetch(*options); }; });
}

}  // namespace parallax::app
