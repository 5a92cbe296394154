#include "app/terminal/run_environment.hpp"

#include "reports/formats/shell_word.hpp"
#include "verifier/base/utf8.hpp"

#include <fmt/format.h>

#include <chrono>
#include <ctime>
#include <fstream>
#include <sys/utsname.h>
#include <thread>

namespace parallax::app {
namespace {

std::string command_line() {
    std::ifstream file("/proc/self/cmdline", std::ios::binary);
    std::string text;
    for (std::string word; std::getline(file, word, '\0');) {
        text += (text.empty() ? "" : " ") + reports::shell_word(word);
    }
    return base::as_utf8(text);
}

std::string utc_now() {
    const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    std::tm parts{};
    gmtime_r(&now, &parts);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", parts.tm_year + 1900,
                       parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

}  // namespace

reports::RunEnvironment run_environment() {
    reports::RunEnvironment environment;
    environment.command = command_line();
    environment.program = std::string("parallax ") + PARALLAX_VERSION;
#if defined(__clang__)
    environment.compiler = std::string("clang ") + __clang_version__;
#else
    environment.compiler = std::string("gcc ") + __VERSION__;
#endif
    utsname system{};
    if (uname(&system) == 0) {
        environment.host = base::as_utf8(system.nodename);
        environment.system =
            base::as_utf8(fmt::format("{} {} {}", system.sysname, system.release, system.machine));
    }
    environment.cores = std::thread::hardware_concurrency();
    environment.started = utc_now();
    return environment;
}

}  // namespace parallax::app
