#pragma once

#include "verifier/model/outcome.hpp"
#include "verifier/model/verdict.hpp"

#include <span>
#include <vector>

namespace parallax::core {

/// What `compare` found: every difference, and the sections it walked.
struct Comparison {
    std::vector<model::Section> compared;
    std::vector<model::Difference> differences;
};

/// Walks both outcomes section by section, each with its own function: block status,
/// per-transaction results, orphan set, totals, and every family of the state delta, `before` and
/// `after`. Driven by `visit_fields` and `kFamilies`, so that no field can be forgotten. Pure;
/// differences are in section, then transaction or key order. `compare(x, x)` is empty.
///
/// A path starts with `block`, `results[i]`, `orphans[i]`, `totals` or the key's text. What one
/// side does not have is printed `absent`, a key that one side's delta lacks `not written`.
[[nodiscard]] Comparison compare(const model::BlockOutcome& control,
                                 const model::BlockOutcome& candidate);

/// The sections that `compare` walks, ascending.
[[nodiscard]] std::span<const model::Section> comparable_sections() noexcept;

}  // namespace parallax::core
