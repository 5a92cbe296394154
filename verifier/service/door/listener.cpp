#include "verifier/service/door/listener.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <system_error>

namespace parallax::service {
namespace {

constexpr std::string_view kUnix = "unix:";
constexpr int kBacklog = 512;

// The socket interface takes every family of addresses through this one type.
template <class T>
sockaddr* generic(T& address) {
    return reinterpret_cast<sockaddr*>(&address);
}

std::string words_of(int error) {
    return std::generic_category().message(error);
}

/// Open, bound and listening; closed, with `errno`, if that failed.
Descriptor listening_socket(int family, const sockaddr* address, socklen_t length) {
    Descriptor socket(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const int on = 1;
    if (socket.is_open() && family != AF_UNIX) {
        // Addresses of connections that have just ended; never one that is listened on.
        ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    }
    if (socket.is_open() &&
        (::bind(socket.get(), address, length) != 0 || ::listen(socket.get(), kBacklog) != 0)) {
        const int error = errno;
        socket.close();
        errno = error;
    }
    return socket;
}

std::uint16_t port_of(const Descriptor& socket) {
    sockaddr_storage bound{};
    socklen_t length = sizeof bound;
    ::getsockname(socket.get(), generic(bound), &length);
    return ntohs(bound.ss_family == AF_INET6
                     ? reinterpret_cast<const sockaddr_in6&>(bound).sin6_port
                     : reinterpret_cast<const sockaddr_in&>(bound).sin_port);
}

absl::StatusOr<Listener> listen_at_path(const std::string& address) {
    const std::string path = address.substr(kUnix.size());
    sockaddr_un place{};
    place.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof place.sun_path) {
        return absl::InvalidArgumentError(
            fmt::format("{} is no path for a socket: it may have 1 to {} characters", address,
                        sizeof place.sun_path - 1));
    }
    std::memcpy(place.sun_path, path.data(), path.size());
    struct stat before {};
    const bool is_socket = ::lstat(path.c_str(), &before) == 0 && S_ISSOCK(before.st_mode);
    const Descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (is_socket && ::connect(probe.get(), generic(place), sizeof place) != 0 &&
        errno == ECONNREFUSED) {
        ::unlink(path.c_str());  // nobody listens there any more
    }
    Listener listener;
    listener.address = address;
    listener.sockets.push_back(listening_socket(AF_UNIX, generic(place), sizeof place));
    if (!listener.sockets.front().is_open()) {
        return absl::UnavailableError(
            fmt::format("{} cannot be listened on: {}", address, words_of(errno)));
    }
    return listener;
}

}  // namespace

absl::StatusOr<Listener> listen_at(const std::string& address) {
    if (address.starts_with(kUnix)) {
        return listen_at_path(address);
    }
    const auto colon = address.rfind(':');
    std::string host = address.substr(0, colon);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
        host = host.substr(1, host.size() - 2);
    }
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE;
    addrinfo* found = nullptr;
    const std::string port = colon == std::string::npos ? "" : address.substr(colon + 1);
    if (const int error = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found); error != 0) {
        return absl::UnavailableError(
            fmt::format("{} cannot be listened on: {}", address, ::gai_strerror(error)));
    }
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> list(found, &::freeaddrinfo);
    Listener listener;
    int error = 0;
    for (addrinfo* each = found; each != nullptr; each = each->ai_next) {
        sockaddr_storage place{};
        std::memcpy(&place, each->ai_addr, each->ai_addrlen);
        if (listener.port != 0) {  // the next address of the same name gets the same port
            (each->ai_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(place).sin6_port
                                         : reinterpret_cast<sockaddr_in&>(place).sin_port) =
                htons(listener.port);
        }
        Descriptor socket = listening_socket(each->ai_family, generic(place), each->ai_addrlen);
        if (!socket.is_open()) {
            error = errno;
            if (error == EADDRINUSE && port != "0") {
                listener.sockets.clear();
                break;
            }
            continue;  // a name may stand for addresses that this machine does not have
        }
        listener.port = port_of(socket);
        listener.sockets.push_back(std::move(socket));
    }
    if (listener.sockets.empty()) {
        return absl::UnavailableError(
            fmt::format("{} cannot be listened on: {}", address, words_of(error)));
    }
    listener.address = fmt::format("{}:{}", address.substr(0, colon), listener.port);
    return listener;
}

Descriptor accept_from(const Descriptor& socket) {
    Descriptor connection(::accept4(socket.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (connection.is_open()) {
        const int on = 1;  // fails for a socket of a path, where there is nothing to wait for
        ::setsockopt(connection.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    return connection;
}

std::string peer_name(const Descriptor& connection) {
    sockaddr_storage peer{};
    socklen_t length = sizeof peer;
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (::getpeername(connection.get(), generic(peer), &length) != 0) {
        return "unknown";
    }
    if (peer.ss_family == AF_INET) {
        const auto& place = reinterpret_cast<const sockaddr_in&>(peer);
        ::inet_ntop(AF_INET, &place.sin_addr, text.data(), text.size());
        return fmt::format("{}:{}", text.data(), ntohs(place.sin_port));
    }
    if (peer.ss_family == AF_INET6) {
        const auto& place = reinterpret_cast<const sockaddr_in6&>(peer);
        ::inet_ntop(AF_INET6, &place.sin6_addr, text.data(), text.size());
        return fmt::format("[{}]:{}", text.data(), ntohs(place.sin6_port));
    }
    return "unix";
}

}  // namespace parallax::service
