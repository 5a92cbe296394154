#pragma once

#include "verifier/model/identifiers.hpp"

namespace parallax::tos {

/// The block reward at a given emitted supply, side-block cut not yet made (8.3).
[[nodiscard]] model::Amount block_reward(model::Amount emitted) noexcept;
/// The reward left for the n-th side block at its height (8.3).
[[nodiscard]] model::Amount side_block_reward(model::Amount reward, std::uint32_t n) noexcept;

/// First height at which the smaller development share applies (protocol notes, 1 and 8.3).
inline constexpr model::BlockHeight kReducedDevShareHeight{15'768'000};

/// The part of a block's reward, side-block cut already made, that goes to the development key
/// (8.3). The miner gets the rest and the fees.
[[nodiscard]] model::Amount dev_share(model::Amount reward, model::BlockHeight height) noexcept;

}  // namespace parallax::tos
