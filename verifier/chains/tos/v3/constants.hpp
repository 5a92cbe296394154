#pragma once

#include "verifier/model/identifiers.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace parallax::tos::v3 {

/// Constants of v3 that are no switch (docs/protocol/v3.md, constants). Amounts in atomic units.
inline constexpr std::string_view kProfileName = "v3";
inline constexpr std::uint64_t kDeployCost = model::kCoin;
inline constexpr std::uint32_t kMinFreezeDays = 3;
inline constexpr std::uint32_t kMaxFreezeDays = 180;
/// Blue scores of a "day", on every network.
inline constexpr std::uint64_t kBlueScoresPerDay = 86'400;
inline constexpr std::uint64_t kEnergyPerCoinPerDay = 2;
/// Blue scores behind the best after which an order stands.
inline constexpr std::uint64_t kStableLimit = 60;

/// Limits of the format.
inline constexpr std::size_t kMaxTransactionSize = 1'048'576;
inline constexpr std::size_t kMaxBlockSize = 1'310'720;
inline constexpr std::size_t kMaxTransactionsPerBlock = 65'535;
inline constexpr std::size_t kMaxParentLevels = 64;
inline constexpr std::size_t kMaxParents = 32;
inline constexpr std::size_t kMaxExtraDataDecoded = 1'024;
inline constexpr std::size_t kMaxCellItems = 10'000;
inline constexpr std::size_t kMaxCellDepth = 64;
inline constexpr std::size_t kMaxDataElement = 128;

}  // namespace parallax::tos::v3
