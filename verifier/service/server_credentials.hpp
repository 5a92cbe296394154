#pragma once

#include "verifier/service/configuration.hpp"

#include "absl/status/statusor.h"
#include <grpcpp/security/server_credentials.h>

#include <memory>
#include <string>

namespace parallax {

/// Plain, TLS, or mutual TLS, as the settings say. Errors name the file.
[[nodiscard]] absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> server_credentials(
    const TlsSettings& settings);

/// The whole file. `what` names it in the error, as `tls.key`.
[[nodiscard]] absl::StatusOr<std::string> read_small_file(const std::string& path,
                                                          const std::string& what);

}  // namespace parallax
