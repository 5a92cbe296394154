#pragma once

#include "replay/shrink/reproduce.hpp"

#include "absl/status/statusor.h"

#include <string>

namespace parallax::testbed {

/// The bundle's block as a conformance vector of kind `block` in the public JSON shape, for any
/// implementation: `parallax conformance` reads it. The expectation is what the control of `lanes`
/// makes of it under the harness's rules, where any failure rejects the whole block.
///
/// FailedPrecondition says why a bundle cannot be one: a row that vectors have no field for, or a
/// signature that is not valid (a vector has no word of trust).
[[nodiscard]] absl::StatusOr<std::string> render_vector(const replay::Bundle& bundle,
                                                        const replay::BundleLanes& lanes);

}  // namespace parallax::testbed
