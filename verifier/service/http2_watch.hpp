#pragma once

#include "verifier/model/tagged_bytes.hpp"
#include "verifier/service/connection_end.hpp"
#include "verifier/service/rate_limit.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string_view>

namespace parallax {

/// What one connection may ask for.
struct Http2Limits {
    /// Calls that are open at once.
    std::size_t calls = 32;
    /// Bytes of a call's first message. Whoever has been let in may send larger ones.
    std::uint32_t first_message_bytes = 65'536;
    /// Bytes of any message.
    std::uint32_t message_bytes = 8U * 1024 * 1024;
    /// Calls that may be taken back in a row before they were answered, and then in each second.
    std::uint32_t resets = 64;
    std::uint32_t resets_per_second = 8;
    /// Calls in each second, and frames that carry nothing but need an answer or work. More is not
    /// refused: it waits.
    std::uint32_t calls_per_second = 500;
    std::uint32_t frames_per_second = 1'000;
};

/// What all connections share of the same.
struct Http2Rates {
    RateLimit calls;
    RateLimit frames;
};

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

    /// From now on the connection counts as one of all; null for alone. It outlives this.
    void share(Http2Rates* all) noexcept { all_ = all; }

    /// Takes bytes of the client, adds what the server should get to `to_server`, and returns how
    /// many were taken. What is left is to be offered again, at the latest when `resumes_at()` or
    /// after bytes of the server.
    [[nodiscard]] std::size_t from_client(std::span<const std::uint8_t> bytes, Time now,
                                          Bytes& to_server);
    /// Takes all bytes of the server, adds what the client should get to `to_client`.
    void from_server(std::span<const std::uint8_t> bytes, Bytes& to_client);
    /// Adds what the client should be told, if it can be told now.
    void tell_client(Bytes& to_client);
    /// As `tell_client`: that the connection is over, and why.
    void tell_end(std::string_view why, Bytes& to_client);

    /// Why the connection is to be ended.
    [[nodiscard]] std::optional<ConnectionEnd> trouble() const noexcept { return trouble_; }
    /// The client has begun as HTTP/2 begins.
    [[nodiscard]] bool has_begun() const noexcept { return preface_ == kPreface.size(); }
    /// Calls that the server has not ended.
    [[nodiscard]] std::size_t open_calls() const noexcept { return calls_.size(); }
    /// When a client that is too quick may go on.
    [[nodiscard]] std::optional<Time> resumes_at() const noexcept { return resumes_at_; }
    /// A large message waits for the server's word.
    [[nodiscard]] bool waits_for_server() const noexcept { return waiting_ != 0; }
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
    };

    [[nodiscard]] bool begin_frame();
    [[nodiscard]] bool begin_call();
    [[nodiscard]] bool count_headers();
    /// False, and trouble, if that was one too many.
    [[nodiscard]] bool charge_reset();
    /// False, with the time to go on, if the client is too quick, or all together are.
    [[nodiscard]] bool take(RateLimit& own, RateLimit Http2Rates::*of_all);
    [[nodiscard]] bool take_frame() { return take(frames_rate_, &Http2Rates::frames); }
    /// The part of `bytes` that may pass now.
    [[nodiscard]] std::size_t read_data(std::span<const std::uint8_t> bytes);
    /// How far into `bytes` the messages of `call` may be read.
    [[nodiscard]] std::size_t read_messages(Call& call, std::span<const std::uint8_t> bytes);
    [[nodiscard]] bool admit_message(Call& call);
    void refuse_message(Call& call, std::uint32_t length, std::uint32_t limit);
    void end_client_frame(Bytes& to_server);
    void begin_server_frame();

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
    /// Bytes for calls that are over, since there were some for one that is not.
    std::uint32_t strayed_ = 0;
    std::uint32_t last_call_ = 0;
    std::map<std::uint32_t, Call> calls_;
    /// The call whose large message waits; 0 for none.
    std::uint32_t waiting_ = 0;
    std::optional<Time> resumes_at_;
    Bytes after_client_frame_;

    Reader server_;
    Bytes for_client_;

    std::optional<ConnectionEnd> trouble_;
    std::uint64_t refused_messages_ = 0;
};

}  // namespace parallax
