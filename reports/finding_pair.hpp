#pragma once

#include "reports/report.hpp"
#include "verifier/model/verdict.hpp"

#include <optional>

namespace parallax {

/// The two transactions that met where a finding begins, as a shape of conflict: by the accesses to
/// the row of its first difference. Nothing where they do not tell, as in a block's totals.
[[nodiscard]] std::optional<ConflictShape> shape_of(const Finding& finding);

}  // namespace parallax
