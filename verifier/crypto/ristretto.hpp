#pragma once

#include <decaf.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>

namespace parallax::crypto::ristretto {

/// Small value types over libdecaf's Ristretto255, internal to the codec: no other module includes
/// this header. Encodings that libdecaf reports as bad come back as nothing, so that its success
/// code of -1 is handled in one place (library notes, 2.3). All functions are
/// thread-safe; only `multiply`, `blinding_multiply` and
/// `signature_multiply` are constant-time.

using Encoding = std::array<std::uint8_t, 32>;

/// An integer modulo the group order L.
class GroupScalar {
  public:
    /// Zero.
    GroupScalar() noexcept;

    /// 32 bytes little-endian; nothing if not below L.
    [[nodiscard]] static std::optional<GroupScalar> decode(
        std::span<const std::uint8_t, 32> bytes) noexcept;
    /// Any number of bytes little-endian, modulo L.
    [[nodiscard]] static GroupScalar reduce(std::span<const std::uint8_t> bytes) noexcept;
    [[nodiscard]] static GroupScalar from_u64(std::uint64_t value) noexcept;
    [[nodiscard]] static GroupScalar one() noexcept { return from_u64(1); }

    [[nodiscard]] Encoding encode() const noexcept;
    [[nodiscard]] bool is_zero() const noexcept;
    /// 1/x; zero for zero, as the node's library has it.
    [[nodiscard]] GroupScalar inverse() const noexcept;

    friend GroupScalar operator+(const GroupScalar& a, const GroupScalar& b) noexcept;
    friend GroupScalar operator*(const GroupScalar& a, const GroupScalar& b) noexcept;
    friend GroupScalar operator-(const GroupScalar& a) noexcept;
    friend bool operator==(const GroupScalar& a, const GroupScalar& b) noexcept;

    [[nodiscard]] const decaf_255_scalar_s* raw() const noexcept { return &value_; }

  private:
    decaf_255_scalar_s value_;
};

/// An element of the group; the identity is one.
class GroupPoint {
  public:
    /// The identity.
    GroupPoint() noexcept;

    /// Nothing if the bytes are not the canonical encoding of a point; the identity counts.
    [[nodiscard]] static std::optional<GroupPoint> decode(
        std::span<const std::uint8_t, 32> bytes) noexcept;

    [[nodiscard]] Encoding encode() const noexcept;

    friend GroupPoint operator+(const GroupPoint& a, const GroupPoint& b) noexcept;
    friend GroupPoint operator-(const GroupPoint& a, const GroupPoint& b) noexcept;
    friend bool operator==(const GroupPoint& a, const GroupPoint& b) noexcept;

    /// scalar * point.
    friend GroupPoint multiply(const GroupScalar& scalar, const GroupPoint& point) noexcept;
    /// base_scalar * G + scalar * point, faster than its parts; its time depends on the scalars.
    friend GroupPoint multiply_public(const GroupScalar& base_scalar, const GroupScalar& scalar,
                                      const GroupPoint& point) noexcept;
    /// scalar * H, with H the Bulletproofs blinding base of the chain (protocol notes, 3.2).
    friend GroupPoint blinding_multiply(const GroupScalar& scalar) noexcept;
    /// scalar * H, with H the generator of V3's signatures.
    friend GroupPoint signature_multiply(const GroupScalar& scalar) noexcept;

  private:
    decaf_255_point_s value_;
};

GroupPoint multiply(const GroupScalar& scalar, const GroupPoint& point) noexcept;
GroupPoint multiply_public(const GroupScalar& base_scalar, const GroupScalar& scalar,
                           const GroupPoint& point) noexcept;
GroupPoint blinding_multiply(const GroupScalar& scalar) noexcept;
GroupPoint signature_multiply(const GroupScalar& scalar) noexcept;

}  // namespace parallax::crypto::ristretto
