#pragma once

#include "verifier/chains/tos/e1/block.hpp"
#include "verifier/model/identifiers.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace parallax::tos::e1 {

/// What the chain calls things by: hashes of what its bytes say (protocol notes, 3.1).

/// FF, deployer, BLAKE3(module) hashed: the address of a deployed contract (3.1).
[[nodiscard]] model::Hash contract_address(const model::PublicKey& deployer,
                                           std::span<const std::uint8_t> module) noexcept;

/// BLAKE3 of the ASCII-lower-cased name (3.1).
[[nodiscard]] model::Hash name_hash(std::string_view name) noexcept;

/// The hash of a block, from its header; VRF data is not part of it (3.1).
[[nodiscard]] model::Hash block_hash(const BlockHeader& header) noexcept;

}  // namespace parallax::tos::e1
