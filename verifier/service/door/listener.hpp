#pragma once

#include "verifier/service/door/descriptor.hpp"

#include "absl/status/statusor.h"

#include <cstdint>
#include <string>
#include <vector>

namespace parallax::service {

/// Sockets that listen at one address, of which a name may stand for several.
struct Listener {
    std::vector<Descriptor> sockets;
    /// As it was asked for, with the port that it really has.
    std::string address;
    std::uint16_t port = 0;
};

/// `address` is `host:port`, `[host]:port` or `unix:path`; port 0 takes a free one. The sockets do
/// not block. Unavailable says what is in the way. A second program cannot listen at the same time.
[[nodiscard]] absl::StatusOr<Listener> listen_at(const std::string& address);

/// A connection that has come in; none if there is no more, or no descriptor for it: `errno` says.
[[nodiscard]] Descriptor accept_from(const Descriptor& socket);

/// The other end of a connection, as `127.0.0.1:40000`.
[[nodiscard]] std::string peer_name(const Descriptor& connection);

}  // namespace parallax::service
