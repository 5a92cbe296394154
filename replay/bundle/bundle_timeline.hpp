#pragma once

#include "replay/bundle/bundle.hpp"

#include "absl/status/statusor.h"

#include <string>

namespace parallax::replay {

/// What a bundle's finding comes down to, for people: both lanes side by side, transaction by
/// transaction, cut to the rows that decide (all rows where none differs). Lines in which the lanes
/// differ are marked `*`. Accounts are called A, B, C in the order in which the block names them.
/// Equal bundles give equal text.
[[nodiscard]] absl::StatusOr<std::string> render_timeline(const Bundle& bundle);

}  // namespace parallax::replay
