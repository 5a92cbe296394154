#pragma once

#include "verifier/core/verification/block_executor.hpp"
#include "verifier/protocol/protocol_set.hpp"

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace parallax::executors::isolated {

/// Payloads of the frames between a verifier and an executor host (frame.hpp), in our canonical
/// encoding. Every decoder is strict: limits before memory, all bytes used, and an error
/// (InvalidArgument) that names field and offset. Encoding is total.

/// One block to execute, as the host has it. Its parts refer to one another, so it stays in place.
struct HostRequest {
    HostRequest() = default;
    HostRequest(const HostRequest&) = delete;
    HostRequest& operator=(const HostRequest&) = delete;

    /// All present after a successful `decode_request`.
    std::shared_ptr<const protocol::Protocol> protocol;
    std::optional<protocol::AdmittedBlock> block;
    std::optional<protocol::SignatureSource> signatures;
    bool record_accesses = true;
};

/// The block crosses in its own bytes and is admitted again on the other side; with policy `kOnce`
/// the answers cross with it.
[[nodiscard]] base::Bytes encode_request(const protocol::AdmittedBlock& block,
                                         const core::ExecutionContext& context);
/// Requires a `request` as constructed. What it holds after an error is of no use.
[[nodiscard]] absl::Status decode_request(std::span<const std::uint8_t> payload,
                                          const protocol::ProtocolSet& protocols,
                                          HostRequest& request);

/// Keys to read: ascending and distinct, which decoding checks.
[[nodiscard]] base::Bytes encode_read(std::span<const model::StateKey> keys);
[[nodiscard]] absl::StatusOr<std::vector<model::StateKey>> decode_read(
    std::span<const std::uint8_t> payload);

/// One row, or nothing, for each key of the read that it answers.
[[nodiscard]] base::Bytes encode_values(std::span<const std::optional<model::StateValue>> values);
[[nodiscard]] absl::Status decode_values(std::span<const std::uint8_t> payload,
                                         std::span<const model::StateKey> keys,
                                         std::vector<std::optional<model::StateValue>>& values);

/// An outcome with its access log and its notes.
[[nodiscard]] base::Bytes encode_host_outcome(model::BlockOutcome outcome);
[[nodiscard]] absl::StatusOr<model::BlockOutcome> decode_host_outcome(
    std::span<const std::uint8_t> payload);

/// A status that is not OK. Text that comes from a host ends on terminals and in reports, so
/// decoding keeps printable ASCII only, and `kMaxErrorText` characters at most.
struct HostError {
    absl::Status status;
};
inline constexpr std::size_t kMaxErrorText = 4096;
[[nodiscard]] base::Bytes encode_error(const absl::Status& status);
[[nodiscard]] absl::StatusOr<HostError> decode_error(std::span<const std::uint8_t> payload);

}  // namespace parallax::executors::isolated
