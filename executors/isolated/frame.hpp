#pragma once

#include "verifier/base/tagged_bytes.hpp"

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace parallax::executors::isolated {

/// What a frame between a verifier and an executor host is.
enum class FrameType : std::uint8_t {
    /// Verifier to host: one block to execute.
    kRequest = 1,
    /// Host to verifier: keys to read.
    kRead = 2,
    /// Verifier to host: the rows of these keys.
    kValues = 3,
    /// Host to verifier: the outcome of the block; ends it.
    kOutcome = 4,
    /// Either way: a status instead of the answer.
    kError = 5,
};

/// Largest payload of a frame, unless the channel's owner says less.
inline constexpr std::uint32_t kMaxFrameBytes = 256U * 1024 * 1024;

struct Frame {
    FrameType type = FrameType::kError;
    base::Bytes payload;
};

/// Frames over a connected stream socket: u32 length of the payload, u8 type, payload; numbers
/// big-endian. The peer is not trusted: a length beyond the limit is refused, and memory is taken
/// as bytes arrive. Borrows the descriptor, which must outlive it; for one thread at a time.
///
/// Both calls poll `cancelled`, if it is not null, at least every `kCancelPollMs`. They fail with
///   DeadlineExceeded  `cancelled` was set,
///   Unavailable       the peer closed the connection between two frames,
///   DataLoss          it closed it inside a frame,
///   InvalidArgument   bytes that are no frame,
///   ResourceExhausted a frame to send that is beyond the limit (nothing was sent),
///   Internal          an error of the system.
/// After any of them but ResourceExhausted the channel is of no more use.
class FrameChannel {
  public:
    FrameChannel(int socket, std::uint32_t max_bytes);

    [[nodiscard]] absl::Status send(FrameType type, std::span<const std::uint8_t> payload,
                                    const std::atomic<bool>* cancelled);
    [[nodiscard]] absl::StatusOr<Frame> receive(const std::atomic<bool>* cancelled);

    static constexpr int kCancelPollMs = 10;

  private:
    absl::Status wait(short events, const std::atomic<bool>* cancelled) const;
    absl::Status read_exactly(std::span<std::uint8_t> out, bool inside_frame,
                              const std::atomic<bool>* cancelled);
    absl::StatusOr<std::size_t> read_some(std::span<std::uint8_t> out,
                                          const std::atomic<bool>* cancelled);

    const int socket_;
    const std::uint32_t max_bytes_;
    /// Bytes that were received and not yet taken: [begin_, end_) of the buffer.
    std::vector<std::uint8_t> buffer_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

}  // namespace parallax::executors::isolated
