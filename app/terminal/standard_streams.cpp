#include "app/terminal/standard_streams.hpp"

#include "app/terminal/stop_signals.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <iostream>
#include <string>
#include <unistd.h>

namespace parallax::app {

void occupy_standard_streams() {
    // Reading what is open for writing alone fails, and the other way round.
    constexpr int kModes[] = {O_WRONLY, O_RDONLY, O_WRONLY};
    for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (::fcntl(descriptor, F_GETFD) < 0 && errno == EBADF) {
            // The lowest free number is this one: those below are taken. Without /dev/null there
            // is nothing better to be done.
            (void)::open("/dev/null", kModes[descriptor]);
        }
    }
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);  // a limit on the size of files is reported as a full disk is
}

void begin_program() {
    occupy_standard_streams();
    keep_stop_signals();
}

bool finish_standard_output(std::string_view program) {
    std::cout.flush();
    errno = 0;
    const bool flushed = std::fflush(stdout) == 0;
    const int error = errno;
    const bool written = flushed && std::ferror(stdout) == 0 && std::cout.good();
    if (!written) {
        const std::string line = fmt::format(
            "{}: not all of standard output could be written: {}\n", program,
            error != 0 ? std::strerror(error) : "the disk is full, or its reader is gone");
        std::fwrite(line.data(), 1, line.size(), stderr);
    }
    return written;
}

bool finish_standard_error() {
    return std::fflush(stderr) == 0 && std::ferror(stderr) == 0;
}

}  // namespace parallax::app
