#pragma once

#include "verifier/model/observation.hpp"
#include "verifier/model/outcome.hpp"
#include "verifier/model/verdict.hpp"
#include "verifier/protocol/state_view.hpp"

#include "absl/status/statusor.h"

namespace parallax::core {

/// The control's outcome with everything in it that a node was seen to say otherwise: `compare` of
/// the two finds what differs of what was observed, and nothing else. `seen` counts how much that
/// was; what it does not count is equal because nobody looked.
struct ObservedOutcome {
    model::BlockOutcome outcome;
    model::ObservedPart seen;
};

/// `view` is the state before the block, for rows that the node shows and the control left alone.
/// An error is a failed read, or InvalidArgument for an observation of another block: not as many
/// results as transactions.
[[nodiscard]] absl::StatusOr<ObservedOutcome> observed_outcome(
    const model::Observation& observation, const model::BlockOutcome& control,
    const protocol::StateView& view, model::Topoheight topoheight);

}  // namespace parallax::core
