#pragma once

#include "replay/bundle/bundle.hpp"

#include "absl/status/statusor.h"

namespace parallax::replay {

/// The verdict of the run that a bundle was made from, from the bundle alone: its outcomes are
/// compared and judged again on its rows, and nothing is executed. Its own finding comes first, as
/// it was recorded; what else the outcomes show stands behind it. A candidate that left no outcome
/// has failed. InvalidArgument if the block cannot be admitted.
[[nodiscard]] absl::StatusOr<model::Verdict> verdict_of_bundle(const Bundle& bundle);

}  // namespace parallax::replay
