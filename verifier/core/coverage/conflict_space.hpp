#pragma once

#include "verifier/model/verdict.hpp"
#include "verifier/protocol/type_use.hpp"

#include <span>
#include <vector>

namespace parallax::core {

/// Every shape in which two transactions of a block can meet by these uses, with no count:
/// ascending, as in `Verdict::conflicts`. What a run has not met of these was not tried.
[[nodiscard]] std::vector<model::ConflictCount> possible_shapes(
    std::span<const protocol::TypeUse> uses);

}  // namespace parallax::core
