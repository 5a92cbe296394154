#pragma once

#include "replay/account_renaming.hpp"
#include "verifier/model/outcome.hpp"
#include "verifier/protocol/admit.hpp"
#include "verifier/protocol/state_view.hpp"

#include "absl/status/statusor.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

namespace parallax {

/// The blocks, states and outcomes that twins.hpp compares.

/// Another order of the block's transactions in which those that depend on one another keep their
/// places to each other; element i is the old position of what comes i-th. Empty if it finds none.
[[nodiscard]] std::vector<std::size_t> permuted_order(const AdmittedBlock& block,
                                                      const BlockOutcome& outcome,
                                                      std::uint64_t seed);
[[nodiscard]] absl::StatusOr<AdmittedBlock> reordered(const AdmittedBlock& block,
                                                      std::span<const std::size_t> order,
                                                      const Profile& profile);
/// The transactions [begin, end) as a block at the same place.
[[nodiscard]] absl::StatusOr<AdmittedBlock> slice(const AdmittedBlock& block, std::size_t begin,
                                                  std::size_t end, const Profile& profile);

/// Other names for the block's accounts, but for those that something else names: the rules (the
/// developers' key), proofs, addresses of contracts, and bytes whose meaning is not ours to know,
/// as modules, parameters and extra data.
[[nodiscard]] AccountRenaming renaming_of(const AdmittedBlock& block, const Profile& profile);
[[nodiscard]] absl::StatusOr<AdmittedBlock> renamed(const AdmittedBlock& block,
                                                    const AccountRenaming& names,
                                                    const Profile& profile);
/// A twin's outcome in the names of the block. Both have the same number of transactions.
[[nodiscard]] BlockOutcome renamed_back(BlockOutcome outcome, const AccountRenaming& names,
                                        const AdmittedBlock& block, const AdmittedBlock& twin);

/// A state under other names. Refers to the view.
class RenamedView final : public StateView {
  public:
    RenamedView(const StateView& view, const AccountRenaming& names, const AdmittedBlock& block,
                const AdmittedBlock& twin);
    [[nodiscard]] absl::StatusOr<std::optional<StateValue>> get(const StateKey& key) const override;

  private:
    const StateView& view_;
    const AccountRenaming names_;
    const AccountRenaming back_;
    /// From the twin's hashes to the block's.
    std::map<Hash, Hash> hashes_;
};

/// A position at which the block can be cut in two: no account sends in one part and receives in
/// the other, nor gets the block's reward. Nothing if there is none.
[[nodiscard]] std::optional<std::size_t> find_cut(const AdmittedBlock& block,
                                                  const BlockOutcome& outcome,
                                                  const Profile& profile, std::uint64_t seed);
/// Both parts of a cut block as the outcome of one.
[[nodiscard]] BlockOutcome joined(const BlockOutcome& first, const BlockOutcome& second);
/// Without what a block's end adds: rewards, and counters of the chain.
[[nodiscard]] BlockOutcome without_epilogue(BlockOutcome outcome, const AdmittedBlock& block,
                                            const Profile& profile);

/// A state after a delta. Refers to both.
class DeltaView final : public StateView {
  public:
    DeltaView(const StateView& view, const Delta& delta) : view_(view), delta_(delta) {}
    [[nodiscard]] absl::StatusOr<std::optional<StateValue>> get(const StateKey& key) const override;

  private:
    const StateView& view_;
    const Delta& delta_;
};

}  // namespace parallax
