#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parallax::base {

/// Gives each value of an enum its name, and whatever is beyond the last one `unknown`. The values
/// count from 0.
template <class Enum>
using NameOf = std::string_view (*)(Enum) noexcept;

/// The names of an enum, in its order.
template <class Enum>
[[nodiscard]] std::vector<std::string> all_names(NameOf<Enum> name_of) {
    std::vector<std::string> names;
    for (std::uint32_t i = 0; i <= UINT8_MAX; ++i) {
        const std::string_view name = name_of(static_cast<Enum>(i));
        if (name == "unknown") {
            break;
        }
        names.emplace_back(name);
    }
    return names;
}

/// The value that has the name: the one way from text to an enum.
template <class Enum>
[[nodiscard]] std::optional<Enum> find_named(NameOf<Enum> name_of,
                                             std::string_view wanted) noexcept {
    for (std::uint32_t i = 0; i <= UINT8_MAX; ++i) {
        const auto value = static_cast<Enum>(i);
        const std::string_view name = name_of(value);
        if (name == "unknown") {
            break;
        }
        if (name == wanted) {
            return value;
        }
    }
    return std::nullopt;
}

}  // namespace parallax::base
