#pragma once

#include "verifier/model/cause.hpp"

#include <string>

namespace parallax::reports {

/// A cause in a few words, as `account: read too early`; empty if it is unknown. The only place
/// that has them: nothing is made from them, so they can be reworded at will.
[[nodiscard]] std::string cause_text(const model::Cause& cause);

}  // namespace parallax::reports
