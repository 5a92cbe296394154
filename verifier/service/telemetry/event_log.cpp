#include "verifier/service/telemetry/event_log.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <poll.h>

namespace parallax::service {
namespace {

bool is_plain(char c) {
    return c > ' ' && c < 0x7F && c != '"' && c != '=' && c != '\\';
}

/// UTC to the millisecond: for people and log collectors, no verdict depends on it.
std::string time_now() {
    const auto now =
        std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
    const auto seconds = std::chrono::time_point_cast<std::chrono::seconds>(now);
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(seconds),
                       (now - seconds).count());
}

}  // namespace

std::string_view log_level_name(LogLevel level) noexcept {
    switch (level) {
        case LogLevel::kDebug:
            return "debug";
        case LogLevel::kInfo:
            return "info";
        case LogLevel::kWarning:
            return "warning";
        case LogLevel::kError:
            return "error";
    }
    return "unknown";
}

std::string log_value(std::string_view value) {
    if (!value.empty() && std::all_of(value.begin(), value.end(), &is_plain)) {
        return std::string(value);
    }
    std::string text = "\"";
    for (const char c : value) {
        if (c == '"' || c == '\\') {
            text += '\\';
            text += c;
        } else if (c == '\n') {
            text += "\\n";
        } else if (c < ' ' || c >= 0x7F) {
            text += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
        } else {
            text += c;
        }
    }
    return text + '"';
}

void EventLog::write(LogLevel level, std::string_view event, std::initializer_list<Field> fields) {
    if (level < least_) {
        return;
    }
    std::string line = fmt::format("{} level={} time={}", event, log_level_name(level), time_now());
    for (const auto& [key, value] : fields) {
        line += fmt::format(" {}={}", key, log_value(value));
    }
    line += '\n';
    base::MutexLock lock(mutex_);
    if (!has_room()) {
        ++lost_;
        return;
    }
    if (lost_ > 0) {
        line = fmt::format("log_lines_lost level=warning time={} count={}\n{}", time_now(), lost_,
                           line);
        lost_ = 0;
    }
    const bool written = std::fwrite(line.data(), 1, line.size(), stream_) == line.size() &&
                         std::fflush(stream_) == 0;
    if (!written) {
        // The service outlives who reads its log; somebody may read again.
        std::clearerr(stream_);
        ++lost_;
    }
}

bool EventLog::has_room() {
    constexpr int kPatienceMs = 100;
    pollfd target{::fileno(stream_), POLLOUT, 0};
    // Once a reader was waited for in vain, no line more waits for it.
    const int ready = target.fd < 0 ? 1 : ::poll(&target, 1, lost_ > 0 ? 0 : kPatienceMs);
    return ready != 0;
}

}  // namespace parallax::service
