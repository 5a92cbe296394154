#pragma once

#include "verifier/service/door/descriptor.hpp"
#include "verifier/service/door/http2_watch.hpp"
#include "verifier/service/door/server_tls.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

struct pollfd;

namespace parallax::service {

/// One client at the front door, and the way from it to the gRPC server, which it gets as soon as
/// it speaks HTTP/2. Keeps a few thousand bytes of each direction and takes no more until they are
/// gone, so that neither side can fill the memory. For one thread.
class DoorConnection {
  public:
    using Time = std::chrono::nanoseconds;

    /// `tls` may be null.
    DoorConnection(Descriptor client, std::unique_ptr<TlsSession> tls, const Http2Limits& limits,
                   Time now);

    /// What to wait for: `client` and `server` of `poll`, with -1 for what is not waited for.
    void wait_for(Time now, pollfd& client, pollfd& server) const;
    /// As `Http2Watch::share`.
    void share(Http2Rates* all) noexcept {
        watch_.share(all);
        is_stranger_ = all != nullptr;
    }
    /// Moves what can be moved.
    void serve(const pollfd& client, const pollfd& server, Time now);

    /// The client speaks HTTP/2 and has no way to the server yet.
    [[nodiscard]] bool wants_server() const noexcept {
        return watch_.has_begun() && !server_.is_open() && !is_over();
    }
    /// `server` is this side of a socket whose other side is the server's.
    void give_server(Descriptor server, Time now);

    /// Why it was ended; nothing if one of the sides has left.
    [[nodiscard]] std::optional<ConnectionEnd> why() const noexcept { return why_; }
    [[nodiscard]] bool is_over() const noexcept { return over_; }
    /// Ends it; tells the client why if it listens.
    void end(ConnectionEnd why);
    /// Ends it if it has kept us waiting for too long.
    void end_if_overdue(Time now);

    /// How little would be lost with it: those that never spoke first, then those without a call.
    [[nodiscard]] int worth() const noexcept;
    [[nodiscard]] Time last_heard() const noexcept { return last_heard_; }
    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    /// When it can go on by itself, though nobody sends anything.
    [[nodiscard]] std::optional<Time> resumes_at() const {
        return to_server_.empty() && !over_ ? watch_.resumes_at() : std::nullopt;
    }
    [[nodiscard]] std::uint64_t take_refused_messages() { return watch_.take_refused_messages(); }

    /// By what the server knows it, and its number; empty without a server.
    std::string key;
    std::uint64_t number = 0;

  private:
    void read_client(Time now);
    void read_server();
    /// Hands what the client has sent to the watch, and what that lets pass to the server.
    void pass_on(Time now);
    void queue_for_client(const base::Bytes& plain);
    void write_client();
    void write_server();
    void leave();

    const std::string name_;
    const Time begun_;
    Descriptor client_;
    Descriptor server_;
    std::unique_ptr<TlsSession> tls_;
    Http2Watch watch_;

    /// Plain, not looked at yet; then looked at, for the server; then for the client, as on the
    /// wire.
    base::Bytes from_client_;
    base::Bytes to_server_;
    base::Bytes to_client_;
    Time last_heard_;
    /// Since when a message waits for the server, a stranger's bytes for one that does not listen,
    /// or the last bytes of a server that has left for the client.
    std::optional<Time> waits_since_;
    bool is_stranger_ = true;
    bool server_left_ = false;
    bool over_ = false;
    std::optional<ConnectionEnd> why_;
};

}  // namespace parallax::service
