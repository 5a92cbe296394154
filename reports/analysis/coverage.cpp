#include "reports/analysis/coverage.hpp"

namespace parallax::reports {

CoverageCount count_coverage(const Coverage& coverage) noexcept {
    CoverageCount count;
    count.possible = coverage.size();
    for (const auto& [shape, totals] : coverage) {
        count.tried += totals.pairs > 0 ? 1U : 0U;
    }
    return count;
}

}  // namespace parallax::reports
