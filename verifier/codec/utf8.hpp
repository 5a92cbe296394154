#pragma once

#include <cstdint>
#include <span>

namespace parallax {

/// True for well-formed UTF-8: no overlong form, no surrogate, nothing above U+10FFFF. What the
/// node accepts as a string.
[[nodiscard]] bool is_valid_utf8(std::span<const std::uint8_t> bytes) noexcept;

}  // namespace parallax
