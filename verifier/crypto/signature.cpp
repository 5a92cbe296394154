#include "verifier/crypto/signature.hpp"

#include "verifier/crypto/hashing.hpp"
#include "verifier/crypto/ristretto.hpp"

#include <array>
#include <string_view>

namespace parallax::crypto {
namespace {

using ristretto::Encoding;
using ristretto::GroupPoint;
using ristretto::GroupScalar;

constexpr std::string_view kNonceTag = "tos-signer/deterministic-nonce/v1";
constexpr std::string_view kSeedTag = "parallax/signing-key/v1";

std::span<const std::uint8_t> bytes_of(std::string_view text) noexcept {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// e of 3.2: the digest of key, message and R, as a scalar.
GroupScalar challenge(const model::PublicKey& key, std::span<const std::uint8_t> message,
                      const Encoding& nonce_point) noexcept {
    return GroupScalar::reduce(sha3_512({key.bytes(), message, nonce_point}));
}

GroupPoint generator_multiply(const GroupScalar& scalar, SignatureScheme scheme) noexcept {
    return scheme == SignatureScheme::kInverseKey ? blinding_multiply(scalar)
                                                  : signature_multiply(scalar);
}

GroupScalar nonzero(const GroupScalar& scalar) noexcept {
    return scalar.is_zero() ? GroupScalar::one() : scalar;
}

}  // namespace

SignatureCheck verify_signature(const model::PublicKey& key, std::span<const std::uint8_t> message,
                                const Signature& signature, SignatureScheme scheme) noexcept {
    const auto point = GroupPoint::decode(key.bytes());
    const bool no_identity = scheme == SignatureScheme::kPlainKey;
    if (!point || (no_identity && *point == GroupPoint())) {
        return SignatureCheck::kBadPublicKey;
    }
    const auto s = GroupScalar::decode(signature.s.bytes());
    const auto e = GroupScalar::decode(signature.e.bytes());
    if (!s || !e) {
        return SignatureCheck::kInvalid;
    }
    // A table for H plus a variable-time product for A is libdecaf's fastest way to this sum
    // (library notes, 2.2); all inputs are public.
    const GroupPoint nonce_point =
        generator_multiply(*s, scheme) - multiply_public(GroupScalar(), *e, *point);
    return challenge(key, message, nonce_point.encode()) == *e ? SignatureCheck::kValid
                                                               : SignatureCheck::kInvalid;
}

bool is_canonical_scalar(std::span<const std::uint8_t, 32> bytes) noexcept {
    return GroupScalar::decode(bytes).has_value();
}

model::Scalar reduce_scalar(std::span<const std::uint8_t, 32> bytes) noexcept {
    return model::Scalar::from_array(GroupScalar::reduce(bytes).encode());
}

bool is_valid_point(std::span<const std::uint8_t, 32> bytes) noexcept {
    return GroupPoint::decode(bytes).has_value();
}

std::optional<SigningKey> SigningKey::from_scalar(const model::Scalar& secret,
                                                  SignatureScheme scheme) noexcept {
    const auto scalar = GroupScalar::decode(secret.bytes());
    if (!scalar || scalar->is_zero()) {
        return std::nullopt;
    }
    const GroupScalar exponent =
        scheme == SignatureScheme::kInverseKey ? scalar->inverse() : *scalar;
    SigningKey key;
    key.secret_ = secret;
    key.scheme_ = scheme;
    key.exponent_ = model::Scalar::from_array(exponent.encode());
    key.public_key_ = model::PublicKey::from_array(generator_multiply(exponent, scheme).encode());
    return key;
}

SigningKey SigningKey::from_seed(std::span<const std::uint8_t, 32> seed,
                                 SignatureScheme scheme) noexcept {
    const GroupScalar scalar = nonzero(GroupScalar::reduce(sha3_512({bytes_of(kSeedTag), seed})));
    return *from_scalar(model::Scalar::from_array(scalar.encode()), scheme);
}

Signature SigningKey::sign(std::span<const std::uint8_t> message) const noexcept {
    const GroupScalar nonce = nonzero(GroupScalar::reduce(
        sha3_512({bytes_of(kNonceTag), secret_.bytes(), public_key_.bytes(), message})));
    const GroupScalar e =
        challenge(public_key_, message, generator_multiply(nonce, scheme_).encode());
    const GroupScalar s = GroupScalar::reduce(exponent_.bytes()) * e + nonce;
    return {.s = model::Scalar::from_array(s.encode()), .e = model::Scalar::from_array(e.encode())};
}

std::optional<model::CompressedPoint> add_points(const model::CompressedPoint& a,
                                                 const model::CompressedPoint& b) noexcept {
    const auto left = GroupPoint::decode(a.bytes());
    const auto right = GroupPoint::decode(b.bytes());
    if (!left || !right) {
        return std::nullopt;
    }
    return model::CompressedPoint::from_array((*left + *right).encode());
}

}  // namespace parallax::crypto
