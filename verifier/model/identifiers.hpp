#pragma once

#include "verifier/model/tagged_bytes.hpp"
#include "verifier/model/tagged_number.hpp"

namespace parallax {

/// A BLAKE3-256 hash: of a transaction, a block, a contract, a name (semantics reference, 3.1).
using Hash = TaggedBytes<struct HashTag, 32>;
/// A compressed Ristretto255 public key; it is also the account's address in its raw form. Not
/// known to be a valid point (points are not decompressed when decoding, 2.3).
using PublicKey = TaggedBytes<struct PublicKeyTag, 32>;
/// An asset's identifier.
using AssetId = TaggedBytes<struct AssetIdTag, 32>;
/// A compressed Ristretto255 point that is not a public key; not known to be valid.
using CompressedPoint = TaggedBytes<struct CompressedPointTag, 32>;
/// A canonical scalar of the group, 32 bytes little-endian. Only the codec builds one from outside
/// bytes, and it rejects what is not canonical.
using Scalar = TaggedBytes<struct ScalarTag, 32>;

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

static_assert(sizeof(Hash) == 32 && sizeof(PublicKey) == 32 && sizeof(AssetId) == 32);

}  // namespace parallax
