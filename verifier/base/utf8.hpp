#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace parallax::base {

/// True for well-formed UTF-8: no overlong form, no surrogate, nothing above U+10FFFF. What the
/// node accepts as a string.
[[nodiscard]] bool is_valid_utf8(std::span<const std::uint8_t> bytes) noexcept;

/// `text`, or if it is not well-formed, the same with every byte above 127 as `\xff`.
[[nodiscard]] std::string as_utf8(std::string_view text);

}  // namespace parallax::base
