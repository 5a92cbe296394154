#include "verifier/service/door/http2_watch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

namespace parallax::service {
namespace {

// RFC 9113, section 6.
constexpr std::uint8_t kData = 0;
constexpr std::uint8_t kHeaders = 1;
constexpr std::uint8_t kResetStream = 3;
constexpr std::uint8_t kSettings = 4;
constexpr std::uint8_t kGoAway = 7;
constexpr std::uint8_t kContinuation = 9;
constexpr std::uint8_t kAcknowledges = 0x1;
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
constexpr std::uint64_t kMaxStrayed = 1U << 20;
constexpr std::uint64_t kStrayedPerSecond = 1U << 16;
/// Calls with refused messages that the server may still confirm.
constexpr std::size_t kMaxTold = 128;

void add_number(std::uint32_t value, base::Bytes& out) {
    for (int shift = 24; shift >= 0; shift -= 8) {
        out.push_back(static_cast<std::uint8_t>(value >> shift));
    }
}

void add_frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream,
               const base::Bytes& payload, base::Bytes& out) {
    const auto length = static_cast<std::uint32_t>(payload.size());
    for (int shift = 16; shift >= 0; shift -= 8) {
        out.push_back(static_cast<std::uint8_t>(length >> shift));
    }
    out.push_back(type);
    out.push_back(flags);
    add_number(stream, out);
    out.insert(out.end(), payload.begin(), payload.end());
}

void add_reset(std::uint32_t stream, std::uint32_t code, base::Bytes& out) {
    base::Bytes payload;
    add_number(code, payload);
    add_frame(kResetStream, 0, stream, payload, out);
}

/// RFC 7541, 6.2.2: literal, not indexed, with a name of its own. It leaves the receiver's table as
/// it is. Both are shorter than 127 bytes.
void add_header(std::string_view name, std::string_view value, base::Bytes& out) {
    out.push_back(0);
    for (const std::string_view text : {name, value}) {
        out.push_back(static_cast<std::uint8_t>(text.size()));
        out.insert(out.end(), text.begin(), text.end());
    }
}

/// A list of headers leaves the table of its reader as it is: entries of the static table, and
/// literals that are not indexed (RFC 7541, 6.1, 6.2.2 and 6.2.3), all in their short forms.
bool leaves_table(std::span<const std::uint8_t> list) {
    constexpr std::uint8_t kLastStatic = 61;
    std::size_t at = 0;
    while (at < list.size()) {
        const std::uint8_t first = list[at++];
        const std::uint8_t index = first & 0x0f;
        if (first > 0x80 && first <= 0x80 + kLastStatic) {
            continue;
        }
        if (first >= 0x20 || index == 0x0f) {
            return false;
        }
        for (int texts = index == 0 ? 2 : 1; texts > 0; --texts) {
            const std::uint8_t length = at < list.size() ? list[at] & 0x7f : 0x7f;
            at += 1U + length;
            if (length == 0x7f || at > list.size()) {
                return false;
            }
        }
    }
    return true;
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
                                    base::Bytes& to_server) {
    now_ = now;
    resumes_at_ = std::nullopt;
    held_ = false;
    const std::size_t before = to_server.size();
    std::span<const std::uint8_t> rest = bytes;
    for (; !rest.empty() && !has_begun() && !trouble_; rest = rest.subspan(1)) {
        if (rest.front() != static_cast<std::uint8_t>(kPreface[preface_])) {
            trouble_ = ConnectionEnd::kNotHttp2;
            return 0;
        }
        ++preface_;
        if (has_begun()) {  // only now is there a server
            to_server.insert(to_server.end(), kPreface.begin(), kPreface.end());
        }
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
    passed_ += to_server.size() - before;
    if (all_ != nullptr && sends_too_much_beside()) {
        trouble_ = ConnectionEnd::kFrame;
    }
    return bytes.size() - rest.size();
}

void Http2Watch::end_client_frame(base::Bytes& to_server) {
    begun_ = false;
    client_.have = 0;
    if (!after_client_frame_.empty()) {
        to_server.insert(to_server.end(), after_client_frame_.begin(), after_client_frame_.end());
        after_client_frame_.clear();
        settings_.push_back(client_.stream);
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
            return begin_reset();
        case kSettings:
            return begin_settings();
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
    if (!settled_ && calls_.size() >= std::max(limits_.calls, limits_.calls_at_first)) {
        held_ = true;
        return false;
    }
    if (settled_ && calls_.size() >= limits_.calls) {
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

bool Http2Watch::begin_reset() {
    const auto found = calls_.find(client_.stream);
    if (found == calls_.end()) {
        return true;
    }
    // Deadlines of an honest client expire all at once when we are slow: so it is not ended.
    const bool wastes_work = !found->second.answered && !found->second.refused;
    if (!(wastes_work ? take(resets_rate_, &Http2Rates::resets) : take_frame())) {
        return false;
    }
    calls_.erase(found);
    return true;
}

bool Http2Watch::begin_settings() {
    if (!take_frame()) {
        return false;
    }
    if ((client_.flags & kAcknowledges) != 0) {
        settled_ = true;
    } else {
        settings_.push_back(0);
    }
    return true;
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
        const auto seconds = std::chrono::floor<std::chrono::seconds>(now_ - strayed_at_);
        strayed_at_ += seconds;
        strayed_ -=
            std::min(strayed_, kStrayedPerSecond * static_cast<std::uint64_t>(seconds.count()));
        strayed_ += data;
        if (strayed_ > kMaxStrayed) {
            trouble_ = ConnectionEnd::kFrame;
        }
        return bytes.size();
    }
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
        if (call.have == 0) {
            begin_message(call);
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

void Http2Watch::begin_message(Call& call) const {
    if (!call.is_held()) {
        call.bound = passed_ + limits_.bytes_beside;
    }
    call.messages = std::min(call.messages + 1, 2);
}

/// The buffers in which a message came are kept until it is whole and read, for the few bytes of it
/// that each may hold.
bool Http2Watch::sends_too_much_beside() const {
    return std::any_of(calls_.begin(), calls_.end(), [this](const auto& entry) {
        return entry.second.is_held() && passed_ > entry.second.bound;
    });
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
    call.bound += length;
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
    if (resets_rate_.take(now_)) {  // for the server it is one
        trouble_ = ConnectionEnd::kResets;
    }
    // The server may have begun an answer. When it acknowledges settings that it got after the end
    // of the call, it has nothing more to say of it, and the client can be told.
    add_reset(client_.stream, kCancel, after_client_frame_);
    add_frame(kSettings, 0, 0, {}, after_client_frame_);
    add_header("grpc-status", "8", call.refusal);  // RESOURCE_EXHAUSTED
    add_header(
        "grpc-message",
        fmt::format("a message of {} bytes: {} may have {}", length,
                    call.first ? "the first of a call" : "one (limits.message_bytes)", limit),
        call.refusal);
}

void Http2Watch::end_settings() {
    if (settings_.empty()) {
        return;
    }
    const std::uint32_t stream = settings_.front();
    settings_.pop_front();
    swallows_ = stream != 0;
    const auto found = calls_.find(stream);
    if (found == calls_.end()) {
        return;  // one of the sides has ended it
    }
    base::Bytes headers;
    if (!found->second.answered) {
        headers.push_back(0x88);  // RFC 7541, appendix A: ":status: 200"
        add_header("content-type", "application/grpc", headers);
    }
    headers.insert(headers.end(), found->second.refusal.begin(), found->second.refusal.end());
    add_frame(kHeaders, kEndStream | kEndHeaders, stream, headers, for_client_);
    add_reset(stream, kNoError, for_client_);
    calls_.erase(found);
    told_.insert(stream);
    if (told_.size() > kMaxTold) {
        told_.erase(told_.begin());
    }
}

void Http2Watch::from_server(std::span<const std::uint8_t> bytes, base::Bytes& to_client) {
    while (!bytes.empty()) {
        if (server_.have < kHeaderSize) {
            if (server_.have == 0) {
                tell_client(to_client);
            }
            if (!server_.read_header(bytes)) {
                break;
            }
            begin_server_frame();
            base::Bytes& out = swallows_ ? swallowed_ : to_client;
            out.insert(out.end(), server_.header.begin(), server_.header.end());
        }
        const auto part = bytes.first(std::min<std::size_t>(server_.left, bytes.size()));
        base::Bytes& out = swallows_ ? swallowed_ : to_client;
        out.insert(out.end(), part.begin(), part.end());
        bytes = bytes.subspan(part.size());
        server_.left -= static_cast<std::uint32_t>(part.size());
        if (server_.left == 0) {
            server_.have = 0;
            server_began_ = true;
            end_server_frame(to_client);
        }
    }
    tell_client(to_client);
}

void Http2Watch::end_server_frame(base::Bytes& to_client) {
    if (server_.type == kHeaders && swallows_ &&
        !leaves_table(std::span(swallowed_).subspan(kHeaderSize))) {
        // It must be decoded, or no later list could be.
        to_client.insert(to_client.end(), swallowed_.begin(), swallowed_.end());
    }
    swallowed_.clear();
}

void Http2Watch::begin_server_frame() {
    swallows_ = false;
    if (server_.type == kSettings && (server_.flags & kAcknowledges) != 0) {
        end_settings();
        return;
    }
    if (server_.type == kHeaders || server_.type == kContinuation) {
        server_.in_headers = (server_.flags & kEndHeaders) == 0;
    }
    const auto found = calls_.find(server_.stream);
    if (found == calls_.end()) {
        // gRPC confirms that a call is cancelled; the client has heard of its end already.
        swallows_ = told_.count(server_.stream) > 0 && server_.left <= kMaxFrame &&
                    (server_.type == kResetStream ||
                     (server_.type == kHeaders && (server_.flags & ~kEndStream) == kEndHeaders));
        return;
    }
    if (found->second.refused && server_.type == kResetStream) {
        swallows_ = true;  // the refusal says more
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

void Http2Watch::tell_client(base::Bytes& to_client) {
    if (server_began_ && server_.between_frames()) {
        to_client.insert(to_client.end(), for_client_.begin(), for_client_.end());
        for_client_.clear();
    }
}

void Http2Watch::tell_end(std::string_view why, base::Bytes& to_client) {
    if (!has_begun() || !server_.between_frames()) {
        return;
    }
    if (!server_began_) {
        add_frame(kSettings, 0, 0, {}, to_client);  // which come first
        server_began_ = true;
    }
    tell_client(to_client);
    base::Bytes payload;
    add_number(last_call_, payload);
    add_number(kEnhanceYourCalm, payload);
    payload.insert(payload.end(), why.begin(), why.end());
    add_frame(kGoAway, 0, 0, payload, to_client);
}

std::uint64_t Http2Watch::take_refused_messages() {
    return std::exchange(refused_messages_, 0);
}

}  // namespace parallax::service
