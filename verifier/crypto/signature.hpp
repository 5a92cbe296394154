#pragma once

#include "verifier/crypto/schnorr_signature.hpp"
#include "verifier/model/identifiers.hpp"

#include <cstdint>
#include <optional>
#include <span>

namespace parallax::crypto {

/// Schnorr signatures on Ristretto255 as TOS has them (protocol notes, 3.2; docs/protocol/v3.md):
/// R = s*H - e*A, accepted iff SHA3-512(A, message, R) mod L equals e. Every function is
/// thread-safe.

/// What the epochs do not have in common.
enum class SignatureScheme : std::uint8_t {
    /// E1 and HEAD: H is the Bulletproofs blinding base, A = sk^-1 * H.
    kInverseKey = 0,
    /// V3: H is a generator of its own, A = sk * H; the identity is no key.
    kPlainKey = 1,
};

/// Why a signature is not accepted.
enum class SignatureCheck : std::uint8_t {
    kValid = 0,
    kInvalid = 1,
    /// The public key is not a valid point: a different error class of the chain (4.2, step 9).
    kBadPublicKey = 2,
};

/// Verifies `signature` over `message` under `key`; a bad key is reported before anything else.
/// The identity as R or as a key follows the node's library, not libsodium (library
/// notes, 2.3). A scalar that is not canonical, which no decoder lets through, is invalid.
[[nodiscard]] SignatureCheck verify_signature(
    const model::PublicKey& key, std::span<const std::uint8_t> message, const Signature& signature,
    SignatureScheme scheme = SignatureScheme::kInverseKey) noexcept;

/// True if `bytes` is a canonical scalar (< L); little-endian.
[[nodiscard]] bool is_canonical_scalar(std::span<const std::uint8_t, 32> bytes) noexcept;

/// Any 32 bytes, little-endian, modulo L: how the node reads a private key.
[[nodiscard]] model::Scalar reduce_scalar(std::span<const std::uint8_t, 32> bytes) noexcept;

/// True if the bytes decompress to a Ristretto255 point (the identity counts).
[[nodiscard]] bool is_valid_point(std::span<const std::uint8_t, 32> bytes) noexcept;

/// A private key and its public key. Made for tests and generated archives: signing is not
/// hardened against side channels.
class SigningKey {
  public:
    /// Nothing if `secret` is zero or not canonical.
    [[nodiscard]] static std::optional<SigningKey> from_scalar(
        const model::Scalar& secret,
        SignatureScheme scheme = SignatureScheme::kInverseKey) noexcept;
    /// A key from 32 seed bytes: SHA3-512 of a domain tag and the seed, reduced.
    [[nodiscard]] static SigningKey from_seed(
        std::span<const std::uint8_t, 32> seed,
        SignatureScheme scheme = SignatureScheme::kInverseKey) noexcept;

    [[nodiscard]] const model::PublicKey& public_key() const noexcept { return public_key_; }
    /// Deterministic, with the nonce rule of the spec's signer (3.2).
    [[nodiscard]] Signature sign(std::span<const std::uint8_t> message) const noexcept;

  private:
    SigningKey() = default;
    model::Scalar secret_;
    /// What the challenge is multiplied with: the inverse of the secret, or the secret.
    model::Scalar exponent_;
    SignatureScheme scheme_ = SignatureScheme::kInverseKey;
    model::PublicKey public_key_;
};

/// Point sum of two ciphertext halves; nothing if either is not a valid point.
[[nodiscard]] std::optional<model::CompressedPoint> add_points(
    const model::CompressedPoint& a, const model::CompressedPoint& b) noexcept;

}  // namespace parallax::crypto
