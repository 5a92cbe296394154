#include "verifier/service/http2_watch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

namespace parallax {
namespace {

// RFC 9113, section 6.
constexpr std::uint8_t kData = 0;
constexpr std::uint8_t kHeaders = 1;
constexpr std::uint8_t kResetStream = 3;
constexpr std::uint8_t kGoAway = 7;
constexpr std::uint8_t kContinuation = 9;
constexpr std::uint8_t kEndStream = 0x1;
constexpr std::uint8_t kEndHeaders = 0x4;
constexpr std::uint8_t kPadded = 0x8;
constexpr std::uint32_t kNoError = 0;
constexpr std::uint32_t kCancel = 8;
constexpr std::uint32_t kEnhanceYourCalm = 11;

/// What both sides allow unless they say otherwise, which the server does not.
constexpr std::uint32_t kMaxFrame = 16'384;
/// One list of headers, and the frames that it may be cut into.
constexpr std::uint32_t kMaxHeadersBytes = 32'768;
constexpr std::uint32_t kMaxHeadersFrames = 16;
/// Of calls that are over: what was on its way when the client learned of it is less.
constexpr std::uint32_t kMaxStrayed = 1U << 20;

void add_number(std::uint32_t value, Bytes& out) {
    for (int shift = 24; shift >= 0; shift -= 8) {
        out.push_back(static_cast<std::uint8_t>(value >> shift));
    }
}

void add_frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream, const Bytes& payload,
               Bytes& out) {
    const auto length = static_cast<std::uint32_t>(payload.size());
    for (int shift = 16; shift >= 0; shift -= 8) {
        out.push_back(static_cast<std::uint8_t>(length >> shift));
    }
    out.push_back(type);
    out.push_back(flags);
    add_number(stream, out);
    out.insert(out.end(), payload.begin(), payload.end());
}

void add_reset(std::uint32_t stream, std::uint32_t code, Bytes& out) {
    Bytes payload;
    add_number(code, payload);
    add_frame(kResetStream, 0, stream, payload, out);
}

/// RFC 7541, 6.2.2: literal, not indexed, with a name of its own. It leaves the receiver's table as
/// it is. Both are shorter than 127 bytes.
void add_header(std::string_view name, std::string_view value, Bytes& out) {
    out.push_back(0);
    for (const std::string_view text : {name, value}) {
        out.push_back(static_cast<std::uint8_t>(text.size()));
        out.insert(out.end(), text.begin(), text.end());
    }
}

}  // namespace

bool Http2Watch::Reader::read_header(std::span<const std::uint8_t>& bytes) {
    const std::size_t more = std::min(kHeaderSize - have, bytes.size());
    std::copy_n(bytes.begin(), more, header.begin() + static_cast<std::ptrdiff_t>(have));
    have += more;
    bytes = bytes.subspan(more);
    if (have < kHeaderSize) {
        return false;
    }
    left = static_cast<std::uint32_t>(header[0]) << 16 |
           static_cast<std::uint32_t>(header[1]) << 8 | header[2];
    type = header[3];
    flags = header[4];
    stream = (static_cast<std::uint32_t>(header[5]) & 0x7f) << 24 |
             static_cast<std::uint32_t>(header[6]) << 16 |
             static_cast<std::uint32_t>(header[7]) << 8 | header[8];
    return true;
}

Http2Watch::Http2Watch(const Http2Limits& limits)
    : limits_(limits),
      calls_rate_(limits.calls_per_second, limits.calls_per_second),
      frames_rate_(limits.frames_per_second, limits.frames_per_second),
      resets_rate_(limits.resets_per_second, limits.resets) {}

std::size_t Http2Watch::from_client(std::span<const std::uint8_t> bytes, Time now,
                                    Bytes& to_server) {
    now_ = now;
    resumes_at_ = std::nullopt;
    std::span<const std::uint8_t> rest = bytes;
    for (; !rest.empty() && !has_begun() && !trouble_; rest = rest.subspan(1)) {
        if (rest.front() != static_cast<std::uint8_t>(kPreface[preface_])) {
            trouble_ = ConnectionEnd::kNotHttp2;
            return 0;
        }
        to_server.push_back(rest.front());
        ++preface_;
    }
    while (has_begun() && !trouble_ && waiting_ == 0) {
        if (!begun_) {
            const bool whole = client_.have == kHeaderSize || client_.read_header(rest);
            if (!whole || !begin_frame()) {
                break;
            }
            begun_ = true;
            to_server.insert(to_server.end(), client_.header.begin(), client_.header.end());
        }
        const auto part = rest.first(std::min<std::size_t>(client_.left, rest.size()));
        const std::size_t passed = client_.type == kData ? read_data(part) : part.size();
        to_server.insert(to_server.end(), part.begin(),
                         part.begin() + static_cast<std::ptrdiff_t>(passed));
        rest = rest.subspan(passed);
        client_.left -= static_cast<std::uint32_t>(passed);
        if (client_.left > 0) {
            if (rest.empty()) {
                break;
            }
            continue;  // unless it waits
        }
        end_client_frame(to_server);
    }
    return bytes.size() - rest.size();
}

void Http2Watch::end_client_frame(Bytes& to_server) {
    begun_ = false;
    client_.have = 0;
    if (!after_client_frame_.empty()) {
        to_server.insert(to_server.end(), after_client_frame_.begin(), after_client_frame_.end());
        after_client_frame_.clear();
        calls_.erase(client_.stream);  // the server says no more of it
    }
}

bool Http2Watch::begin_frame() {
    if (client_.left > kMaxFrame || (client_.in_headers && client_.type != kContinuation)) {
        trouble_ = ConnectionEnd::kFrame;
        return false;
    }
    switch (client_.type) {
        case kHeaders:
            headers_bytes_ = 0;
            headers_frames_ = 0;
            return begin_call() && count_headers();
        case kContinuation:
            return count_headers();
        case kResetStream:
            return calls_.erase(client_.stream) == 0 || charge_reset();
        case kData:
            data_left_ = client_.left;
            padding_ahead_ = (client_.flags & kPadded) != 0;
            return client_.left > 0 || (client_.flags & kEndStream) != 0 || take_frame();
        default:
            return take_frame();
    }
}

bool Http2Watch::begin_call() {
    if (client_.stream <= last_call_) {
        return take_frame();  // trailers
    }
    if (calls_.size() >= limits_.calls) {
        trouble_ = ConnectionEnd::kCalls;
        return false;
    }
    if (!take(calls_rate_, &Http2Rates::calls)) {
        return false;
    }
    last_call_ = client_.stream;
    calls_.emplace(client_.stream, Call());
    return true;
}

bool Http2Watch::count_headers() {
    headers_bytes_ += client_.left;
    ++headers_frames_;
    if (headers_bytes_ > kMaxHeadersBytes || headers_frames_ > kMaxHeadersFrames) {
        trouble_ = ConnectionEnd::kFrame;
        return false;
    }
    client_.in_headers = (client_.flags & kEndHeaders) == 0;
    return true;
}

bool Http2Watch::charge_reset() {
    if (resets_rate_.take(now_)) {
        trouble_ = ConnectionEnd::kResets;
    }
    return !trouble_;
}

bool Http2Watch::take(RateLimit& own, RateLimit Http2Rates::*of_all) {
    resumes_at_ = own.take(now_);
    if (!resumes_at_ && all_ != nullptr) {
        resumes_at_ = (all_->*of_all).take(now_);
    }
    return !resumes_at_;
}

std::size_t Http2Watch::read_data(std::span<const std::uint8_t> bytes) {
    std::size_t at = 0;
    if (padding_ahead_ && !bytes.empty()) {
        padding_ahead_ = false;
        // More padding than there is room for is the server's to refuse.
        const std::uint32_t padding = 1U + bytes.front();
        data_left_ = data_left_ > padding ? data_left_ - padding : 0;
        at = 1;
    }
    const std::size_t data = std::min<std::size_t>(data_left_, bytes.size() - at);
    const auto found = calls_.find(client_.stream);
    if (found == calls_.end() || found->second.refused) {
        data_left_ -= static_cast<std::uint32_t>(data);
        strayed_ += static_cast<std::uint32_t>(data);
        if (strayed_ > kMaxStrayed) {
            trouble_ = ConnectionEnd::kFrame;
        }
        return bytes.size();
    }
    strayed_ = 0;
    const std::size_t passed = read_messages(found->second, bytes.subspan(at, data));
    data_left_ -= static_cast<std::uint32_t>(passed);
    return waiting_ == 0 ? bytes.size() : at + passed;
}

std::size_t Http2Watch::read_messages(Call& call, std::span<const std::uint8_t> bytes) {
    std::size_t at = 0;
    while (at < bytes.size() && !call.refused && waiting_ == 0) {
        if (call.message_left > 0) {
            const auto part = std::min<std::size_t>(call.message_left, bytes.size() - at);
            call.message_left -= static_cast<std::uint32_t>(part);
            at += part;
            continue;
        }
        call.prefix[call.have++] = bytes[at++];
        if (call.have == call.prefix.size()) {
            call.have = 0;
            if (!admit_message(call)) {
                break;
            }
        }
    }
    return at;
}

bool Http2Watch::admit_message(Call& call) {
    // A flag for compression, then the length.
    std::uint32_t length = 0;
    for (std::size_t i = 1; i < call.prefix.size(); ++i) {
        length = length << 8 | call.prefix[i];
    }
    const std::uint32_t limit = call.first
                                    ? std::min(limits_.first_message_bytes, limits_.message_bytes)
                                    : limits_.message_bytes;
    if (length > limit) {
        refuse_message(call, length, limit);
        return false;
    }
    call.message_left = length;
    if (length > limits_.first_message_bytes && !call.answered) {
        waiting_ = client_.stream;
        return false;
    }
    call.first = false;
    return true;
}

void Http2Watch::refuse_message(Call& call, std::uint32_t length, std::uint32_t limit) {
    call.refused = true;
    ++refused_messages_;
    (void)charge_reset();  // for the server it is one; the connection ends where that is too much
    add_reset(client_.stream, kCancel, after_client_frame_);
    Bytes headers;
    if (!call.answered) {
        headers.push_back(0x88);  // RFC 7541, appendix A: ":status: 200"
        add_header("content-type", "application/grpc", headers);
    }
    add_header("grpc-status", "8", headers);  // RESOURCE_EXHAUSTED
    add_header(
        "grpc-message",
        fmt::format("a message of {} bytes: {} may have {}", length,
                    call.first ? "the first of a call" : "one (limits.message_bytes)", limit),
        headers);
    add_frame(kHeaders, kEndStream | kEndHeaders, client_.stream, headers, for_client_);
    add_reset(client_.stream, kNoError, for_client_);
}

void Http2Watch::from_server(std::span<const std::uint8_t> bytes, Bytes& to_client) {
    while (!bytes.empty()) {
        if (server_.have < kHeaderSize) {
            if (server_.have == 0) {
                tell_client(to_client);
            }
            if (!server_.read_header(bytes)) {
                break;
            }
            begin_server_frame();
            to_client.insert(to_client.end(), server_.header.begin(), server_.header.end());
        }
        const auto part = bytes.first(std::min<std::size_t>(server_.left, bytes.size()));
        to_client.insert(to_client.end(), part.begin(), part.end());
        bytes = bytes.subspan(part.size());
        server_.left -= static_cast<std::uint32_t>(part.size());
        if (server_.left == 0) {
            server_.have = 0;
        }
    }
    tell_client(to_client);
}

void Http2Watch::begin_server_frame() {
    if (server_.type == kHeaders || server_.type == kContinuation) {
        server_.in_headers = (server_.flags & kEndHeaders) == 0;
    }
    const auto found = calls_.find(server_.stream);
    if (found == calls_.end()) {
        return;
    }
    const bool ends = server_.type == kResetStream ||
                      ((server_.flags & kEndStream) != 0 && server_.type <= kHeaders);
    found->second.answered = found->second.answered || server_.type == kHeaders;
    if (waiting_ == server_.stream && (ends || found->second.answered)) {
        waiting_ = 0;
    }
    if (ends) {
        calls_.erase(found);
    }
}

void Http2Watch::tell_client(Bytes& to_client) {
    if (server_.between_frames()) {
        to_client.insert(to_client.end(), for_client_.begin(), for_client_.end());
        for_client_.clear();
    }
}

void Http2Watch::tell_end(std::string_view why, Bytes& to_client) {
    if (!has_begun() || !server_.between_frames()) {
        return;
    }
    tell_client(to_client);
    Bytes payload;
    add_number(last_call_, payload);
    add_number(kEnhanceYourCalm, payload);
    payload.insert(payload.end(), why.begin(), why.end());
    add_frame(kGoAway, 0, 0, payload, to_client);
}

std::uint64_t Http2Watch::take_refused_messages() {
    return std::exchange(refused_messages_, 0);
}

}  // namespace parallax
