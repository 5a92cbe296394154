#pragma once

#include "replay/twins/account_renaming.hpp"
#include "verifier/model/outcome.hpp"
#include "verifier/protocol/protocol.hpp"
#include "verifier/protocol/state_view.hpp"

#include "absl/status/statusor.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

namespace parallax::replay {

/// The blocks, states and outcomes that twins.hpp compares.

/// Another order of the block's transactions in which those that depend on one another keep their
/// places to each other; element i is the old position of what comes i-th. Empty if it finds none.
[[nodiscard]] std::vector<std::size_t> permuted_order(const protocol::AdmittedBlock& block,
                                                      const model::BlockOutcome& outcome,
                                                      const protocol::Protocol& protocol,
                                                      std::uint64_t seed);
[[nodiscard]] absl::StatusOr<protocol::AdmittedBlock> reordered(
    const protocol::AdmittedBlock& block, std::span<const std::size_t> order,
    const protocol::Protocol& protocol);
/// The transactions [begin, end) as a block at the same place.
[[nodiscard]] absl::StatusOr<protocol::AdmittedBlock> slice(const protocol::AdmittedBlock& block,
                                                            std::size_t begin, std::size_t end,
                                                            const protocol::Protocol& protocol);

/// Other names for the block's accounts, but for those that something else names: the rules (the
/// developers' key), proofs, addresses of contracts, and bytes whose meaning is not ours to know,
/// as modules, parameters and extra data.
[[nodiscard]] absl::StatusOr<AccountRenaming> renaming_of(const protocol::AdmittedBlock& block,
                                                          const protocol::Protocol& protocol);
[[nodiscard]] absl::StatusOr<protocol::AdmittedBlock> renamed(const protocol::AdmittedBlock& block,
                                                              const AccountRenaming& names,
                                                              const protocol::Protocol& protocol);
/// A twin's outcome in the names of the block. Both have the same number of transactions.
[[nodiscard]] model::BlockOutcome renamed_back(model::BlockOutcome outcome,
                                               const AccountRenaming& names,
                                               const protocol::AdmittedBlock& block,
                                               const protocol::AdmittedBlock& twin);

/// A state under other names. Refers to the view.
class RenamedView final : public protocol::StateView {
  public:
    RenamedView(const protocol::StateView& view, const AccountRenaming& names,
                const protocol::AdmittedBlock& block, const protocol::AdmittedBlock& twin);
    [[nodiscard]] absl::StatusOr<std::optional<model::StateValue>> get(
        const model::StateKey& key) const override;

  private:
    const protocol::StateView& view_;
    const AccountRenaming names_;
    const AccountRenaming back_;
    /// From the twin's hashes to the block's.
    std::map<model::Hash, model::Hash> hashes_;
};

/// A position at which the block can be cut in two: no account sends in one part and receives in
/// the other, nor gets the block's reward. Nothing if there is none.
[[nodiscard]] std::optional<std::size_t> find_cut(const protocol::AdmittedBlock& block,
                                                  const model::BlockOutcome& outcome,
                                                  const protocol::Protocol& protocol,
                                                  std::uint64_t seed);
/// Both parts of a cut block as the outcome of one.
[[nodiscard]] model::BlockOutcome joined(const model::BlockOutcome& first,
                                         const model::BlockOutcome& second);
/// Without what a block's end adds: rewards, and counters of the chain.
[[nodiscard]] model::BlockOutcome without_epilogue(model::BlockOutcome outcome,
                                                   const protocol::AdmittedBlock& block,
                                                   const protocol::Protocol& protocol);

/// A state after a delta. Refers to both.
class DeltaView final : public protocol::StateView {
  public:
    DeltaView(const protocol::StateView& view, const model::Delta& delta)
        : view_(view), delta_(delta) {}
    [[nodiscard]] absl::StatusOr<std::optional<model::StateValue>> get(
        const model::StateKey& key) const override;

  private:
    const protocol::StateView& view_;
    const model::Delta& delta_;
};

}  // namespace parallax::replay
