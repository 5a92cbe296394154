#pragma once

#include "verifier/model/outcome.hpp"
#include "verifier/model/verdict.hpp"
#include "verifier/protocol/protocol.hpp"
#include "verifier/protocol/state_view.hpp"

#include <span>

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

}  // namespace parallax::core
