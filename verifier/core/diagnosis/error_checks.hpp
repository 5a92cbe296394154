#pragma once

#include "verifier/model/error_code.hpp"
#include "verifier/model/state_key.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace parallax::core {

/// Which kind of check a code stands for: a fault that skips one lets in many codes.
enum class Check : std::uint8_t { kForm, kAuthority, kNonce, kFunds, kArithmetic, kOther };
[[nodiscard]] Check check_of(model::ErrorCode code) noexcept;
[[nodiscard]] std::string_view check_name(Check check) noexcept;

/// The kind of row that a refusal looked at, where its code tells.
[[nodiscard]] std::optional<model::Family> family_of(model::ErrorCode code) noexcept;

}  // namespace parallax::core
