#pragma once

#include "verifier/model/identifiers.hpp"

namespace parallax::tos::e1 {

/// First height at which the smaller development share applies (protocol notes, 1 and 8.3).
inline constexpr model::BlockHeight kReducedDevShareHeight{15'768'000};

/// The part of a block's reward, side-block cut already made, that goes to the development key
/// (8.3). The miner gets the rest and the fees. See `block_rules.hpp` for the reward itself.
[[nodiscard]] model::Amount dev_share(model::Amount reward, model::BlockHeight height) noexcept;

}  // namespace parallax::tos::e1
