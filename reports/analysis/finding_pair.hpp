#pragma once

#include "reports/analysis/report.hpp"
#include "verifier/model/verdict.hpp"

#include <optional>

namespace parallax::reports {

/// The two transactions that met where a finding begins, as a shape of conflict: by the accesses to
/// the row of its first difference. Nothing where they do not tell, as in a block's totals.
[[nodiscard]] std::optional<ConflictShape> shape_of(const model::Finding& finding);

}  // namespace parallax::reports
