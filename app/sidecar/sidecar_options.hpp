#pragma once

#include "verifier/service/client/operator_client.hpp"

#include "absl/status/statusor.h"

#include <cstdint>
#include <string>

namespace CLI {
class App;
}

namespace parallax::app {

/// Adds what every command that speaks to a running sidecar can be told; parsing fills `target`,
/// which must outlive the parsing.
void add_sidecar_options(CLI::App& command, service::SidecarTarget& target);
/// Adds how long a single call may take.
void add_timeout_option(CLI::App& command, std::uint64_t& timeout_ms);

/// Prints an answer as text, or as JSON, or the error that there was instead. The exit code is
/// `kExitError` for an error and `kExitEqual` otherwise.
[[nodiscard]] int print_answer(const std::string& command,
                               const absl::StatusOr<service::OperatorAnswer>& answer, bool json);

}  // namespace parallax::app
