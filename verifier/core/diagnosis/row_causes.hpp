#pragma once

#include "verifier/core/diagnosis/cause.hpp"

#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace parallax::core {

inline constexpr std::string_view kFailedHasEffects = "transaction: a failed one has effects";

/// What became of some rows, or of all rows and the totals: which effect is missing, extra or of
/// another size. A label that fits most of the rows stands for all. Empty if they are equal.
[[nodiscard]] std::string row_cause(const CauseEvidence& evidence,
                                    const std::optional<std::set<model::StateKey>>& rows);

}  // namespace parallax::core
