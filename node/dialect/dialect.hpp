#pragma once

#include "verifier/chains/tos/e1/epoch.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace parallax::node {

/// How a node shows its chain: one for each epoch that is spoken.
enum class Dialect : std::uint8_t { kE1 = 0, kHead = 1, kV3 = 2 };

/// The profile of its rules: `e1`, `head`, `v3`.
[[nodiscard]] std::string_view profile_name(Dialect dialect) noexcept;
/// Nothing for a profile that no node is spoken with in.
[[nodiscard]] std::optional<Dialect> find_dialect(std::string_view profile) noexcept;

/// The name of a block's height, and how many blocks before one decide whether it lies beside them.
[[nodiscard]] const char* height_name(Dialect dialect) noexcept;
[[nodiscard]] std::uint64_t side_block_depth(Dialect dialect) noexcept;

/// Requires a dialect other than V3's.
[[nodiscard]] tos::e1::Epoch epoch_of(Dialect dialect) noexcept;

}  // namespace parallax::node
