#include "reports/analysis/coverage.hpp"

#include "verifier/core/coverage/conflict_space.hpp"

namespace parallax::reports {

Coverage coverage_of(const Coverage& shapes) {
    Coverage coverage = shapes;
    for (const model::ConflictCount& shape : core::possible_shapes()) {
        coverage.try_emplace({shape.first, shape.second, shape.family, shape.hazard});
    }
    return coverage;
}

CoverageCount count_coverage(const Coverage& coverage) noexcept {
    CoverageCount count;
    count.possible = coverage.size();
    for (const auto& [shape, totals] : coverage) {
        count.tried += totals.pairs > 0 ? 1U : 0U;
    }
    return count;
}

}  // namespace parallax::reports
