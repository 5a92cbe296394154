#pragma once

#include <string>
#include <string_view>

namespace parallax::reports {

/// `word` as a POSIX shell takes it back: quoted where it must be.
[[nodiscard]] std::string shell_word(std::string_view word);

}  // namespace parallax::reports
