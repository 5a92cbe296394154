#pragma once

#include "node/rpc/http_connection.hpp"

#include "absl/status/statusor.h"
#include <nlohmann/json.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace parallax::node {

/// Calls that a node takes in one batch (node notes, 1.1).
inline constexpr std::size_t kMaxBatch = 20;
/// Levels of an answer: more than any that a node gives.
inline constexpr int kMaxJsonDepth = 32;

/// One call. Without parameters there are none at all: a node refuses an empty object.
struct RpcRequest {
    std::string method;
    nlohmann::json params = nullptr;
};

/// What a node answers to one call: a result, or its own refusal.
struct RpcAnswer {
    nlohmann::json result;
    struct Refusal {
        std::int64_t code = 0;
        std::string message;
    };
    std::optional<Refusal> refusal;
    [[nodiscard]] bool ok() const noexcept { return !refusal; }
};

/// What a client cost its node so far.
struct RpcCounts {
    std::uint64_t posts = 0;
    std::uint64_t calls = 0;
    std::uint64_t failed_posts = 0;
    std::uint64_t bytes_out = 0;
    std::uint64_t bytes_in = 0;
};

/// Asks one node, over one kept connection, no faster than it is told. Whether to ask again is the
/// caller's to say. For one thread.
class NodeClient {
  public:
    struct Options {
        NodeAddress address;
        ConnectionLimits limits;
        std::string authority_file;
        /// HTTP requests in a second; 0 for no limit.
        double posts_per_second = 200;
    };
    NodeClient(Options options, const std::atomic<bool>& stop);

    /// Answers in the order of the requests, however many batches it takes. Errors are those of
    /// `HttpConnection::post`; DataLoss: what came is no answer to what was asked (no JSON, another
    /// version, a call without an answer or with two).
    [[nodiscard]] absl::StatusOr<std::vector<RpcAnswer>> batch(
        std::span<const RpcRequest> requests);
    /// One call, alone.
    [[nodiscard]] absl::StatusOr<RpcAnswer> call(RpcRequest request);
    /// As `call`; a refusal becomes FailedPrecondition with the node's words.
    [[nodiscard]] absl::StatusOr<nlohmann::json> ask(std::string method,
                                                     nlohmann::json params = nullptr);

    [[nodiscard]] const NodeAddress& address() const noexcept { return connection_.address(); }
    [[nodiscard]] const RpcCounts& counts() const noexcept { return counts_; }

  private:
    [[nodiscard]] absl::Status batch_of_one_post(std::span<const RpcRequest> requests,
                                                 std::vector<RpcAnswer>& answers);
    [[nodiscard]] absl::StatusOr<nlohmann::json> post(const nlohmann::json& message);
    [[nodiscard]] absl::Status wait_for_turn();
    [[nodiscard]] absl::Status bad_answer(std::string_view what) const;

    const double posts_per_second_;
    const std::atomic<bool>& stop_;
    HttpConnection connection_;
    RpcCounts counts_;
    std::uint64_t next_id_ = 1;
    std::chrono::steady_clock::time_point next_post_;
};

/// The words of a refusal, for people.
[[nodiscard]] std::string refusal_text(const RpcAnswer::Refusal& refusal);

}  // namespace parallax::node
