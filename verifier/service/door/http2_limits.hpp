#pragma once

#include "verifier/service/server/rate_limit.hpp"
#include "verifier/service/settings/configuration.hpp"

#include <cstddef>
#include <cstdint>

namespace parallax::service {

/// What one connection may ask for.
struct Http2Limits {
    /// Calls that are open at once; and before the client has said that it knows how many it may.
    std::size_t calls = 32;
    std::size_t calls_at_first = 100;
    /// Bytes of a call's first message. Whoever has been let in may send larger ones.
    std::uint32_t first_message_bytes = 65'536;
    /// Bytes of any message.
    std::uint32_t message_bytes = ServiceLimits{}.message_bytes;
    /// Bytes of any kind that a stranger sends beside a message that the server still holds.
    std::uint32_t bytes_beside = 1U << 20;
    /// Calls that may be taken back in a row before they were answered, and then in each second;
    /// calls in each second, and frames that carry nothing but need an answer or work. More is not
    /// refused: it waits.
    std::uint32_t resets = 64;
    std::uint32_t resets_per_second = 64;
    std::uint32_t calls_per_second = 500;
    std::uint32_t frames_per_second = 1'000;
};

/// Calls of one connection that the server takes at once.
[[nodiscard]] constexpr std::uint32_t calls_of_a_connection(const ServiceLimits& limits) noexcept {
    return limits.streams + 8;
}

/// What `limits` of the settings are for one connection; what is no setting is as above.
[[nodiscard]] constexpr Http2Limits http2_limits(const ServiceLimits& limits) noexcept {
    Http2Limits of_connection;
    of_connection.message_bytes = limits.message_bytes;
    // A client may not know the server's own limit yet.
    of_connection.calls = 2 * std::size_t{calls_of_a_connection(limits)};
    return of_connection;
}

/// What all connections share of the same.
struct Http2Rates {
    RateLimit calls;
    RateLimit frames;
    RateLimit resets{500, 1'000};
};

}  // namespace parallax::service
