#pragma once

#include <cstdint>
#include <string_view>

namespace parallax::service {

/// Why the front door ended a connection that neither side had ended.
enum class ConnectionEnd : std::uint8_t {
    /// It does not begin as HTTP/2 does.
    kNotHttp2 = 0,
    /// A frame that the server has not allowed, a list of headers without end, or too much for
    /// calls that are over or beside a message that is not read.
    kFrame = 1,
    /// More open calls than a connection may have.
    kCalls = 2,
    /// More calls with messages that are too long.
    kResets = 3,
    /// It has not begun in time.
    kSilent = 4,
    /// A large message of a call that nobody let in, bytes that the server does not take, or
    /// answers of an ended call that nobody reads.
    kWaited = 5,
    /// Another one came when there were too many.
    kCrowdedOut = 6,
    /// There were too many, and all were worth more.
    kNoRoom = 7,
    /// No TLS, or not the certificate that was asked for.
    kTls = 8,
};

[[nodiscard]] constexpr std::string_view connection_end_name(ConnectionEnd end) noexcept {
    switch (end) {
        case ConnectionEnd::kNotHttp2:
            return "not_http2";
        case ConnectionEnd::kFrame:
            return "frame";
        case ConnectionEnd::kCalls:
            return "calls";
        case ConnectionEnd::kResets:
            return "resets";
        case ConnectionEnd::kSilent:
            return "silent";
        case ConnectionEnd::kWaited:
            return "waited";
        case ConnectionEnd::kCrowdedOut:
            return "crowded_out";
        case ConnectionEnd::kNoRoom:
            return "no_room";
        case ConnectionEnd::kTls:
            return "tls";
    }
    return "unknown";
}

}  // namespace parallax::service
