#pragma once

#include "replay/bundle/bundle.hpp"

#include "absl/status/statusor.h"

#include <string>

namespace parallax::replay {

/// The verdict of the run that a bundle was made from, from the bundle alone: its outcomes are
/// compared and judged again on its rows, and nothing is executed. Its own finding comes first, as
/// it was recorded; what else the outcomes show stands behind it. A candidate that left no outcome
/// has failed. InvalidArgument if the block cannot be admitted.
[[nodiscard]] absl::StatusOr<model::Verdict> verdict_of_bundle(const Bundle& bundle);

/// A bundle of version 1 has its finding in words alone, under a fingerprint that is not computed
/// any more: cause, values and fingerprint are found again in its outcomes, as they would be today.
/// As it is where it has them, and where no outcome tells (an executor that failed).
[[nodiscard]] Bundle with_values(Bundle bundle);

/// `read_bundle`, `with_values`: to run it again.
[[nodiscard]] absl::StatusOr<Bundle> open_bundle(const std::string& path,
                                                 const protocol::ProtocolSet& protocols);

}  // namespace parallax::replay
