#pragma once

#include "verifier/chains/tos/e1/transaction.hpp"

#include <cstdint>
#include <optional>
#include <span>

namespace parallax::tos::e1 {

/// Checks a shield commitment proof (3.3): true iff it is valid for this commitment, receiver
/// handle, destination and amount. False also for points that do not decompress.
[[nodiscard]] bool verify_shield_proof(const ShieldTransfer& transfer) noexcept;

/// Makes a valid shield transfer part: commitment, handle and proof for `amount` to `destination`,
/// with randomness derived from `seed` and the other arguments. For tests and generated archives.
/// Nothing if the destination is not a valid point, or is the identity, which no proof can have.
[[nodiscard]] std::optional<ShieldTransfer> make_shield_transfer(
    const model::AssetId& asset, const model::PublicKey& destination, model::Amount amount,
    std::span<const std::uint8_t, 32> seed) noexcept;

}  // namespace parallax::tos::e1
