#pragma once

#include "verifier/model/identifiers.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace parallax::tos::e1 {

/// Constants of e1 that are no switch (protocol notes, 1). Amounts in atomic units.
inline constexpr std::string_view kProfileName = "e1";
inline constexpr std::string_view kHeadProfileName = "head";
inline constexpr std::uint8_t kDevnetChainId = 3;
inline constexpr std::uint64_t kBlocksPerDay = 86'400;
inline constexpr std::uint64_t kBlocksPerDayDevnet = 10;
inline constexpr std::uint64_t kFeePerKilobyte = 10'000;
inline constexpr std::uint64_t kFeePerOutput = 5'000;
inline constexpr std::uint64_t kFeePerMultisigSignature = 5'000;
inline constexpr std::uint64_t kUnoBurnPerTransfer = 5'000;
inline constexpr std::uint64_t kDeployBurn = model::kCoin;
inline constexpr std::uint64_t kMaxGas = 10 * model::kCoin;
inline constexpr std::uint64_t kMinShieldAmount = 100 * model::kCoin;
inline constexpr std::uint64_t kNameRegistrationFee = 10'000'000;
inline constexpr std::uint64_t kEnergyPerTosPerDay = 2;
inline constexpr std::size_t kMaxFreezeRecords = 32;
inline constexpr std::size_t kMaxPendingUnfreezes = 32;
inline constexpr std::uint64_t kUnfreezeCooldownDays = 14;
inline constexpr std::size_t kMaxExtraDataPerOutput = 126;
inline constexpr std::size_t kMaxExtraDataEncodedTotal = 4096;
inline constexpr std::uint64_t kStableLimit = 24;

}  // namespace parallax::tos::e1
