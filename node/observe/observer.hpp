#pragma once

#include "node/chain/node_chain.hpp"
#include "verifier/model/observation.hpp"
#include "verifier/protocol/protocol.hpp"

#include "absl/status/statusor.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace parallax::node {

/// What a node is asked about a block.
enum class Observe : std::uint8_t {
    /// Nothing.
    kNothing = 0,
    /// What its block says: rewards, fees, emitted supply. Costs no call.
    kBlock = 1,
    /// Also which transactions executed, and balances and nonces of the accounts that the block may
    /// touch; on V3 also the versions of both.
    kTouched = 2,
};

/// A balance or nonce, and where its version is; nothing where the node refuses.
struct NewestValue {
    std::optional<std::uint64_t> number;
    std::optional<model::Topoheight> at;
};

/// The newest balances and nonces of a node, for keys of families `balance` and `account`. Of
/// several instants, if there are many. Errors: those of `NodeClient::batch`.
[[nodiscard]] absl::StatusOr<std::vector<NewestValue>> newest_values(
    NodeChain& chain, const std::vector<model::StateKey>& keys);

/// Asks a node what a block did. For one thread.
class Observer {
  public:
    /// `source` is the observation's. Chain and protocol outlive the observer.
    Observer(NodeChain& chain, const protocol::Protocol& protocol, std::string source)
        : chain_(chain), protocol_(protocol), source_(std::move(source)) {}

    /// What the node says of `block`, read from it as `seen`. What it does not answer is not
    /// observed; so is everything, if it no longer has the block there. Errors: those of
    /// `NodeClient::batch`.
    [[nodiscard]] absl::StatusOr<model::Observation> observe(const NodeBlock& seen,
                                                             const protocol::AdmittedBlock& block,
                                                             Observe what);

  private:
    struct Asked;
    [[nodiscard]] absl::Status ask_touched(const NodeBlock& seen,
                                           const protocol::AdmittedBlock& block,
                                           model::Observation& observation);
    [[nodiscard]] absl::Status add_paid_by_contracts(const protocol::AdmittedBlock& block,
                                                     std::vector<model::StateKey>& keys);
    [[nodiscard]] absl::Status ask_at_top(const NodeBlock& seen, Asked& asked,
                                          model::Observation& observation);

    NodeChain& chain_;
    const protocol::Protocol& protocol_;
    const std::string source_;
};

}  // namespace parallax::node
