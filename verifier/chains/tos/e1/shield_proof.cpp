#include "verifier/chains/tos/e1/shield_proof.hpp"

#include "verifier/crypto/hashing.hpp"
#include "verifier/crypto/merlin.hpp"
#include "verifier/crypto/ristretto.hpp"
#include "verifier/crypto/signature.hpp"

#include <array>
#include <string_view>

namespace parallax::tos::e1 {
namespace {

using crypto::ristretto::GroupPoint;
using crypto::ristretto::GroupScalar;

constexpr std::string_view kRandomnessTag = "parallax/shield-transfer/v1";

std::span<const std::uint8_t> bytes_of(std::string_view text) noexcept {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// c of 3.3. Only the two proof points enter the transcript: the statement does not.
GroupScalar challenge(const model::CompressedPoint& y_h,
                      const model::CompressedPoint& y_p) noexcept {
    crypto::MerlinTranscript transcript("shield_commitment_proof");
    transcript.append_message("dom-sep", "shield-commitment-proof");
    transcript.append_message("Y_H", y_h.bytes());
    transcript.append_message("Y_P", y_p.bytes());
    std::array<std::uint8_t, 64> wide;
    transcript.challenge_bytes("c", wide);
    return GroupScalar::reduce(wide);
}

model::CompressedPoint compressed(const GroupPoint& point) noexcept {
    return model::CompressedPoint::from_array(point.encode());
}

/// A secret of one proof; `name` keeps its secrets apart.
GroupScalar secret_scalar(std::string_view name, const model::PublicKey& destination,
                          model::Amount amount, std::span<const std::uint8_t, 32> seed) noexcept {
    const auto amount_bytes = GroupScalar::from_u64(amount.value()).encode();
    const GroupScalar scalar = GroupScalar::reduce(crypto::sha3_512(
        {bytes_of(kRandomnessTag), bytes_of(name), seed, destination.bytes(), amount_bytes}));
    return scalar.is_zero() ? GroupScalar::one() : scalar;
}

}  // namespace

bool verify_shield_proof(const ShieldTransfer& transfer) noexcept {
    const ShieldProof& proof = transfer.proof;
    if (proof.y_h.is_zero() || proof.y_p.is_zero()) {
        return false;
    }
    const auto y_h = GroupPoint::decode(proof.y_h.bytes());
    const auto y_p = GroupPoint::decode(proof.y_p.bytes());
    const auto z = GroupScalar::decode(proof.z.bytes());
    const auto commitment = GroupPoint::decode(transfer.commitment.bytes());
    const auto handle = GroupPoint::decode(transfer.receiver_handle.bytes());
    const auto destination = GroupPoint::decode(transfer.destination.bytes());
    if (!y_h || !y_p || !z || !commitment || !handle || !destination) {
        return false;
    }
    const GroupScalar c = challenge(proof.y_h, proof.y_p);
    const GroupScalar amount = GroupScalar::from_u64(transfer.amount.value());
    // z*H = Y_H + c*(C - amount*G), with c*C - (c*amount)*G as one double product.
    if (!(blinding_multiply(*z) == *y_h + multiply_public(-(c * amount), c, *commitment))) {
        return false;
    }
    // z*P = Y_P + c*D.
    return multiply_public(GroupScalar(), *z, *destination) ==
           *y_p + multiply_public(GroupScalar(), c, *handle);
}

std::optional<ShieldTransfer> make_shield_transfer(
    const model::AssetId& asset, const model::PublicKey& destination, model::Amount amount,
    std::span<const std::uint8_t, 32> seed) noexcept {
    const auto key = GroupPoint::decode(destination.bytes());
    if (!key || destination.is_zero()) {
        return std::nullopt;
    }
    const GroupScalar opening = secret_scalar("opening", destination, amount, seed);
    const GroupScalar nonce = secret_scalar("nonce", destination, amount, seed);

    ShieldTransfer transfer;
    transfer.asset = asset;
    transfer.destination = destination;
    transfer.amount = amount;
    const GroupPoint amount_point =
        multiply_public(GroupScalar::from_u64(amount.value()), GroupScalar(), GroupPoint());
    transfer.commitment = compressed(amount_point + blinding_multiply(opening));
    transfer.receiver_handle = compressed(multiply(opening, *key));
    transfer.proof.y_h = compressed(blinding_multiply(nonce));
    transfer.proof.y_p = compressed(multiply(nonce, *key));
    const GroupScalar c = challenge(transfer.proof.y_h, transfer.proof.y_p);
    transfer.proof.z = model::Scalar::from_array((nonce + c * opening).encode());
    return transfer;
}

}  // namespace parallax::tos::e1
