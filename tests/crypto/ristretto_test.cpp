#include "verifier/crypto/ristretto.hpp"

#include "tests/support/random_bytes.hpp"
#include "verifier/base/tagged_bytes.hpp"

#include <gtest/gtest.h>
#include <sodium.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// libsodium is the second opinion of this file: another implementation of the same group.
namespace parallax::crypto::ristretto {
namespace {

constexpr Encoding kIdentity{};

/// L, little-endian.
constexpr Encoding kOrder{0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
                          0xa2, 0xde, 0xf9, 0xde, 0x14, 0,    0,    0,    0,    0,    0,
                          0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};

Encoding order_plus(int difference) {
    Encoding bytes = kOrder;
    bytes[0] = static_cast<std::uint8_t>(bytes[0] + difference);
    return bytes;
}

Encoding random_point(test::RandomBytes& random) {
    Encoding point;
    crypto_core_ristretto255_from_hash(point.data(), random.array<64>().data());
    return point;
}

Encoding random_scalar(test::RandomBytes& random) {
    Encoding scalar;
    crypto_core_ristretto255_scalar_reduce(scalar.data(), random.array<64>().data());
    return scalar;
}

/// libsodium refuses to give the identity; the node's library gives it.
Encoding sodium_multiply(const Encoding& scalar, const Encoding& point) {
    Encoding product;
    return crypto_scalarmult_ristretto255(product.data(), scalar.data(), point.data()) == 0
               ? product
               : kIdentity;
}

Encoding sodium_multiply_base(const Encoding& scalar) {
    Encoding product;
    return crypto_scalarmult_ristretto255_base(product.data(), scalar.data()) == 0 ? product
                                                                                   : kIdentity;
}

Encoding sodium_add(const Encoding& a, const Encoding& b) {
    Encoding sum;
    EXPECT_EQ(crypto_core_ristretto255_add(sum.data(), a.data(), b.data()), 0);
    return sum;
}

GroupScalar scalar(const Encoding& bytes) {
    return GroupScalar::decode(bytes).value();
}
GroupPoint point(const Encoding& bytes) {
    return GroupPoint::decode(bytes).value();
}

/// Where a scalar multiplication could go wrong, and random ones.
std::vector<Encoding> interesting_scalars(test::RandomBytes& random) {
    std::vector<Encoding> scalars{{}, {1}, {2}, {0xFF}, order_plus(-1), order_plus(-2)};
    for (std::size_t bit = 0; bit < 252; bit += 7) {
        Encoding power{};
        power[bit / 8] = static_cast<std::uint8_t>(1U << (bit % 8));
        scalars.push_back(power);
    }
    for (int i = 0; i < 50; ++i) {
        scalars.push_back(random_scalar(random));
    }
    return scalars;
}

// H is the hash to the group of SHA3-512 of the compressed G (library notes, 2.1).
TEST(Ristretto, has_the_blinding_base_of_the_chain) {
    EXPECT_EQ(base::to_hex(blinding_multiply(GroupScalar::one()).encode()),
              "8c9240b456a9e6dc65c377a1048d745f94a08cdb7f44cbcd7b46f34048871134");
}

TEST(Ristretto, multiplies_as_libsodium_does) {
    test::RandomBytes random;
    SCOPED_TRACE(random.seed_text());
    const Encoding blinding_base = blinding_multiply(GroupScalar::one()).encode();
    for (const Encoding& factor : interesting_scalars(random)) {
        const Encoding base = random_point(random);
        const GroupScalar s = scalar(factor);
        const Encoding expected = sodium_multiply(factor, base);
        ASSERT_EQ(multiply(s, point(base)).encode(), expected) << base::to_hex(factor);
        ASSERT_EQ(multiply_public(GroupScalar(), s, point(base)).encode(), expected)
            << base::to_hex(factor);
        ASSERT_EQ(blinding_multiply(s).encode(), sodium_multiply(factor, blinding_base))
            << base::to_hex(factor);
    }
}

// Includes the pairs with a zero, one of which libdecaf itself gets wrong.
TEST(Ristretto, adds_two_products_as_libsodium_does) {
    test::RandomBytes random;
    SCOPED_TRACE(random.seed_text());
    const std::vector<Encoding> edges{{}, {1}, order_plus(-1), random_scalar(random)};
    for (const Encoding& a : edges) {
        for (const Encoding& b : edges) {
            const Encoding base = random_point(random);
            ASSERT_EQ(multiply_public(scalar(a), scalar(b), point(base)).encode(),
                      sodium_add(sodium_multiply_base(a), sodium_multiply(b, base)))
                << base::to_hex(a) << ' ' << base::to_hex(b);
        }
    }
}

TEST(Ristretto, takes_the_identity_as_a_point) {
    const auto identity = GroupPoint::decode(kIdentity);
    ASSERT_TRUE(identity.has_value());
    EXPECT_EQ(*identity, GroupPoint());
    EXPECT_EQ(identity->encode(), kIdentity);
    EXPECT_EQ(multiply(GroupScalar::from_u64(5), *identity).encode(), kIdentity);
    EXPECT_EQ(multiply_public(GroupScalar(), GroupScalar::from_u64(5), *identity).encode(),
              kIdentity);
    EXPECT_EQ(blinding_multiply(GroupScalar()).encode(), kIdentity);
}

// Below bit 255: libsodium 1.0.18 ignores that bit, which the standard and the node's library
// refuse.
TEST(Ristretto, decodes_what_libsodium_decodes) {
    test::RandomBytes random;
    SCOPED_TRACE(random.seed_text());
    int valid = 0;
    for (int i = 0; i < 4000; ++i) {
        Encoding bytes = random.array<32>();
        bytes[31] &= 0x7F;
        const bool expected = crypto_core_ristretto255_is_valid_point(bytes.data()) == 1;
        const auto decoded = GroupPoint::decode(bytes);
        ASSERT_EQ(decoded.has_value(), expected) << base::to_hex(bytes);
        if (decoded) {
            ++valid;
            ASSERT_EQ(decoded->encode(), bytes);
        }
    }
    EXPECT_GT(valid, 100);
}

TEST(Ristretto, refuses_bit_255_on_every_point) {
    test::RandomBytes random;
    SCOPED_TRACE(random.seed_text());
    for (int i = 0; i < 100; ++i) {
        Encoding bytes = random_point(random);
        ASSERT_TRUE(GroupPoint::decode(bytes).has_value());
        bytes[31] |= 0x80;
        ASSERT_FALSE(GroupPoint::decode(bytes).has_value()) << base::to_hex(bytes);
    }
}

// RFC 9496, A.3: non-canonical field elements, negative ones, and those that are on no curve.
TEST(Ristretto, refuses_bad_encodings) {
    const std::vector<std::string> bad{
        "00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "f3ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ed57ffd8c914fb201471d1c3d245ce3c746fcbe63a3679d51b6a516ebebe0e20",
        "26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"};
    for (const std::string& hex : bad) {
        const base::Bytes bytes = base::parse_hex(hex).value();
        EXPECT_FALSE(GroupPoint::decode(std::span<const std::uint8_t, 32>(bytes.data(), 32)))
            << hex;
    }
}

TEST(GroupScalar, is_canonical_below_the_order_only) {
    EXPECT_TRUE(GroupScalar::decode(order_plus(-1)).has_value());
    EXPECT_FALSE(GroupScalar::decode(kOrder).has_value());
    EXPECT_FALSE(GroupScalar::decode(order_plus(1)).has_value());
    Encoding ones;
    ones.fill(0xFF);
    EXPECT_FALSE(GroupScalar::decode(ones).has_value());
}

TEST(GroupScalar, reduces_as_libsodium_does) {
    test::RandomBytes random;
    SCOPED_TRACE(random.seed_text());
    for (int i = 0; i < 200; ++i) {
        auto wide = random.array<64>();
        if (i == 0) {
            wide.fill(0xFF);
        }
        Encoding expected;
        crypto_core_ristretto255_scalar_reduce(expected.data(), wide.data());
        ASSERT_EQ(GroupScalar::reduce(wide).encode(), expected) << base::to_hex(wide);
    }
    EXPECT_TRUE(GroupScalar::reduce(kOrder).is_zero());
}

TEST(GroupScalar, calculates_as_libsodium_does) {
    test::RandomBytes random;
    SCOPED_TRACE(random.seed_text());
    for (int i = 0; i < 100; ++i) {
        const Encoding a = random_scalar(random);
        const Encoding b = random_scalar(random);
        Encoding expected;
        crypto_core_ristretto255_scalar_add(expected.data(), a.data(), b.data());
        ASSERT_EQ((scalar(a) + scalar(b)).encode(), expected);
        crypto_core_ristretto255_scalar_mul(expected.data(), a.data(), b.data());
        ASSERT_EQ((scalar(a) * scalar(b)).encode(), expected);
        crypto_core_ristretto255_scalar_negate(expected.data(), a.data());
        ASSERT_EQ((-scalar(a)).encode(), expected);
        ASSERT_EQ(crypto_core_ristretto255_scalar_invert(expected.data(), a.data()), 0);
        ASSERT_EQ(scalar(a).inverse().encode(), expected);
    }
    EXPECT_TRUE(GroupScalar().inverse().is_zero());
}

}  // namespace
}  // namespace parallax::crypto::ristretto
