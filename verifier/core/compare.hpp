#pragma once

#include <vector>

#include "verifier/model/outcome.hpp"
#include "verifier/model/verdict.hpp"

namespace parallax {

/// What `compare` found: every difference, and the sections it walked.
struct Comparison {
    std::vector<Section> compared;
    std::vector<Difference> differences;
};

/// Walks both outcomes section by section, each with its own function: block status, per-transaction
/// results, orphan set, totals, and every family of the state delta, `before` and `after`. Driven by
/// `visit_fields` and `kFamilies`, so that no field can be forgotten. Pure; differences are in
/// section, then transaction or key order. `compare(x, x)` is empty.
[[nodiscard]] Comparison compare(const BlockOutcome& control, const BlockOutcome& candidate);

/// One finding out of a comparison's differences: the first divergence in block order, named by the
/// access logs where both have one, everything else folded under it. Requires differences.
[[nodiscard]] Finding make_finding(const BlockOutcome& control, const BlockOutcome& candidate,
                                   Comparison comparison, std::string_view lane,
                                   Topoheight topoheight);

}  // namespace parallax
