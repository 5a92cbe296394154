#pragma once

#include "node/chain/node_chain.hpp"
#include "node/rpc/doorbell.hpp"
#include "verifier/protocol/protocol.hpp"

#include "absl/status/statusor.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>

namespace CLI {
class App;
}

namespace parallax::app {

/// How a node is reached, and which chain is expected of it.
struct NodeOptions {
    /// `http://host:port`, with `user:secret@` where it wants that.
    std::string url = "http://127.0.0.1:8080";
    /// PEM file of the authority of its certificate; empty for the system's.
    std::string authority_file;
    /// File whose first line is `user:secret`; empty for what stands in the address.
    std::string credentials_file;
    /// HTTP requests in a second; 0 for no limit.
    double posts_per_second = 200;
    /// How many seconds it may fail to answer before it is given up; 0 for ever.
    std::uint64_t patience_s = 0;
    node::WantedChain wanted;
};

/// Adds what every command that asks a node can be told; parsing fills `options`, which must
/// outlive the parsing.
void add_node_options(CLI::App& command, NodeOptions& options);

inline const absl::Status& status_of(const absl::Status& status) {
    return status;
}
template <class T>
const absl::Status& status_of(const absl::StatusOr<T>& value) {
    return value.status();
}

/// Asks again while a node is not there, for at most `patience`; 0 is for ever. `ask` gives a
/// status or a value.
template <class Ask>
auto ask_patiently(std::chrono::seconds patience, const std::atomic<bool>& stop, Ask&& ask)
    -> decltype(ask()) {
    constexpr std::chrono::milliseconds kPause{300};
    const auto until = std::chrono::steady_clock::now() + patience;
    for (;;) {
        auto answer = ask();
        const absl::Status status = status_of(answer);
        const bool may_pass = absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status);
        if (!may_pass || stop ||
            (patience.count() > 0 && std::chrono::steady_clock::now() >= until)) {
            return answer;
        }
        std::this_thread::sleep_for(kPause);
    }
}

/// A node that answered, what it speaks, and the rules of its chain.
class NodeSession {
  public:
    /// Waits at most `patience` for a node that is not there yet. `stop` outlives the session.
    /// Errors name address and reason; credentials are never in them.
    [[nodiscard]] static absl::StatusOr<std::unique_ptr<NodeSession>> open(
        const NodeOptions& options, std::chrono::seconds patience, const std::atomic<bool>& stop);

    [[nodiscard]] node::NodeChain& chain() noexcept { return *chain_; }
    [[nodiscard]] const node::NodeIdentity& identity() const noexcept { return chain_->identity(); }
    [[nodiscard]] const std::shared_ptr<const protocol::Protocol>& protocol() const noexcept {
        return protocol_;
    }
    [[nodiscard]] node::Doorbell& bell();
    /// For people, without credentials.
    [[nodiscard]] std::string address() const { return client_->address().text(); }
    [[nodiscard]] const node::RpcCounts& counts() const noexcept { return client_->counts(); }

  private:
    NodeSession() = default;

    node::NodeAddress address_;
    std::string authority_file_;
    std::unique_ptr<node::NodeClient> client_;
    std::optional<node::NodeChain> chain_;
    std::shared_ptr<const protocol::Protocol> protocol_;
    std::unique_ptr<node::Doorbell> bell_;
};

}  // namespace parallax::app
