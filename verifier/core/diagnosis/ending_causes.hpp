#pragma once

#include "verifier/core/diagnosis/cause_case.hpp"

namespace parallax::core {

/// Why transaction `i` ended otherwise in the candidate, if it did.
[[nodiscard]] MaybeCause other_ending(const CauseCase& given, std::uint32_t i);

}  // namespace parallax::core
