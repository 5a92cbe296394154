#pragma once

#include "verifier/model/outcome.hpp"
#include "verifier/model/verdict.hpp"
#include "verifier/protocol/admit.hpp"
#include "verifier/protocol/profile.hpp"

#include <vector>

namespace parallax::core {

/// The invariants that any outcome must keep by itself, computed from the block and the delta
/// without the rules of `protocol`: conservation of every asset, nonce steps (+1 per executed
/// transaction of the account), counters equal to totals, executed markers exactly for executed
/// transactions, orphans exactly the failed ones. A broken invariant is a `Difference` in section
/// `invariants` whose `control` text is what the invariant demands and whose `candidate` text is
/// what the outcome has. Empty for a rejected block with an empty delta.
///
/// What an invariant cannot judge is added to `unjudged`, where that is not null, row by row: a sum
/// that 64 bits do not hold, a reward that does not fit a balance (the node adds it unchecked, so
/// that nobody knows what it does), and what a failed transaction leaves under `kOrphanPartial`,
/// which loses coins (protocol notes, 6.3). Even there the invariant holds the rest to what is
/// possible.
[[nodiscard]] std::vector<model::Difference> check_invariants(
    const protocol::AdmittedBlock& block, const protocol::Profile& profile,
    const model::BlockOutcome& outcome, std::vector<model::UnjudgedInvariant>* unjudged = nullptr);

}  // namespace parallax::core
