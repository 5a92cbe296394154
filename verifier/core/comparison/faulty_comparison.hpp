#pragma once

#include "verifier/core/comparison/compare.hpp"
#include "verifier/core/verification/verifier_fault.hpp"

namespace parallax::core {

/// What `compare` would have found with the mistake `fault` in it: so that the comparator itself
/// stays free of them. For `parallax selftest --verifier-fault` alone. Pure.
[[nodiscard]] Comparison faulty_comparison(const model::BlockOutcome& control,
                                           const model::BlockOutcome& candidate,
                                           VerifierFault fault);

}  // namespace parallax::core
