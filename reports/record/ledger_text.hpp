#pragma once

#include "verifier/model/outcome.hpp"
#include "verifier/model/verdict.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace parallax::reports {

/// The words of a ledger line that have no function of their own in the model, in both directions.

/// `transfers>burn balance read_after_write`.
[[nodiscard]] std::string conflict_shape_text(const model::ConflictCount& shape);
/// The shape, with no count.
[[nodiscard]] std::optional<model::ConflictCount> conflict_shape_from_text(std::string_view text);

/// The value of a closed enum whose name function gives `name`; the numbers tried are 0 to 63.
template <class Enum>
[[nodiscard]] std::optional<Enum> enum_named(std::string_view (*name_of)(Enum) noexcept,
                                             std::string_view name) {
    for (std::uint8_t number = 0; number < 64; ++number) {
        const auto value = static_cast<Enum>(number);
        if (name_of(value) == name && name != "unknown") {
            return value;
        }
    }
    return std::nullopt;
}

}  // namespace parallax::reports
