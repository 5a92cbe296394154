#include "verifier/crypto/ristretto.hpp"

#include <cstddef>
#include <cstdlib>

namespace parallax::crypto::ristretto {
namespace {

/// H, compressed (protocol notes, 3.2).
constexpr Encoding kBlindingBase{0x8c, 0x92, 0x40, 0xb4, 0x56, 0xa9, 0xe6, 0xdc, 0x65, 0xc3, 0x77,
                                 0xa1, 0x04, 0x8d, 0x74, 0x5f, 0x94, 0xa0, 0x8c, 0xdb, 0x7f, 0x44,
                                 0xcb, 0xcd, 0x7b, 0x46, 0xf3, 0x40, 0x48, 0x87, 0x11, 0x34};

/// The generator of signatures on V3 (docs/protocol/v3.md, signatures).
constexpr Encoding kSignatureBase{0xc8, 0x4a, 0xf3, 0x2e, 0xda, 0x1e, 0x82, 0x7f, 0x3a, 0xeb, 0xdf,
                                  0x1d, 0xd6, 0xf9, 0xc8, 0xc4, 0x42, 0x88, 0x1d, 0x72, 0xbb, 0xfe,
                                  0xd9, 0x1f, 0x05, 0xca, 0x78, 0xa5, 0x46, 0x0b, 0xd8, 0x59};

/// Multiples of a base. Made once and never freed: threads may still verify while static objects
/// are destroyed.
const decaf_255_precomputed_s* make_table(const Encoding& encoding) noexcept {
    decaf_255_point_t base;
    const std::size_t alignment = decaf_255_alignof_precomputed_s;
    const std::size_t size =
        (decaf_255_sizeof_precomputed_s + alignment - 1) / alignment * alignment;
    auto* const table = static_cast<decaf_255_precomputed_s*>(std::aligned_alloc(alignment, size));
    if (table == nullptr ||
        decaf_255_point_decode(base, encoding.data(), DECAF_FALSE) != DECAF_SUCCESS) {
        std::abort();
    }
    decaf_255_precompute(table, base);
    return table;
}

}  // namespace

GroupScalar::GroupScalar() noexcept : value_(*decaf_255_scalar_zero) {}

std::optional<GroupScalar> GroupScalar::decode(std::span<const std::uint8_t, 32> bytes) noexcept {
    GroupScalar scalar;
    if (decaf_255_scalar_decode(&scalar.value_, bytes.data()) != DECAF_SUCCESS) {
        return std::nullopt;
    }
    return scalar;
}

GroupScalar GroupScalar::reduce(std::span<const std::uint8_t> bytes) noexcept {
    GroupScalar scalar;
    decaf_255_scalar_decode_long(&scalar.value_, bytes.data(), bytes.size());
    return scalar;
}

GroupScalar GroupScalar::from_u64(std::uint64_t value) noexcept {
    GroupScalar scalar;
    decaf_255_scalar_set_unsigned(&scalar.value_, value);
    return scalar;
}

Encoding GroupScalar::encode() const noexcept {
    Encoding bytes;
    decaf_255_scalar_encode(bytes.data(), &value_);
    return bytes;
}

bool GroupScalar::is_zero() const noexcept {
    return *this == GroupScalar();
}

GroupScalar GroupScalar::inverse() const noexcept {
    GroupScalar result;
    if (decaf_255_scalar_invert(&result.value_, &value_) != DECAF_SUCCESS) {
        return GroupScalar();
    }
    return result;
}

GroupScalar operator+(const GroupScalar& a, const GroupScalar& b) noexcept {
    GroupScalar sum;
    decaf_255_scalar_add(&sum.value_, &a.value_, &b.value_);
    return sum;
}

GroupScalar operator*(const GroupScalar& a, const GroupScalar& b) noexcept {
    GroupScalar product;
    decaf_255_scalar_mul(&product.value_, &a.value_, &b.value_);
    return product;
}

GroupScalar operator-(const GroupScalar& a) noexcept {
    GroupScalar negated;
    decaf_255_scalar_sub(&negated.value_, decaf_255_scalar_zero, &a.value_);
    return negated;
}

bool operator==(const GroupScalar& a, const GroupScalar& b) noexcept {
    return decaf_255_scalar_eq(&a.value_, &b.value_) != DECAF_FALSE;
}

GroupPoint::GroupPoint() noexcept : value_(*decaf_255_point_identity) {}

std::optional<GroupPoint> GroupPoint::decode(std::span<const std::uint8_t, 32> bytes) noexcept {
    GroupPoint point;
    if (decaf_255_point_decode(&point.value_, bytes.data(), DECAF_TRUE) != DECAF_SUCCESS) {
        return std::nullopt;
    }
    return point;
}

Encoding GroupPoint::encode() const noexcept {
    Encoding bytes;
    decaf_255_point_encode(bytes.data(), &value_);
    return bytes;
}

GroupPoint operator+(const GroupPoint& a, const GroupPoint& b) noexcept {
    GroupPoint sum;
    decaf_255_point_add(&sum.value_, &a.value_, &b.value_);
    return sum;
}

GroupPoint operator-(const GroupPoint& a, const GroupPoint& b) noexcept {
    GroupPoint difference;
    decaf_255_point_sub(&difference.value_, &a.value_, &b.value_);
    return difference;
}

bool operator==(const GroupPoint& a, const GroupPoint& b) noexcept {
    return decaf_255_point_eq(&a.value_, &b.value_) != DECAF_FALSE;
}

GroupPoint multiply(const GroupScalar& scalar, const GroupPoint& point) noexcept {
    GroupPoint product;
    decaf_255_point_scalarmul(&product.value_, &point.value_, scalar.raw());
    return product;
}

GroupPoint multiply_public(const GroupScalar& base_scalar, const GroupScalar& scalar,
                           const GroupPoint& point) noexcept {
    GroupPoint sum;
    if (scalar.is_zero()) {
        // libdecaf 1.0.2 gives the identity here, whatever the base's scalar is.
        decaf_255_precomputed_scalarmul(&sum.value_, decaf_255_precomputed_base, base_scalar.raw());
        return sum;
    }
    decaf_255_base_double_scalarmul_non_secret(&sum.value_, base_scalar.raw(), &point.value_,
                                               scalar.raw());
    return sum;
}

GroupPoint blinding_multiply(const GroupScalar& scalar) noexcept {
    static const decaf_255_precomputed_s* const kTable = make_table(kBlindingBase);
    GroupPoint product;
    decaf_255_precomputed_scalarmul(&product.value_, kTable, scalar.raw());
    return product;
}

GroupPoint signature_multiply(const GroupScalar& scalar) noexcept {
    static const decaf_255_precomputed_s* const kTable = make_table(kSignatureBase);
    GroupPoint product;
    decaf_255_precomputed_scalarmul(&product.value_, kTable, scalar.raw());
    return product;
}

}  // namespace parallax::crypto::ristretto
