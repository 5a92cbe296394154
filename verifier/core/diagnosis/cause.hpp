#pragma once

#include "verifier/model/outcome.hpp"
#include "verifier/model/verdict.hpp"
#include "verifier/protocol/protocol.hpp"
#include "verifier/protocol/state_view.hpp"

#include <span>
#include <string>

namespace parallax::core {

/// What is known of a lane that differs or breaks an invariant.
struct CauseEvidence {
    /// The state before the block.
    const protocol::StateView& view;
    const protocol::AdmittedBlock& block;
    /// The lane itself where only its own log or invariants are in question.
    const model::BlockOutcome& control;
    const model::BlockOutcome& candidate;
    /// What `compare` found, in its order.
    std::span<const model::Difference> differences;
    /// What `check_serializability` found in the candidate's log.
    std::span<const model::Difference> hazards;
    /// What `check_invariants` found.
    std::span<const model::Difference> broken;
};

/// The cause that all findings of one lane in one block are put down to, in a few words, as
/// `account: read too early` or `balance: credit twice`: what findings are grouped by.
///
/// One mistake shows in many ways: a nonce that was read too early refuses one transaction, lets
/// another one in, and is harmless for a third. So the earliest departure in block order is taken,
/// and asked for what lies nearest to the mistake: what was read wrongly, else which check ended
/// otherwise, else which effect is missing, extra or of another size. Family, field, direction and
/// phase are part of it; types of transactions, heights, addresses and amounts are not. Empty if
/// nothing can be said.
[[nodiscard]] std::string cause_of(const CauseEvidence& evidence);

}  // namespace parallax::core
