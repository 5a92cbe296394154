#pragma once

#include "verifier/model/cause.hpp"
#include "verifier/model/error_code.hpp"
#include "verifier/model/state_key.hpp"

#include <optional>

namespace parallax::core {

/// Which kind of check a code stands for.
[[nodiscard]] model::Check check_of(model::ErrorCode code) noexcept;

/// The kind of row that a refusal looked at, where its code tells.
[[nodiscard]] std::optional<model::Family> family_of(model::ErrorCode code) noexcept;

}  // namespace parallax::core
