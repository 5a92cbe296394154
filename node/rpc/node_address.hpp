#pragma once

#include "absl/status/statusor.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace parallax::node {

/// Where a node answers: `http://127.0.0.1:8080`, `https://user:secret@node.example/json_rpc`.
struct NodeAddress {
    bool tls = false;
    /// A name or a number; of IPv6 without the brackets.
    std::string host;
    std::uint16_t port = 0;
    /// `/json_rpc` unless the address names another.
    std::string path;
    /// `user:secret` for basic authentication; empty for none.
    std::string credentials;

    /// For people and logs: without credentials.
    [[nodiscard]] std::string text() const;
    /// The value of the Authorization field of HTTP; empty without credentials.
    [[nodiscard]] std::string authorization() const;
    /// `host:port`, as the Host field of HTTP has it.
    [[nodiscard]] std::string authority() const;
};

/// What a user types. Without a scheme it is `http`; without a port it is a node's own, 8080, or
/// 443 with `https`. InvalidArgument says what is wrong; credentials are never in it.
[[nodiscard]] absl::StatusOr<NodeAddress> parse_node_address(std::string_view text);

}  // namespace parallax::node
