#pragma once

#include "node/rpc/node_address.hpp"

#include "absl/status/statusor.h"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace parallax::node {

/// How patient a connection is, and how much it takes.
struct ConnectionLimits {
    std::chrono::milliseconds connect{5'000};
    /// From the first byte of a request to the last of its answer.
    std::chrono::milliseconds answer{30'000};
    /// Bytes of an answer's body.
    std::size_t answer_bytes = std::size_t{64} << 20;
};

/// One kept HTTP/1.1 connection to a node, made with the first request and again where it was
/// closed. TLS checks certificate and name. For one thread.
class HttpConnection {
  public:
    /// `authority_file` is a PEM file to trust instead of the system's; empty for those. `stop`
    /// outlives the connection: once it is set, waiting ends with Cancelled.
    HttpConnection(NodeAddress address, ConnectionLimits limits, std::string authority_file,
                   const std::atomic<bool>& stop);
    ~HttpConnection();
    HttpConnection(const HttpConnection&) = delete;
    HttpConnection& operator=(const HttpConnection&) = delete;

    /// Posts JSON and gives the body of the answer. Unavailable: nobody is there, or the connection
    /// ended before the answer did. DeadlineExceeded: it took too long. ResourceExhausted: the
    /// answer is longer than the limit. FailedPrecondition: an answer of HTTP that no asking again
    /// changes (a redirect, a refused password, no such path), or a certificate that is not
    /// trusted. A request on a kept connection that the node had closed is sent once more: every
    /// request here only reads.
    [[nodiscard]] absl::StatusOr<std::string> post(const std::string& body);

    [[nodiscard]] const NodeAddress& address() const noexcept;

  private:
    class Stream;
    std::unique_ptr<Stream> stream_;
};

}  // namespace parallax::node
