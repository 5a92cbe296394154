#pragma once

#include "absl/status/status.h"

#include <cstdint>

namespace parallax {

/// Raises this process's limit of open files as far as the system allows. FailedPrecondition if
/// that is not enough for a sidecar with so many connections: its store must never find that
/// strangers hold the last descriptor.
[[nodiscard]] absl::Status reserve_open_files(std::uint32_t connections);

}  // namespace parallax
