#pragma once

#include "absl/status/status.h"

#include <cstdint>

namespace parallax::app {

/// Raises this process's limit of open files as far as the system allows. FailedPrecondition if
/// fewer than `needed` can then be open at once.
[[nodiscard]] absl::Status reserve_open_files(std::uint64_t needed);

/// What a sidecar with so many connections needs: its store must never find that strangers hold
/// the last descriptor.
[[nodiscard]] std::uint64_t open_files_of_sidecar(std::uint32_t connections) noexcept;

}  // namespace parallax::app
