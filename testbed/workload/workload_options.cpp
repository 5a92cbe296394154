#include "testbed/workload/workload.hpp"
#include "verifier/chains/tos/e1/profile.hpp"
#include "verifier/chains/tos/e1/wire.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace parallax::testbed {
namespace {

constexpr std::array<std::string_view, kWorkloadActions> kActionNames = {
    "transfer",
    "energy_fee_transfer",
    "cosigned_transfer",
    "burn",
    "multisig_configure",
    "multisig_delete",
    "freeze",
    "delegate",
    "unfreeze",
    "withdraw",
    "deploy",
    "agent_account",
    "register_name",
    "shield",
};

constexpr std::array<std::string_view, kFailureKinds> kFailureNames = {
    "nonce_too_low",
    "nonce_too_high",
    "insufficient_balance",
    "same_block_receipt",
    "asset_never_held",
    "bad_signature",
    "self_transfer",
    "fee_below_minimum",
    "wrong_chain_id",
    "reference_in_future",
    "extra_data_too_large",
    "receiver_overflow",
    "burn_zero",
    "burn_fee_overflow",
    "burn_with_energy_fee",
    "energy_missing",
    "energy_fee_not_zero",
    "freeze_not_whole",
    "freeze_with_fee",
    "delegate_to_self",
    "delegate_to_unknown",
    "unfreeze_too_much",
    "unfreeze_locked",
    "withdraw_nothing",
    "multisig_threshold_too_high",
    "multisig_self_participant",
    "multisig_delete_missing",
    "cosignatures_missing",
    "cosignatures_unexpected",
    "cosignature_bad",
    "deploy_twice",
    "name_taken",
    "name_reserved",
    "name_fee_too_low",
    "agent_registered_twice",
    "agent_missing",
    "agent_frozen",
    "agent_not_owner",
    "shield_too_small",
    "shield_bad_proof",
    "replayed",
};

constexpr std::array<std::string_view, 4> kHotSideNames = {"none", "receiver", "sender", "both"};

template <class T, std::size_t N>
std::optional<T> find_name(const std::array<std::string_view, N>& names, std::string_view name) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) {
        return std::nullopt;
    }
    return static_cast<T>(found - names.begin());
}

constexpr std::uint32_t kMinAccounts = 16;
constexpr std::uint32_t kMaxAccounts = 1'000'000;
constexpr std::uint32_t kMaxAssets = 64;
constexpr std::uint32_t kMaxSigningThreads = 256;

}  // namespace

std::string_view workload_action_name(WorkloadAction action) noexcept {
    return kActionNames[static_cast<std::size_t>(action)];
}
std::optional<WorkloadAction> find_workload_action(std::string_view name) noexcept {
    return find_name<WorkloadAction>(kActionNames, name);
}
bool has_action(tos::e1::Epoch epoch, WorkloadAction action) noexcept {
    switch (action) {
        case WorkloadAction::kEnergyFeeTransfer:
        case WorkloadAction::kFreeze:
        case WorkloadAction::kDelegate:
        case WorkloadAction::kUnfreeze:
        case WorkloadAction::kWithdraw:
        case WorkloadAction::kAgentAccount:
        case WorkloadAction::kRegisterName:
            return epoch == tos::e1::Epoch::kE1;
        case WorkloadAction::kTransfer:
        case WorkloadAction::kCosignedTransfer:
        case WorkloadAction::kBurn:
        case WorkloadAction::kMultisigConfigure:
        case WorkloadAction::kMultisigDelete:
        case WorkloadAction::kDeploy:
        case WorkloadAction::kShield:
            return true;
    }
    return true;
}
std::string_view failure_kind_name(FailureKind kind) noexcept {
    return kFailureNames[static_cast<std::size_t>(kind)];
}
std::string_view hot_side_name(HotSide side) noexcept {
    return kHotSideNames[static_cast<std::size_t>(side)];
}
std::optional<HotSide> find_hot_side(std::string_view name) noexcept {
    return find_name<HotSide>(kHotSideNames, name);
}

std::vector<std::string> WorkloadOptions::validate() const {
    std::vector<std::string> problems;
    const auto check = [&](const char* name, std::uint64_t value, std::uint64_t first,
                           std::uint64_t last) {
        if (value < first || value > last) {
            problems.push_back(
                fmt::format("{} is {}, possible are {} to {}", name, value, first, last));
        }
    };
    if (!tos::e1::find_profile(network)) {
        problems.push_back(fmt::format(
            "network is '{}', possible are mainnet, testnet, stagenet and devnet", network));
    }
    check("accounts", accounts, kMinAccounts, kMaxAccounts);
    check("transactions per block", transactions_per_block, 0, tos::e1::kMaxTransactionsPerBlock);
    check("conflict percent", conflict_percent, 0, 100);
    check("returning sender percent", returning_sender_percent, 0, 100);
    check("failing percent", failing_percent, 0, 100);
    check("side block percent", side_block_percent, 0, 90);
    check("new account percent", new_account_percent, 0, 100);
    check("assets", assets, 0, kMaxAssets);
    check("hot accounts", hot_accounts, 1, std::max(1U, accounts / 4));
    check("least outputs", min_outputs, 1, tos::e1::kMaxTransfers);
    check("most outputs", max_outputs, std::max(1U, min_outputs), tos::e1::kMaxTransfers);
    check("signing threads", signing_threads, 1, kMaxSigningThreads);
    for (std::size_t i = 0; i < kWorkloadActions; ++i) {
        if (weights[i] > 0 && !has_action(epoch, static_cast<WorkloadAction>(i))) {
            problems.push_back(fmt::format("the mix has {}, which profile {} does not have",
                                           kActionNames[i], tos::e1::profile_name(epoch)));
        }
    }
    const std::uint64_t total = std::accumulate(weights.begin(), weights.end(), std::uint64_t{0});
    check("sum of the weights", total, 1, 1'000'000'000);
    return problems;
}

std::string describe(const WorkloadOptions& options) {
    std::string mix;
    for (std::size_t i = 0; i < kWorkloadActions; ++i) {
        mix += fmt::format("{}{}={}", i == 0 ? "" : ",", kActionNames[i], options.weights[i]);
    }
    return fmt::format(
        "parallax generate: seed={} network={} accounts={} blocks={} transactions_per_block={} "
        "conflict_percent={} hot_side={} hot_accounts={} returning_sender_percent={} "
        "failing_percent={} "
        "side_block_percent={} new_account_percent={} assets={} outputs={}..{} mix={}",
        options.seed,
        options.epoch == tos::e1::Epoch::kE1 ? options.network : options.network + " profile=head",
        options.accounts, options.blocks, options.transactions_per_block, options.conflict_percent,
        hot_side_name(options.hot_side), options.hot_accounts, options.returning_sender_percent,
        options.failing_percent, options.side_block_percent, options.new_account_percent,
        options.assets, options.min_outputs, options.max_outputs, mix);
}

}  // namespace parallax::testbed
