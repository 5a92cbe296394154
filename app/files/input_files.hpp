#pragma once

#include "absl/status/statusor.h"

#include <cstddef>
#include <string>

namespace parallax::app {

/// A file must be a regular one, or reading it may never end: InvalidArgument if it is a folder, a
/// device or a FIFO, NotFound if it is not there.
[[nodiscard]] absl::Status check_regular_file(const std::string& path);

/// The text of a regular file of at most `limit` bytes; InvalidArgument if it has more.
[[nodiscard]] absl::StatusOr<std::string> read_whole_file(const std::string& path,
                                                          std::size_t limit);

}  // namespace parallax::app
