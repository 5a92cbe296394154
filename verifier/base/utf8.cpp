#include "verifier/base/utf8.hpp"

#include <fmt/format.h>

#include <cstddef>

namespace parallax::base {
namespace {

/// What may follow a lead byte: how many bytes in all, and the range of the second one, which
/// excludes overlong forms and surrogates (Unicode, table 3-7). Length 0 for no lead byte.
struct Sequence {
    std::size_t length;
    std::uint8_t second_low;
    std::uint8_t second_high;
};

Sequence sequence_of(std::uint8_t lead) noexcept {
    if (lead < 0x80) {
        return {1, 0, 0};
    }
    if (lead >= 0xC2 && lead <= 0xDF) {
        return {2, 0x80, 0xBF};
    }
    if (lead >= 0xE0 && lead <= 0xEF) {
        const std::uint8_t low = lead == 0xE0 ? 0xA0 : 0x80;
        const std::uint8_t high = lead == 0xED ? 0x9F : 0xBF;
        return {3, low, high};
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        const std::uint8_t low = lead == 0xF0 ? 0x90 : 0x80;
        const std::uint8_t high = lead == 0xF4 ? 0x8F : 0xBF;
        return {4, low, high};
    }
    return {0, 0, 0};
}

}  // namespace

bool is_valid_utf8(std::span<const std::uint8_t> bytes) noexcept {
    std::size_t i = 0;
    while (i < bytes.size()) {
        const Sequence sequence = sequence_of(bytes[i]);
        if (sequence.length == 0 || sequence.length > bytes.size() - i) {
            return false;
        }
        for (std::size_t k = 1; k < sequence.length; ++k) {
            const std::uint8_t low = k == 1 ? sequence.second_low : std::uint8_t{0x80};
            const std::uint8_t high = k == 1 ? sequence.second_high : std::uint8_t{0xBF};
            if (bytes[i + k] < low || bytes[i + k] > high) {
                return false;
            }
        }
        i += sequence.length;
    }
    return true;
}

std::string as_utf8(std::string_view text) {
    if (is_valid_utf8({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()})) {
        return std::string(text);
    }
    std::string escaped;
    for (const char character : text) {
        const auto byte = static_cast<std::uint8_t>(character);
        escaped += byte < 0x80 ? std::string(1, character) : fmt::format("\\x{:02x}", byte);
    }
    return escaped;
}

}  // namespace parallax::base
