#pragma once

#include "verifier/model/block.hpp"
#include "verifier/model/identifiers.hpp"

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>

namespace parallax {

/// BLAKE3-256 of `bytes` (semantics reference, 3.1).
[[nodiscard]] Hash blake3(std::span<const std::uint8_t> bytes) noexcept;

/// BLAKE3-256 of a stream of pieces. Not thread-safe; one per use.
class Blake3Hasher {
  public:
    Blake3Hasher() noexcept;
    Blake3Hasher& update(std::span<const std::uint8_t> bytes) noexcept;
    /// Big-endian.
    Blake3Hasher& update_u64(std::uint64_t value) noexcept;
    /// The hash of everything so far; more may follow.
    [[nodiscard]] Hash finish() const noexcept;

  private:
    /// Room for blake3_hasher, so that its header stays out of ours; the size is asserted.
    alignas(8) std::array<std::uint8_t, 1912> state_;
};

/// FIPS-202 SHA3-512 of the concatenated pieces (3.2). Thread-safe.
[[nodiscard]] std::array<std::uint8_t, 64> sha3_512(
    std::initializer_list<std::span<const std::uint8_t>> pieces) noexcept;

/// FF, deployer, BLAKE3(module) hashed: the address of a deployed contract (3.1).
[[nodiscard]] Hash contract_address(const PublicKey& deployer,
                                    std::span<const std::uint8_t> module) noexcept;

/// BLAKE3 of the ASCII-lower-cased name (3.1).
[[nodiscard]] Hash name_hash(std::string_view name) noexcept;

/// The hash of a block, from its header; VRF data is not part of it (3.1).
[[nodiscard]] Hash block_hash(const BlockHeader& header) noexcept;

}  // namespace parallax
