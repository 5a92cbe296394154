#include "node/rpc/node_address.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace parallax::node {
namespace {

constexpr std::uint16_t kNodePort = 8080;
constexpr std::uint16_t kTlsPort = 443;
constexpr std::string_view kRpcPath = "/json_rpc";
constexpr std::size_t kLongestAddress = 2048;

absl::Status wrong(std::string_view what) {
    return absl::InvalidArgumentError(
        fmt::format("the node's address {}; give one as http://127.0.0.1:8080", what));
}

/// Takes the scheme off, if there is one.
bool take_scheme(std::string_view& rest, bool& tls) {
    const auto end = rest.find("://");
    if (end == std::string_view::npos) {
        return true;
    }
    const std::string_view scheme = rest.substr(0, end);
    tls = scheme == "https";
    rest.remove_prefix(end + 3);
    return tls || scheme == "http";
}

/// Takes host and port out of `host:port`, `[::1]:port` or either without a port; a port that is
/// none is nothing.
std::optional<std::uint16_t> take_host(std::string_view authority, std::uint16_t otherwise,
                                       std::string& host) {
    std::string_view port;
    if (authority.starts_with('[')) {
        const auto end = authority.find(']');
        if (end == std::string_view::npos) {
            return std::nullopt;
        }
        host = authority.substr(1, end - 1);
        port = authority.substr(end + 1);
    } else {
        const auto colon = authority.rfind(':');
        host = authority.substr(0, colon);
        port = colon == std::string_view::npos ? std::string_view() : authority.substr(colon);
    }
    if (port.empty()) {
        return otherwise;
    }
    std::uint16_t number = 0;
    const char* const end = port.data() + port.size();
    const auto [stopped, error] = std::from_chars(port.data() + 1, end, number);
    return port[0] == ':' && error == std::errc() && stopped == end && number != 0
               ? std::optional(number)
               : std::nullopt;
}

bool is_printable(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7F; });
}

}  // namespace

std::string NodeAddress::authority() const {
    return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port)
                                               : fmt::format("[{}]:{}", host, port);
}

std::string NodeAddress::authorization() const {
    if (credentials.empty()) {
        return "";
    }
    std::string encoded(4 * ((credentials.size() + 2) / 3) + 1, '\0');  // one more for its end
    const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                                     reinterpret_cast<const unsigned char*>(credentials.data()),
                                     static_cast<int>(credentials.size()));
    encoded.resize(static_cast<std::size_t>(size));
    return "Basic " + encoded;
}

std::string NodeAddress::text() const {
    return fmt::format("{}://{}{}", tls ? "https" : "http", authority(),
                       path == kRpcPath ? "" : path);
}

absl::StatusOr<NodeAddress> parse_node_address(std::string_view text) {
    if (text.size() > kLongestAddress || !is_printable(text)) {
        return wrong("is too long, or has a character that no address has");
    }
    NodeAddress address;
    if (!take_scheme(text, address.tls)) {
        return wrong("begins neither with http:// nor with https://");
    }
    const auto slash = text.find('/');
    const std::string_view path = slash == std::string_view::npos ? "" : text.substr(slash);
    address.path = path.empty() || path == "/" ? kRpcPath : path;
    std::string_view authority = text.substr(0, slash);
    if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
        address.credentials = authority.substr(0, at);
        authority.remove_prefix(at + 1);
    }
    const auto port = take_host(authority, address.tls ? kTlsPort : kNodePort, address.host);
    if (!port) {
        return wrong("has a port that is not a number from 1 to 65535");
    }
    if (address.host.empty() || address.path.find('#') != std::string::npos) {
        return wrong("names no host, or has a part that no address of a node has");
    }
    address.port = *port;
    return address;
}

}  // namespace parallax::node
