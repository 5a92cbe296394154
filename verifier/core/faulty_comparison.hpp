#pragma once

#include "verifier/core/compare.hpp"
#include "verifier/core/verifier_fault.hpp"

namespace parallax {

/// What `compare` would have found with the mistake `fault` in it: so that the comparator itself
/// stays free of them. For `parallax selftest --verifier-fault` alone. Pure.
[[nodiscard]] Comparison faulty_comparison(const BlockOutcome& control,
                                           const BlockOutcome& candidate, VerifierFault fault);

}  // namespace parallax
