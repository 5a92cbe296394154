#include "verifier/service/door/door_connection.hpp"

#include "verifier/service/door/listener.hpp"

#include <array>
#include <cerrno>
#include <poll.h>
#include <sys/socket.h>
#include <utility>

namespace parallax::service {
namespace {

constexpr std::size_t kChunk = 16'384;
/// What a client gets to speak HTTP/2, the handshake of TLS included.
constexpr std::chrono::seconds kFirstWordsPatience{5};
/// How long a large message may wait for the server, and the last words of a server for a client.
constexpr std::chrono::seconds kPatience{10};

bool would_wait() {
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/// Sends what goes out without waiting; false if the connection is no more.
bool send_some(const Descriptor& to, base::Bytes& bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(to.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0) {
            return would_wait();
        }
        bytes.erase(bytes.begin(), bytes.begin() + sent);
    }
    return true;
}

}  // namespace

DoorConnection::DoorConnection(Descriptor client, std::unique_ptr<TlsSession> tls,
                               const Http2Limits& limits, Time now)
    : name_(peer_name(client)),
      begun_(now),
      client_(std::move(client)),
      tls_(std::move(tls)),
      watch_(limits),
      last_heard_(now) {}

void DoorConnection::wait_for(Time now, pollfd& client, pollfd& server) const {
    const bool too_quick = watch_.resumes_at() && *watch_.resumes_at() > now;
    // Who makes us say something and does not listen gets no further.
    const bool listens = to_client_.size() < 4 * kChunk;
    const bool may_read = from_client_.empty() && to_server_.empty() && !server_left_ && listens &&
                          !too_quick && !watch_.waits_for_server();
    client.events =
        static_cast<short>((may_read ? POLLIN : 0) | (to_client_.empty() ? 0 : POLLOUT));
    server.events = static_cast<short>((to_client_.empty() && !server_left_ ? POLLIN : 0) |
                                       (to_server_.empty() ? 0 : POLLOUT));
    // A socket that is waited for in no way would report its end again and again.
    client.fd = client.events == 0 ? -1 : client_.get();
    server.fd = server.events == 0 ? -1 : server_.get();
    client.revents = 0;
    server.revents = 0;
}

void DoorConnection::serve(const pollfd& client, const pollfd& server, Time now) {
    if ((server.revents & (POLLIN | POLLHUP | POLLERR)) != 0 && to_client_.empty()) {
        read_server();
    }
    if ((client.revents & (POLLIN | POLLHUP | POLLERR)) != 0 && from_client_.empty() &&
        to_server_.empty()) {
        read_client(now);
    }
    pass_on(now);
    write_server();
    write_client();
}

void DoorConnection::give_server(Descriptor server, Time now) {
    server_ = std::move(server);
    pass_on(now);
    write_server();
}

void DoorConnection::read_client(Time now) {
    std::array<std::uint8_t, kChunk> chunk;
    const ssize_t got = ::recv(client_.get(), chunk.data(), chunk.size(), 0);
    if (got <= 0) {
        if (got == 0 || !would_wait()) {
            leave();
        }
        return;
    }
    const std::span<const std::uint8_t> bytes(chunk.data(), static_cast<std::size_t>(got));
    last_heard_ = now;
    if (!tls_) {
        from_client_.insert(from_client_.end(), bytes.begin(), bytes.end());
    } else if (!tls_->receive(bytes, from_client_, to_client_)) {
        write_client();  // the alert
        if (!watch_.has_begun()) {
            why_ = ConnectionEnd::kTls;
        }
        leave();
    }
}

void DoorConnection::read_server() {
    std::array<std::uint8_t, kChunk> chunk;
    const ssize_t got = ::recv(server_.get(), chunk.data(), chunk.size(), 0);
    if (got <= 0) {
        server_left_ = server_left_ || got == 0 || !would_wait();
        return;
    }
    base::Bytes plain;
    watch_.from_server({chunk.data(), static_cast<std::size_t>(got)}, plain);
    queue_for_client(plain);
}

void DoorConnection::pass_on(Time now) {
    if (over_ || (watch_.has_begun() && !server_.is_open())) {
        return;
    }
    const bool is_stuck = !to_server_.empty() && is_stranger_;
    if (to_server_.empty()) {
        const std::size_t taken = watch_.from_client(from_client_, now, to_server_);
        from_client_.erase(from_client_.begin(),
                           from_client_.begin() + static_cast<std::ptrdiff_t>(taken));
    }
    base::Bytes plain;
    watch_.tell_client(plain);
    queue_for_client(plain);
    if (watch_.trouble()) {
        end(*watch_.trouble());
    }
    const bool waits =
        is_stuck || watch_.waits_for_server() || (server_left_ && !to_client_.empty());
    waits_since_ = !waits ? std::nullopt : waits_since_ ? waits_since_ : std::optional(now);
    if (server_left_ && to_client_.empty()) {
        leave();
    }
}

void DoorConnection::queue_for_client(const base::Bytes& plain) {
    if (plain.empty()) {
        return;
    }
    if (!tls_) {
        to_client_.insert(to_client_.end(), plain.begin(), plain.end());
    } else if (!tls_->send(plain, to_client_)) {
        leave();
    }
}

void DoorConnection::write_client() {
    if (!over_ && !send_some(client_, to_client_)) {
        leave();
    }
}

void DoorConnection::write_server() {
    // A server that does not listen any more still has something to say.
    if (!over_ && server_.is_open() && !send_some(server_, to_server_)) {
        to_server_.clear();
    }
}

void DoorConnection::end(ConnectionEnd why) {
    if (over_) {
        return;
    }
    base::Bytes plain;
    watch_.tell_end(connection_end_name(why), plain);
    queue_for_client(plain);
    write_client();
    why_ = why;
    over_ = true;
}

void DoorConnection::leave() {
    write_server();  // what it said before it left
    over_ = true;
}

void DoorConnection::end_if_overdue(Time now) {
    if (!watch_.has_begun() && now - begun_ > kFirstWordsPatience) {
        end(ConnectionEnd::kSilent);
    } else if (waits_since_ && now - *waits_since_ > kPatience) {
        end(ConnectionEnd::kWaited);
    }
}

int DoorConnection::worth() const noexcept {
    return !watch_.has_begun() ? 0 : watch_.open_calls() == 0 ? 1 : 2;
}

}  // namespace parallax::service
