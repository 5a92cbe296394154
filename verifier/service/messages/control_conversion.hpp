#pragma once

#include "parallax/v1/control.pb.h"
#include "verifier/service/settings/configuration.hpp"
#include "verifier/service/settings/settings_edit.hpp"

#include "absl/status/statusor.h"

#include <functional>
#include <string>

namespace parallax::service {

/// The settings of a verification and the messages of `control.proto`, whose fields have the names
/// of the table of settings. A number by network is one on the wire: that of the sidecar's.

namespace wire = ::parallax::v1;

void write(const VerificationSettings& settings, const std::string& network,
           wire::Configuration& message);

/// The settings that a sidecar has in force.
[[nodiscard]] VerificationSettings read(const wire::Configuration& message,
                                        const std::string& network);

/// What a change makes of settings. InvalidArgument if it says what no setting can be.
[[nodiscard]] absl::StatusOr<std::function<void(VerificationSettings&)>> read(
    const wire::ConfigurationChange& message, const std::string& network);

/// Whether of an object, as the canary's, only a part is given: on the wire it is replaced as a
/// whole.
[[nodiscard]] bool replaces_objects(const SettingsEdit& edit);
/// `before` is the configuration in force, where an object is replaced.
void write(const SettingsEdit& edit, const wire::Configuration& before,
           wire::ConfigurationChange& message);

}  // namespace parallax::service
