#pragma once

#include "verifier/service/configuration.hpp"

#include "absl/status/statusor.h"
#include <grpcpp/security/server_credentials.h>

#include <memory>

namespace parallax {

/// Plain, TLS, or mutual TLS, as the settings say. Errors name the file.
[[nodiscard]] absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> server_credentials(
    const TlsSettings& settings);

}  // namespace parallax
