#pragma once

#include "reports/analysis/report.hpp"

#include <cstdint>
#include <map>

namespace parallax::reports {

/// Shapes of conflict that were tried, and those that could have been: by zeros the reader sees
/// what no block ever put to the test.
using Coverage = std::map<ConflictShape, ShapeTotals>;

/// Shapes that some pair of transactions met in, of all that are possible.
struct CoverageCount {
    std::uint64_t tried = 0;
    std::uint64_t possible = 0;
};
[[nodiscard]] CoverageCount count_coverage(const Coverage& coverage) noexcept;

}  // namespace parallax::reports
