#pragma once

#include "verifier/base/tagged_bytes.hpp"
#include "verifier/base/tagged_number.hpp"

#include <cstdint>
#include <limits>
#include <optional>

namespace parallax::model {

/// A BLAKE3-256 hash: of a transaction, a block, a contract, a name (protocol notes, 3.1).
using Hash = base::TaggedBytes<struct HashTag, 32>;
/// A compressed Ristretto255 public key; it is also the account's address in its raw form. Not
/// known to be a valid point (points are not decompressed when decoding, 2.3).
using PublicKey = base::TaggedBytes<struct PublicKeyTag, 32>;
/// An asset's identifier.
using AssetId = base::TaggedBytes<struct AssetIdTag, 32>;
/// A compressed Ristretto255 point that is not a public key; not known to be valid.
using CompressedPoint = base::TaggedBytes<struct CompressedPointTag, 32>;
/// A canonical scalar of the group, 32 bytes little-endian. Only the codec builds one from outside
/// bytes, and it rejects what is not canonical.
using Scalar = base::TaggedBytes<struct ScalarTag, 32>;

/// Money in atomic units (10^-8 of a coin for the native asset). There is no `+`: overflow is an
/// outcome of the chain's rules, so every sum is checked.
using Amount = base::TaggedNumber<struct AmountTag, std::uint64_t>;
/// A transaction's position in its account's sequence.
using Nonce = base::TaggedNumber<struct NonceTag, std::uint64_t>;
/// Position of a block in the executed order.
using Topoheight = base::TaggedNumber<struct TopoheightTag, std::uint64_t>;
/// A block's height in the DAG: 1 + the largest height among its tips.
using BlockHeight = base::TaggedNumber<struct BlockHeightTag, std::uint64_t>;
/// A transaction's position inside its block, from 0.
using TxIndex = base::TaggedNumber<struct TxIndexTag, std::uint32_t>;
/// Milliseconds since the Unix epoch.
using TimestampMs = base::TaggedNumber<struct TimestampMsTag, std::uint64_t>;

/// The native asset TOS: 32 zero bytes (1).
inline constexpr AssetId kTosAsset{};
/// The privacy asset UNO: 31 zero bytes and 01 (1).
inline constexpr AssetId kUnoAsset = [] {
    AssetId asset;
    asset.mutable_bytes()[31] = 1;
    return asset;
}();

/// Atomic units of one whole TOS (1).
inline constexpr std::uint64_t kCoin = 100'000'000;
/// Maximum supply in atomic units (1).
inline constexpr std::uint64_t kMaximumSupply = 18'400'000'000'000'000;

[[nodiscard]] constexpr std::optional<Amount> checked_add(Amount a, Amount b) noexcept {
    if (a.value() > std::numeric_limits<std::uint64_t>::max() - b.value()) {
        return std::nullopt;
    }
    return Amount{a.value() + b.value()};
}
[[nodiscard]] constexpr std::optional<Amount> checked_sub(Amount a, Amount b) noexcept {
    if (a.value() < b.value()) {
        return std::nullopt;
    }
    return Amount{a.value() - b.value()};
}
[[nodiscard]] constexpr Amount saturating_add(Amount a, Amount b) noexcept {
    const auto sum = checked_add(a, b);
    return sum ? *sum : Amount{std::numeric_limits<std::uint64_t>::max()};
}
[[nodiscard]] constexpr Amount saturating_sub(Amount a, Amount b) noexcept {
    const auto difference = checked_sub(a, b);
    return difference ? *difference : Amount{0};
}

[[nodiscard]] constexpr Nonce next(Nonce nonce) noexcept {
    return Nonce{nonce.value() + 1};
}
[[nodiscard]] constexpr Topoheight next(Topoheight t) noexcept {
    return Topoheight{t.value() + 1};
}

static_assert(sizeof(Hash) == 32 && sizeof(PublicKey) == 32 && sizeof(AssetId) == 32);

}  // namespace parallax::model
