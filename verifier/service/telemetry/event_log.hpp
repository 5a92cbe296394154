#pragma once

#include "verifier/base/mutex.hpp"

#include <cstdint>
#include <cstdio>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace parallax::service {

enum class LogLevel : std::uint8_t { kDebug = 0, kInfo = 1, kWarning = 2, kError = 3 };
[[nodiscard]] std::string_view log_level_name(LogLevel level) noexcept;

/// Structured log: one line an event, its name first, then level and `key=value`. A value with
/// anything but plain characters is quoted and escaped, so that whatever a client sends stays in
/// its line and its field. Secrets are not logged by anybody. Safe from any thread; the stream
/// outlives it. A line that cannot be written, because the reader is gone, reads nothing or the
/// disk is full, is lost, and counted in the next one that can: nobody waits for the log.
class EventLog {
  public:
    EventLog(std::FILE* stream, LogLevel least) : stream_(stream), least_(least) {}

    using Field = std::pair<std::string_view, std::string>;
    void write(LogLevel level, std::string_view event, std::initializer_list<Field> fields);
    void debug(std::string_view event, std::initializer_list<Field> fields) {
        write(LogLevel::kDebug, event, fields);
    }
    void info(std::string_view event, std::initializer_list<Field> fields) {
        write(LogLevel::kInfo, event, fields);
    }
    void warning(std::string_view event, std::initializer_list<Field> fields) {
        write(LogLevel::kWarning, event, fields);
    }
    void error(std::string_view event, std::initializer_list<Field> fields) {
        write(LogLevel::kError, event, fields);
    }

  private:
    [[nodiscard]] bool has_room() VERIFIER_REQUIRES(mutex_);

    std::FILE* const stream_;
    const LogLevel least_;
    base::Mutex mutex_;
    std::uint64_t lost_ VERIFIER_GUARDED_BY(mutex_) = 0;
};

/// `value` as it stands in a line: plain, or in quotes with `\n`, `\"`, `\\` and `\xNN`.
[[nodiscard]] std::string log_value(std::string_view value);

}  // namespace parallax::service
