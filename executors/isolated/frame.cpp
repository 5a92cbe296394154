#include "executors/isolated/frame.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <optional>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <sys/uio.h>

namespace parallax::executors::isolated {
namespace {

constexpr std::size_t kHeaderBytes = 5;
constexpr std::size_t kBufferBytes = 64U * 1024;
/// A payload grows by this much at most before its bytes are there.
constexpr std::size_t kGrowthBytes = 1024U * 1024;

std::optional<FrameType> find_frame_type(std::uint8_t number) {
    switch (const auto type = static_cast<FrameType>(number); type) {
        case FrameType::kRequest:
        case FrameType::kRead:
        case FrameType::kValues:
        case FrameType::kOutcome:
        case FrameType::kError:
            return type;
    }
    return std::nullopt;
}

absl::Status system_error(const char* what) {
    return absl::InternalError(fmt::format("{}: {}", what, std::strerror(errno)));
}

absl::Status closed() {
    return absl::UnavailableError("the peer closed the connection");
}

bool would_block(int error) {
    return error == EAGAIN || error == EWOULDBLOCK;
}

/// A peer that died with frames unread looks like a reset, and is no different from a closed one.
bool is_gone(int error) {
    return error == EPIPE || error == ECONNRESET;
}

}  // namespace

FrameChannel::FrameChannel(int socket, std::uint32_t max_bytes)
    : socket_(socket), max_bytes_(max_bytes), buffer_(kBufferBytes) {}

absl::Status FrameChannel::wait(short events, const std::atomic<bool>* cancelled) const {
    for (;;) {
        if (cancelled != nullptr && cancelled->load(std::memory_order_relaxed)) {
            return absl::DeadlineExceededError("cancelled");
        }
        pollfd waiting{socket_, events, 0};
        const int ready = poll(&waiting, 1, cancelled == nullptr ? -1 : kCancelPollMs);
        if (ready > 0) {
            return absl::OkStatus();
        }
        if (ready < 0 && errno != EINTR) {
            return system_error("waiting for the peer");
        }
    }
}

absl::Status FrameChannel::send(FrameType type, std::span<const std::uint8_t> payload,
                                const std::atomic<bool>* cancelled) {
    if (payload.size() > max_bytes_) {
        return absl::ResourceExhaustedError(
            fmt::format("a frame of {} bytes, at most {} can be sent", payload.size(), max_bytes_));
    }
    std::array<std::uint8_t, kHeaderBytes> header{};
    for (std::size_t i = 0; i < 4; ++i) {
        header[i] = static_cast<std::uint8_t>(payload.size() >> (8 * (3 - i)));
    }
    header[4] = static_cast<std::uint8_t>(type);
    const std::size_t total = header.size() + payload.size();
    for (std::size_t sent = 0; sent < total;) {
        const std::size_t of_header = std::min(sent, header.size());
        const std::size_t of_payload = sent - of_header;
        // The kernel does not write to what is sent; only the type says otherwise.
        std::array<iovec, 2> parts = {iovec{header.data() + of_header, header.size() - of_header},
                                      iovec{const_cast<std::uint8_t*>(payload.data()) + of_payload,
                                            payload.size() - of_payload}};
        msghdr message{};
        message.msg_iov = parts.data();
        message.msg_iovlen = parts.size();
        const ssize_t count = sendmsg(socket_, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count >= 0) {
            sent += static_cast<std::size_t>(count);
        } else if (would_block(errno)) {
            if (auto status = wait(POLLOUT, cancelled); !status.ok()) {
                return status;
            }
        } else if (errno != EINTR) {
            return is_gone(errno) ? closed() : system_error("sending a frame");
        }
    }
    return absl::OkStatus();
}

absl::StatusOr<Frame> FrameChannel::receive(const std::atomic<bool>* cancelled) {
    std::array<std::uint8_t, kHeaderBytes> header{};
    if (auto status = read_exactly(header, false, cancelled); !status.ok()) {
        return status;
    }
    std::size_t length = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        length = (length << 8) | header[i];
    }
    const auto type = find_frame_type(header[4]);
    if (!type) {
        return absl::InvalidArgumentError(fmt::format("a frame of unknown type {}", header[4]));
    }
    if (length > max_bytes_) {
        return absl::InvalidArgumentError(
            fmt::format("a frame of {} bytes, at most {} are allowed", length, max_bytes_));
    }
    Frame frame{*type, {}};
    while (frame.payload.size() < length) {
        const std::size_t have = frame.payload.size();
        const std::size_t part = std::min(length - have, kGrowthBytes);
        frame.payload.resize(have + part);
        if (auto status =
                read_exactly(std::span(frame.payload).subspan(have, part), true, cancelled);
            !status.ok()) {
            return status;
        }
    }
    return frame;
}

absl::Status FrameChannel::read_exactly(std::span<std::uint8_t> out, bool inside_frame,
                                        const std::atomic<bool>* cancelled) {
    std::size_t done = 0;
    while (done < out.size()) {
        if (begin_ < end_) {
            const std::size_t part = std::min(end_ - begin_, out.size() - done);
            std::memcpy(out.data() + done, buffer_.data() + begin_, part);
            begin_ += part;
            done += part;
            continue;
        }
        // What is larger than the buffer does not go through it.
        const bool direct = out.size() - done >= buffer_.size();
        const auto target = direct ? out.subspan(done) : std::span(buffer_);
        const auto count = read_some(target, cancelled);
        if (!count.ok()) {
            return count.status();
        }
        if (*count == 0) {
            return inside_frame || done > 0
                       ? absl::DataLossError("the peer closed the connection inside a frame")
                       : closed();
        }
        if (direct) {
            done += *count;
        } else {
            begin_ = 0;
            end_ = *count;
        }
    }
    return absl::OkStatus();
}

/// 0 if the peer has closed the connection.
absl::StatusOr<std::size_t> FrameChannel::read_some(std::span<std::uint8_t> out,
                                                    const std::atomic<bool>* cancelled) {
    for (;;) {
        const ssize_t count = recv(socket_, out.data(), out.size(), MSG_DONTWAIT);
        if (count >= 0) {
            return static_cast<std::size_t>(count);
        }
        if (would_block(errno)) {
            if (auto status = wait(POLLIN, cancelled); !status.ok()) {
                return status;
            }
        } else if (is_gone(errno)) {
            return std::size_t{0};
        } else if (errno != EINTR) {
            return system_error("receiving a frame");
        }
    }
}

}  // namespace parallax::executors::isolated
