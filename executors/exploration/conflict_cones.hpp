#pragma once

#include "verifier/model/outcome.hpp"
#include "verifier/protocol/protocol.hpp"

#include "absl/status/statusor.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace parallax::executors::exploration {

/// A few transactions of a block, ascending, that can be executed without the others.
using ConflictCone = std::vector<std::uint32_t>;

/// How many cones are cut, and how large they are.
struct ConeOptions {
    /// Transactions that meet in one cone: 2, or 3 for pairs and then triples.
    std::size_t meeting = 2;
    /// Transactions of a cone with what it needs.
    std::size_t max_size = 6;
    std::size_t max_cones = 200;
};
inline constexpr std::size_t kMaxMeeting = 3;

/// Pairs of transactions that share a key, each with what it needs to run: all earlier transactions
/// of their sources, so that nonces hold. A key is shared if both touched it and at least one
/// changed it, by the control's access log; a counter that everybody adds to is not. For a key that
/// many touch, each one is paired with the one before it. A triple is two pairs that have one
/// transaction in common: some faults need three, as a retry that a third one upsets. Cones larger
/// than `max_size` and repeats are left out; at most `max_cones` are given, pairs before triples,
/// and of each those of the rarest types first.
[[nodiscard]] std::vector<ConflictCone> conflict_cones(const protocol::AdmittedBlock& block,
                                                       const model::AccessLog& log,
                                                       const ConeOptions& options);

/// A block of these transactions only, in the place of the whole one: another hash, the same
/// height, miner and placement. An error is one of `admit`.
[[nodiscard]] absl::StatusOr<protocol::AdmittedBlock> cut_block(
    const protocol::AdmittedBlock& block, const ConflictCone& cone,
    const protocol::Protocol& protocol);

}  // namespace parallax::executors::exploration
