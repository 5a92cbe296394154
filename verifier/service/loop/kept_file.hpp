#pragma once

#include "verifier/service/door/descriptor.hpp"

#include "absl/status/statusor.h"

#include <string>
#include <string_view>

namespace parallax::service {

/// Opens a file that the sidecar reads at its start and writes as long as it runs, or makes it; one
/// that is a pipe is not waited for. PermissionDenied or Unavailable, also if it is no regular
/// file: then `remedy` says what to do.
[[nodiscard]] absl::StatusOr<Descriptor> open_kept_file(const std::string& path,
                                                        std::string_view remedy);

/// That `doing` something with a file has failed, as `errno` says: ResourceExhausted if the disk is
/// full, Unavailable otherwise.
[[nodiscard]] absl::Status file_failure(const std::string& path, std::string_view doing);

}  // namespace parallax::service
