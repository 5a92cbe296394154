#pragma once

#include "verifier/model/identifiers.hpp"

namespace parallax {

/// First height at which the smaller development share applies (semantics reference, 1 and 8.3).
inline constexpr BlockHeight kReducedDevShareHeight{15'768'000};

/// The part of a block's reward, side-block cut already made, that goes to the development key
/// (8.3). The miner gets the rest and the fees. See `block_rules.hpp` for the reward itself.
[[nodiscard]] Amount dev_share(Amount reward, BlockHeight height) noexcept;

}  // namespace parallax
