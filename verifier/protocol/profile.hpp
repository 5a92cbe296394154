#pragma once

#include "verifier/model/identifiers.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace parallax::protocol {

/// What a failing transaction leaves behind (protocol notes, 6.3).
enum class FailureModel : std::uint8_t {
    /// Any failure rejects the whole block: the public vectors.
    kRejectBlock = 0,
    /// A failed transaction leaves nothing and is orphaned; the next one runs.
    kOrphanAtomic = 1,
    /// A failed transaction leaves what it had done when it failed: the node's own execution.
    kOrphanPartial = 2,
};
[[nodiscard]] std::string_view failure_model_name(FailureModel model) noexcept;
[[nodiscard]] std::optional<FailureModel> find_failure_model(std::string_view name) noexcept;

/// Which of the chain's ways of running transactions applies (4).
enum class ExecutionPath : std::uint8_t {
    /// The block path of a node: nonce checker, checks, apply, and the epilogue (8.4).
    kChain = 0,
    /// The vector harness for one transaction: pre-checks H1-H5 and shortcuts (4.1, 5.5.1, 5.10,
    /// 5.12), no epilogue.
    kVectorTransaction = 1,
    /// The vector harness for a list of transactions (7), no epilogue.
    kVectorBlock = 2,
};
[[nodiscard]] std::string_view execution_path_name(ExecutionPath path) noexcept;

/// The rules of one protocol epoch on one network: constants and switches. A plain value, part of
/// every verdict's provenance.
struct Profile {
    std::string_view name = "e1";
    std::uint8_t chain_id = 3;
    FailureModel failure_model = FailureModel::kOrphanAtomic;
    ExecutionPath path = ExecutionPath::kChain;
    /// Blocks of a "day": freeze durations and cooldown count in it (1).
    std::uint64_t blocks_per_day = 10;
    /// Receives the development share of each reward (8.3).
    model::PublicKey dev_key;
    /// The only version of a block's header whose rules these are.
    std::uint8_t block_version = 0;

    friend bool operator==(const Profile&, const Profile&) = default;
};

/// Profile e1 for a network: `mainnet`, `testnet`, `stagenet` or `devnet`; nothing for another
/// name.
[[nodiscard]] std::optional<Profile> e1_profile(std::string_view network) noexcept;
/// Profile e1 on devnet as the vector harness runs it.
[[nodiscard]] Profile e1_vector_profile(ExecutionPath path) noexcept;

// Constants of e1 that are no switch (1). Amounts in atomic units.
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

}  // namespace parallax::protocol
