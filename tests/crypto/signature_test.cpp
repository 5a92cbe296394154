#include "verifier/crypto/signature.hpp"

#include "tests/support/public_vectors.hpp"
#include "tests/support/random_bytes.hpp"
#include "verifier/chains/tos/e1/shield_proof.hpp"
#include "verifier/crypto/hashing.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sodium.h>

#include <string>
#include <string_view>
#include <vector>

namespace parallax::crypto {
namespace {

model::Scalar small_scalar(std::uint8_t value) {
    model::Scalar scalar;
    scalar.mutable_bytes()[0] = value;
    return scalar;
}

SigningKey key_of(std::uint8_t value) {
    return SigningKey::from_scalar(small_scalar(value)).value();
}

/// A private key as the vectors write it: any 32 bytes.
std::optional<SigningKey> key_from_private(const std::string& hex) {
    const base::Bytes bytes = base::parse_hex(hex).value();
    return SigningKey::from_scalar(
        reduce_scalar(std::span<const std::uint8_t, 32>(bytes.data(), bytes.size())));
}

Signature signature_from_hex(const std::string& hex) {
    return {.s = model::Scalar::from_hex(hex.substr(0, 64)).value(),
            .e = model::Scalar::from_hex(hex.substr(64)).value()};
}

template <class Scalars>
void flip_bit(Scalars& scalar, std::size_t bit) {
    scalar.mutable_bytes()[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
}

/// Adds L to a scalar, which has room for it: the same number, not canonical.
model::Scalar with_order_added(const model::Scalar& scalar) {
    constexpr std::array<std::uint8_t, 32> kOrder{0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58,
                                                  0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
                                                  0,    0,    0,    0,    0,    0,    0,    0,
                                                  0,    0,    0,    0,    0,    0,    0,    0x10};
    model::Scalar sum;
    unsigned carry = 0;
    for (std::size_t i = 0; i < kOrder.size(); ++i) {
        carry += static_cast<unsigned>(scalar.bytes()[i]) + kOrder[i];
        sum.mutable_bytes()[i] = static_cast<std::uint8_t>(carry);
        carry >>= 8;
    }
    return sum;
}

// The worked example of the protocol notes, appendix A.
TEST(Signature, accepts_the_worked_example) {
    const model::PublicKey key =
        model::PublicKey::from_hex(
            "f05bc1df2831717c2992d85b57e0cf3d123fd6c254257de5f784be369747b249")
            .value();
    const base::Bytes message =
        base::parse_hex(
            "0103f05bc1df2831717c2992d85b57e0cf3d123fd6c254257de5f784be369747b249010001" +
            std::string(64, '0') +
            "c29d170ab8a5b42a3520878501a87a27f9b5653fca8b0c59fc2786cf26e37824"
            "00000000000186a00000000000000186a0000000000000000005" +
            std::string(64, '0') + "0000000000000000")
            .value();
    const Signature signature = signature_from_hex(
        "6f1922cb53c021f127429940d5c64ea9a0b5d9d7d74daed1fba26394a1be7209"
        "22ef65b532bd4c8a27def76b00d28b4d75458aec9f437f5ef9c9e3d7a193dd08");
    EXPECT_EQ(verify_signature(key, message, signature), SignatureCheck::kValid);
    EXPECT_EQ(key_of(2).public_key(), key);
    EXPECT_EQ(key_of(2).sign(message), signature);
}

TEST(Signature, round_trips_messages_of_any_length) {
    test::RandomBytes random;
    SCOPED_TRACE(random.seed_text());
    for (const std::size_t size : {0U, 1U, 71U, 72U, 73U, 200U, 5000U}) {
        const SigningKey key = SigningKey::from_seed(random.array<32>());
        const base::Bytes message = random.bytes(size);
        EXPECT_EQ(verify_signature(key.public_key(), message, key.sign(message)),
                  SignatureCheck::kValid)
            << size << " bytes";
    }
}

TEST(Signature, rejects_every_flipped_bit_of_the_signature) {
    const SigningKey key = key_of(7);
    const base::Bytes message{1, 2, 3};
    const Signature valid = key.sign(message);
    for (std::size_t bit = 0; bit < 256; ++bit) {
        Signature s_flipped = valid;
        flip_bit(s_flipped.s, bit);
        Signature e_flipped = valid;
        flip_bit(e_flipped.e, bit);
        ASSERT_EQ(verify_signature(key.public_key(), message, s_flipped), SignatureCheck::kInvalid)
            << bit;
        ASSERT_EQ(verify_signature(key.public_key(), message, e_flipped), SignatureCheck::kInvalid)
            << bit;
    }
}

TEST(Signature, rejects_every_flipped_bit_of_the_message) {
    const SigningKey key = key_of(7);
    const base::Bytes message{0x5A, 0x00, 0xFF, 0x31};
    const Signature signature = key.sign(message);
    for (std::size_t bit = 0; bit < message.size() * 8; ++bit) {
        base::Bytes flipped = message;
        flipped[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
        ASSERT_EQ(verify_signature(key.public_key(), flipped, signature), SignatureCheck::kInvalid)
            << bit;
    }
    EXPECT_EQ(verify_signature(key.public_key(), std::span(message).first(3), signature),
              SignatureCheck::kInvalid);
}

TEST(Signature, rejects_another_key) {
    const base::Bytes message{1, 2, 3};
    EXPECT_EQ(verify_signature(key_of(8).public_key(), message, key_of(7).sign(message)),
              SignatureCheck::kInvalid);
}

TEST(Signature, reports_a_key_that_is_no_point_before_a_bad_signature) {
    const base::Bytes message{1, 2, 3};
    model::PublicKey key;
    key.mutable_bytes().fill(0xFF);
    EXPECT_EQ(verify_signature(key, message, key_of(7).sign(message)),
              SignatureCheck::kBadPublicKey);
    Signature not_canonical;
    not_canonical.s.mutable_bytes().fill(0xFF);
    EXPECT_EQ(verify_signature(key, message, not_canonical), SignatureCheck::kBadPublicKey);
}

// libsodium would take both: the sum is the same modulo L.
TEST(Signature, rejects_scalars_that_are_not_canonical) {
    const SigningKey key = key_of(7);
    const base::Bytes message{1, 2, 3};
    const Signature valid = key.sign(message);
    EXPECT_EQ(
        verify_signature(key.public_key(), message, {.s = with_order_added(valid.s), .e = valid.e}),
        SignatureCheck::kInvalid);
    EXPECT_EQ(
        verify_signature(key.public_key(), message, {.s = valid.s, .e = with_order_added(valid.e)}),
        SignatureCheck::kInvalid);
    EXPECT_TRUE(is_canonical_scalar(valid.s.bytes()));
    EXPECT_FALSE(is_canonical_scalar(with_order_added(valid.s).bytes()));
    EXPECT_EQ(reduce_scalar(with_order_added(valid.s).bytes()), valid.s);
}

// R = s*H whatever e is, so anybody can sign for the identity; the node's library says yes.
TEST(Signature, accepts_what_verifies_under_the_identity_key) {
    const model::PublicKey identity;
    const base::Bytes message{1, 2, 3};
    // With k = 1, R is H itself, the public key of private scalar 1.
    const model::PublicKey nonce_point = key_of(1).public_key();
    const auto digest = sha3_512({identity.bytes(), message, nonce_point.bytes()});
    std::array<std::uint8_t, 32> e;
    crypto_core_ristretto255_scalar_reduce(e.data(), digest.data());
    EXPECT_EQ(verify_signature(identity, message,
                               {.s = small_scalar(1), .e = model::Scalar::from_array(e)}),
              SignatureCheck::kValid);
    EXPECT_EQ(verify_signature(identity, message,
                               {.s = small_scalar(2), .e = model::Scalar::from_array(e)}),
              SignatureCheck::kInvalid);
}

// With s = 0 and e = 0, R is the identity: a verdict about the digest, not an error.
TEST(Signature, takes_the_identity_as_nonce_point) {
    const base::Bytes message{1, 2, 3};
    EXPECT_EQ(verify_signature(key_of(7).public_key(), message, Signature{}),
              SignatureCheck::kInvalid);
}

TEST(Signature, agrees_with_libsodium) {
    test::RandomBytes random;
    SCOPED_TRACE(random.seed_text());
    const model::PublicKey blinding_base = key_of(1).public_key();
    for (int i = 0; i < 50; ++i) {
        const SigningKey key = SigningKey::from_seed(random.array<32>());
        const base::Bytes message = random.bytes(random.below(300));
        const Signature signature = key.sign(message);
        std::array<std::uint8_t, 32> left;
        std::array<std::uint8_t, 32> right;
        ASSERT_EQ(crypto_scalarmult_ristretto255(left.data(), signature.s.bytes().data(),
                                                 blinding_base.bytes().data()),
                  0);
        ASSERT_EQ(crypto_scalarmult_ristretto255(right.data(), signature.e.bytes().data(),
                                                 key.public_key().bytes().data()),
                  0);
        std::array<std::uint8_t, 32> nonce_point;
        ASSERT_EQ(crypto_core_ristretto255_sub(nonce_point.data(), left.data(), right.data()), 0);
        const auto digest = sha3_512({key.public_key().bytes(), message, nonce_point});
        std::array<std::uint8_t, 32> e;
        crypto_core_ristretto255_scalar_reduce(e.data(), digest.data());
        ASSERT_EQ(model::Scalar::from_array(e), signature.e);
        ASSERT_EQ(verify_signature(key.public_key(), message, signature), SignatureCheck::kValid);
    }
}

TEST(SigningKey, refuses_zero_and_what_is_not_canonical) {
    EXPECT_FALSE(SigningKey::from_scalar(model::Scalar{}).has_value());
    EXPECT_FALSE(SigningKey::from_scalar(with_order_added(small_scalar(3))).has_value());
}

TEST(SigningKey, differs_by_seed_and_repeats_for_the_same) {
    std::array<std::uint8_t, 32> seed{};
    const model::PublicKey first = SigningKey::from_seed(seed).public_key();
    EXPECT_EQ(SigningKey::from_seed(seed).public_key(), first);
    seed[31] = 1;
    EXPECT_NE(SigningKey::from_seed(seed).public_key(), first);
}

TEST(SigningKey, signs_the_same_message_the_same_way) {
    const base::Bytes message{1, 2, 3};
    EXPECT_EQ(key_of(7).sign(message), key_of(7).sign(message));
    EXPECT_NE(key_of(7).sign(message).s, key_of(7).sign(base::Bytes{1, 2, 4}).s);
}

TEST(AddPoints, adds_and_refuses_what_is_no_point) {
    const auto as_point = [](const model::PublicKey& key) {
        return model::CompressedPoint::from_array(key.bytes());
    };
    const model::CompressedPoint a = as_point(key_of(5).public_key());
    const model::CompressedPoint b = as_point(key_of(6).public_key());
    model::CompressedPoint expected;
    ASSERT_EQ(crypto_core_ristretto255_add(expected.mutable_bytes().data(), a.bytes().data(),
                                           b.bytes().data()),
              0);
    EXPECT_EQ(add_points(a, b), expected);
    EXPECT_EQ(add_points(a, model::CompressedPoint{}), a);
    model::CompressedPoint bad;
    bad.mutable_bytes().fill(0xFF);
    EXPECT_FALSE(add_points(a, bad).has_value());
    EXPECT_FALSE(add_points(bad, a).has_value());
    EXPECT_TRUE(is_valid_point(a.bytes()));
    EXPECT_TRUE(is_valid_point(model::CompressedPoint{}.bytes()));
    EXPECT_FALSE(is_valid_point(bad.bytes()));
}

TEST(SignatureVectors, derive_the_published_account_keys) {
    const auto text = test::read_public_vectors("accounts.json");
    if (!text) {
        GTEST_SKIP() << "no public vectors";
    }
    const auto document = nlohmann::json::parse(*text);
    ASSERT_FALSE(document.at("accounts").empty());
    for (const auto& account : document.at("accounts")) {
        const auto key = key_from_private(account.at("private_key").get<std::string>());
        ASSERT_TRUE(key.has_value());
        EXPECT_EQ(key->public_key().hex(), account.at("public_key").get<std::string>())
            << account.at("name");
    }
}

/// The key that a case of ristretto255.json states: by a seed byte or by private bytes.
std::optional<SigningKey> stated_key(const nlohmann::json& input) {
    if (input.contains("seed")) {
        return SigningKey::from_scalar(small_scalar(input.at("seed").get<std::uint8_t>()));
    }
    if (input.contains("private_key")) {
        return key_from_private(input.at("private_key").get<std::string>());
    }
    return std::nullopt;
}

/// Checks a signature case. False if the published key is not the one of the stated seed: such a
/// case contradicts itself (protocol notes, 3.2) and says nothing.
bool check_signature_case(const nlohmann::json& input, const nlohmann::json& expected) {
    const auto key = stated_key(input);
    if (!key || key->public_key().hex() != expected.at("public_key").get<std::string>()) {
        return false;
    }
    const base::Bytes message = base::parse_hex(input.at("message").get<std::string>()).value();
    const Signature signature = signature_from_hex(expected.at("signature").get<std::string>());
    EXPECT_EQ(verify_signature(key->public_key(), message, signature), SignatureCheck::kValid);
    EXPECT_EQ(key->sign(message), signature);
    return true;
}

TEST(SignatureVectors, reproduce_the_consistent_cases) {
    const auto text = test::read_public_vectors("crypto/ristretto255.json");
    if (!text) {
        GTEST_SKIP() << "no public vectors";
    }
    int checked = 0;
    const auto document = nlohmann::json::parse(*text);
    for (const auto& vector : document.at("test_vectors")) {
        SCOPED_TRACE(vector.at("name").get<std::string>());
        const auto& input = vector.at("input");
        const auto& expected = vector.at("expected");
        if (expected.contains("signature")) {
            checked += check_signature_case(input, expected) ? 1 : 0;
        } else if (expected.contains("public_key")) {
            const auto key = stated_key(input);
            // The inverse of zero is zero in the node's library, and so its key the identity.
            EXPECT_EQ(
                key ? key->public_key() : model::PublicKey{},
                model::PublicKey::from_hex(expected.at("public_key").get<std::string>()).value());
            ++checked;
        } else if (expected.contains("point")) {
            const auto point =
                model::CompressedPoint::from_hex(expected.at("point").get<std::string>()).value();
            EXPECT_TRUE(is_valid_point(point.bytes()));
            ++checked;
        }
    }
    EXPECT_GT(checked, 0);
}

}  // namespace
}  // namespace parallax::crypto
