#pragma once

#include "verifier/model/identifiers.hpp"

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>

namespace parallax::crypto {

/// BLAKE3-256 of `bytes` (protocol notes, 3.1).
[[nodiscard]] model::Hash blake3(std::span<const std::uint8_t> bytes) noexcept;

/// BLAKE3-256 of a stream of pieces. Not thread-safe; one per use.
class Blake3Hasher {
  public:
    Blake3Hasher() noexcept;
    Blake3Hasher& update(std::span<const std::uint8_t> bytes) noexcept;
    /// Big-endian.
    Blake3Hasher& update_u64(std::uint64_t value) noexcept;
    /// The hash of everything so far; more may follow.
    [[nodiscard]] model::Hash finish() const noexcept;

  private:
    /// Room for blake3_hasher, so that its header stays out of ours; the size is asserted.
    alignas(8) std::array<std::uint8_t, 1912> state_;
};

/// FIPS-202 SHA3-512 of the concatenated pieces (3.2). Thread-safe.
[[nodiscard]] std::array<std::uint8_t, 64> sha3_512(
    std::initializer_list<std::span<const std::uint8_t>> pieces) noexcept;

}  // namespace parallax::crypto
