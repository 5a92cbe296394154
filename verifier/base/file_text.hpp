#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace parallax::base {

/// What a file holds, up to one byte more than `limit`, which shows that there is more, however
/// large it is. Nothing if it cannot be opened or read; `errno` says why.
[[nodiscard]] std::optional<std::string> read_file_text(const std::string& path, std::size_t limit);

}  // namespace parallax::base
