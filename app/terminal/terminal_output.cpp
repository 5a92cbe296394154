#include "app/terminal/terminal_output.hpp"

#include <cstdlib>
#include <string_view>
#include <sys/ioctl.h>
#include <unistd.h>

namespace parallax::app {
namespace {

std::string_view environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string_view() : std::string_view(value);
}

}  // namespace

bool is_terminal(std::FILE* stream) {
    return isatty(fileno(stream)) == 1 && environment("TERM") != "dumb";
}

reports::TerminalStyle terminal_style(std::FILE* stream) {
    reports::TerminalStyle style;
    if (!is_terminal(stream)) {
        return style;
    }
    style.colour = environment("NO_COLOR").empty();
    winsize size{};
    if (ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        style.width = size.ws_col;
    }
    return style;
}

}  // namespace parallax::app
