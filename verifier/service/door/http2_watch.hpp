#pragma once

#include "verifier/base/tagged_bytes.hpp"
#include "verifier/service/door/connection_end.hpp"
#include "verifier/service/door/http2_limits.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string_view>

namespace parallax::service {

/// Looks at the frames of one HTTP/2 connection on their way between a client and a gRPC server,
/// and knows what a call costs before the server does. Everything passes unchanged, but
///
/// - a message that is too long by its own first bytes goes no further: the client is told
///   RESOURCE_EXHAUSTED, and the server that the call is over;
/// - a client that breaks a limit that no honest one meets is in `trouble()`, for good;
/// - a client that is too quick, or sends a large message before the server has let its call in,
///   waits: then not all of its bytes are taken.
///
/// It sees frames only: no header is decoded. For one thread; times come from one clock.
class Http2Watch {
  public:
    using Time = std::chrono::nanoseconds;

    explicit Http2Watch(const Http2Limits& limits);

    /// From now on the connection is a stranger's and counts as one of all; null for one that is
    /// welcome. It outlives this.
    void share(Http2Rates* all) noexcept { all_ = all; }

    /// Takes bytes of the client, adds what the server should get to `to_server`, and returns how
    /// many were taken. What is left is to be offered again, at the latest when `resumes_at()` or
    /// after bytes of the server.
    [[nodiscard]] std::size_t from_client(std::span<const std::uint8_t> bytes, Time now,
                                          base::Bytes& to_server);
    /// Takes all bytes of the server, adds what the client should get to `to_client`.
    void from_server(std::span<const std::uint8_t> bytes, base::Bytes& to_client);
    /// Adds what the client should be told, if it can be told now.
    void tell_client(base::Bytes& to_client);
    /// As `tell_client`: that the connection is over, and why.
    void tell_end(std::string_view why, base::Bytes& to_client);

    /// Why the connection is to be ended.
    [[nodiscard]] std::optional<ConnectionEnd> trouble() const noexcept { return trouble_; }
    /// The client has begun as HTTP/2 begins.
    [[nodiscard]] bool has_begun() const noexcept { return preface_ == kPreface.size(); }
    /// Calls that the server has not ended.
    [[nodiscard]] std::size_t open_calls() const noexcept { return calls_.size(); }
    /// When a client that is too quick may go on.
    [[nodiscard]] std::optional<Time> resumes_at() const noexcept { return resumes_at_; }
    /// A large message waits for the server's word, or a call for the end of another.
    [[nodiscard]] bool waits_for_server() const noexcept { return waiting_ != 0 || held_; }
    /// Messages that were refused for their length; counted since the last time it was asked.
    [[nodiscard]] std::uint64_t take_refused_messages();

  private:
    static constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    static constexpr std::size_t kHeaderSize = 9;

    /// One direction's place in its frames.
    struct Reader {
        std::array<std::uint8_t, kHeaderSize> header{};
        std::size_t have = 0;
        /// Of the payload.
        std::uint32_t left = 0;
        std::uint8_t type = 0;
        std::uint8_t flags = 0;
        std::uint32_t stream = 0;
        /// In a list of headers that goes on in the next frame.
        bool in_headers = false;

        /// Takes bytes of the header; true when it is whole.
        bool read_header(std::span<const std::uint8_t>& bytes);
        [[nodiscard]] bool between_frames() const noexcept { return have == 0 && !in_headers; }
    };
    struct Call {
        std::array<std::uint8_t, 5> prefix{};
        std::size_t have = 0;
        std::uint32_t message_left = 0;
        bool first = true;
        /// The server has sent headers.
        bool answered = false;
        bool refused = false;
        /// Messages that have begun, up to two; and how far `passed_` may get while the server
        /// may hold them: what it has of them keeps the buffers in which they came.
        int messages = 0;
        std::uint64_t bound = 0;
        /// What the client is told when the server has nothing more to say.
        base::Bytes refusal;

        [[nodiscard]] bool is_held() const noexcept {
            return !refused &&
                   (have > 0 || message_left > 0 || messages > 1 || (messages == 1 && !answered));
        }
    };

    [[nodiscard]] bool begin_frame();
    [[nodiscard]] bool begin_call();
    [[nodiscard]] bool begin_reset();
    [[nodiscard]] bool begin_settings();
    [[nodiscard]] bool count_headers();
    /// False, with the time to go on, if the client is too quick, or all together are.
    [[nodiscard]] bool take(RateLimit& own, RateLimit Http2Rates::*of_all);
    [[nodiscard]] bool take_frame() { return take(frames_rate_, &Http2Rates::frames); }
    /// The part of `bytes` that may pass now.
    [[nodiscard]] std::size_t read_data(std::span<const std::uint8_t> bytes);
    /// How far into `bytes` the messages of `call` may be read.
    [[nodiscard]] std::size_t read_messages(Call& call, std::span<const std::uint8_t> bytes);
    void begin_message(Call& call) const;
    [[nodiscard]] bool admit_message(Call& call);
    [[nodiscard]] bool sends_too_much_beside() const;
    void refuse_message(Call& call, std::uint32_t length, std::uint32_t limit);
    void end_client_frame(base::Bytes& to_server);
    void begin_server_frame();
    void end_server_frame(base::Bytes& to_client);
    /// The server has taken note of the oldest settings.
    void end_settings();

    const Http2Limits limits_;
    Http2Rates* all_ = nullptr;
    RateLimit calls_rate_;
    RateLimit frames_rate_;
    RateLimit resets_rate_;

    /// Of the bytes at work.
    Time now_{0};
    std::size_t preface_ = 0;
    Reader client_;
    /// The frame at work has passed `begin_frame`.
    bool begun_ = false;
    std::uint32_t headers_bytes_ = 0;
    std::uint32_t headers_frames_ = 0;
    /// Of a DATA frame: bytes that are data, and whether the length of its padding is still to
    /// come.
    std::uint32_t data_left_ = 0;
    bool padding_ahead_ = false;
    /// Bytes for calls that are over; forgotten at an even pace.
    std::uint64_t strayed_ = 0;
    Time strayed_at_{0};
    /// Bytes that the server got.
    std::uint64_t passed_ = 0;
    /// The client has said that it knows the server's settings.
    bool settled_ = false;
    /// A call waits for the end of another.
    bool held_ = false;
    std::uint32_t last_call_ = 0;
    std::map<std::uint32_t, Call> calls_;
    /// The call whose large message waits; 0 for none.
    std::uint32_t waiting_ = 0;
    std::optional<Time> resumes_at_;
    base::Bytes after_client_frame_;
    /// Settings that the server has not acknowledged, in their order: 0 for those of the client,
    /// else ours, behind the end of that call.
    std::deque<std::uint32_t> settings_;

    Reader server_;
    /// The first frame of the server is whole. Nothing may come before it.
    bool server_began_ = false;
    /// The frame at work is not for the client.
    bool swallows_ = false;
    base::Bytes swallowed_;
    /// Calls of which we have told the client the end.
    std::set<std::uint32_t> told_;
    base::Bytes for_client_;

    std::optional<ConnectionEnd> trouble_;
    std::uint64_t refused_messages_ = 0;
};

}  // namespace parallax::service
