#include "app/sidecar/sidecar_options.hpp"

#include "app/commands/command.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdio>

namespace parallax::app {

namespace {

constexpr const char* kGroup = "Sidecar";

}  // namespace

void add_sidecar_options(CLI::App& command, service::SidecarTarget& target) {
    command.add_option("--sidecar", target.address, "Address of the sidecar, as HOST:PORT")
        ->capture_default_str()
        ->group(kGroup);
    command
        .add_option("--token-file", target.token_file,
                    "File that holds the bearer token, for calls that change something")
        ->group(kGroup);
    command
        .add_option("--tls-authority", target.tls_authority_file,
                    "PEM file of the authority of the sidecar's certificate: TLS if given")
        ->group(kGroup);
    command
        .add_option("--tls-certificate", target.tls_certificate_file,
                    "PEM file of our own certificate, for mutual TLS")
        ->group(kGroup);
    command
        .add_option("--tls-key", target.tls_key_file, "PEM file of the key of our own certificate")
        ->group(kGroup);
}

void add_timeout_option(CLI::App& command, std::uint64_t& timeout_ms) {
    command
        .add_option("--timeout-ms", timeout_ms, "Milliseconds that the sidecar may take to answer")
        ->capture_default_str()
        ->check(CLI::Range(1, 3'600'000))
        ->group(kGroup);
}

int print_answer(const std::string& command, const absl::StatusOr<service::OperatorAnswer>& answer,
                 bool json) {
    if (!answer.ok()) {
        fmt::print(stderr, "parallax {}: {}\n", command, std::string(answer.status().message()));
        return kExitError;
    }
    fmt::print("{}", json ? answer->json : answer->text);
    return kExitEqual;
}

}  // namespace parallax::app
