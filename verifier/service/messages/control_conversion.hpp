#pragma once

#include "parallax/v1/control.pb.h"
#include "verifier/service/settings/configuration.hpp"

#include "absl/status/statusor.h"

#include <functional>
#include <string>

namespace parallax::service {

/// The settings of a verification and the messages of `control.proto`. `min_transactions` on the
/// wire is that of one network, the sidecar's.

namespace wire = ::parallax::v1;

void write(const VerificationSettings& settings, const std::string& network,
           wire::Configuration& message);

/// What a change makes of settings. InvalidArgument if it says what no setting can be.
[[nodiscard]] absl::StatusOr<std::function<void(VerificationSettings&)>> read(
    const wire::ConfigurationChange& message, const std::string& network);

}  // namespace parallax::service
