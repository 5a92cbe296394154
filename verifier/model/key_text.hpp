#pragma once

#include "verifier/model/state_key.hpp"

#include <optional>
#include <string_view>

namespace parallax::model {

/// The key that `to_string` prints as `text`: `balance:9c01..:TOS`, `counter:burned_supply`, full
/// hex. Nothing for any other text, so that one key has one text.
[[nodiscard]] std::optional<StateKey> key_from_text(std::string_view text);

}  // namespace parallax::model
