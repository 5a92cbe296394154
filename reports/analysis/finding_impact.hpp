#pragma once

#include "verifier/model/verdict.hpp"

#include <string>

namespace parallax::reports {

/// True if all that the findings of a block say is about the order of accesses: what the lanes
/// leave behind was compared, and is equal.
[[nodiscard]] bool is_order_only(const model::Verdict& verdict);

/// What a lane's findings in one block would do to a node that took its result, in plain words;
/// empty for findings about no candidate.
[[nodiscard]] std::string impact_in_words(const model::Verdict& verdict, const std::string& lane);

}  // namespace parallax::reports
