#pragma once

#include "verifier/core/diagnosis/cause_case.hpp"

namespace parallax::core {

/// What the candidate read at transaction `i` against what block order demands.
[[nodiscard]] MaybeCause wrong_read(const CauseCase& given, std::uint32_t i);

/// A spendable amount that transaction `i` wrote on the ground of another one than it read.
[[nodiscard]] MaybeCause wrong_spend(const CauseCase& given, std::uint32_t i);

}  // namespace parallax::core
