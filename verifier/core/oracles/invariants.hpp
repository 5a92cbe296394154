#pragma once

#include "verifier/model/outcome.hpp"
#include "verifier/model/verdict.hpp"
#include "verifier/protocol/protocol.hpp"

#include <vector>

namespace parallax::core {

/// The invariants that any outcome must keep by itself, computed from the block and the delta
/// without the chain's rules. Of every chain: one result per transaction that fits its block,
/// orphans exactly the failed ones, rows in order and of their families. Then the laws of the
/// protocol: conservation of every asset, nonces, counters equal to totals, executed markers. A
/// broken invariant is a `Difference` in section `invariants` whose `control` text is what the
/// invariant demands and whose `candidate` text is what the outcome has. Empty for a rejected block
/// with an empty delta.
///
/// What an invariant cannot judge is added to `unjudged`, where that is not null, row by row. Even
/// there the invariant holds the rest to what is possible.
[[nodiscard]] std::vector<model::Difference> check_invariants(
    const protocol::AdmittedBlock& block, const protocol::Protocol& protocol,
    const model::BlockOutcome& outcome, std::vector<model::UnjudgedInvariant>* unjudged = nullptr);

}  // namespace parallax::core
