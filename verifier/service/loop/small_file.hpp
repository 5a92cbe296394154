#pragma once

#include "absl/status/statusor.h"

#include <string>

namespace parallax::service {

/// The whole of a file that holds a token, a certificate or a key: at most 1 MiB. `what` names it
/// in the error, as `tls.key`; its content never is in one. NotFound if it cannot be read or is
/// empty, InvalidArgument if it is larger.
[[nodiscard]] absl::StatusOr<std::string> read_small_file(const std::string& path,
                                                          const std::string& what);

}  // namespace parallax::service
