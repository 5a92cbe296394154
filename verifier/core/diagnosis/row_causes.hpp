#pragma once

#include "verifier/core/diagnosis/cause_case.hpp"

#include <optional>
#include <set>

namespace parallax::core {

/// Makes a cause one about the row's kind, or of a counter about that one.
void name_row(const model::StateKey& key, model::Cause& cause);

/// What became of some rows, or of all rows and the totals: which effect is missing, extra or of
/// another size. A label that fits most of the rows stands for all. Nothing if they are equal.
[[nodiscard]] MaybeCause row_cause(const CauseEvidence& evidence,
                                   const std::optional<std::set<model::StateKey>>& rows);

}  // namespace parallax::core
