#pragma once

#include "reports/formats/terminal.hpp"

#include <cstdio>

namespace parallax::app {

/// True if `stream` is a terminal that moves its cursor (not `TERM=dumb`).
[[nodiscard]] bool is_terminal(std::FILE* stream);

/// Width of the terminal behind `stream`, and whether it takes colours: only on a terminal, and
/// never with NO_COLOR set to something (no-color.org).
[[nodiscard]] reports::TerminalStyle terminal_style(std::FILE* stream);

}  // namespace parallax::app
