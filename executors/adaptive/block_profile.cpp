#include "executors/adaptive/block_profile.hpp"

#include "verifier/chains/tos/e1/block_rules.hpp"

#include "absl/container/flat_hash_set.h"

#include <algorithm>
#include <vector>

namespace parallax::executors::adaptive {
namespace {

std::uint32_t percent(std::uint32_t part, std::uint32_t whole) {
    return whole == 0 ? 0 : static_cast<std::uint32_t>(std::uint64_t{100} * part / whole);
}

bool is_plain(const tos::e1::Transaction& transaction) {
    return transaction.fee_type == tos::e1::FeeType::kTos && !transaction.multisig &&
           (std::holds_alternative<tos::e1::TransfersPayload>(transaction.payload) ||
            std::holds_alternative<tos::e1::BurnPayload>(transaction.payload));
}

bool is_contract(const tos::e1::Transaction& transaction) {
    const auto* deploy = std::get_if<tos::e1::DeployContractPayload>(&transaction.payload);
    return std::holds_alternative<tos::e1::InvokeContractPayload>(transaction.payload) ||
           (deploy != nullptr && deploy->constructor.has_value());
}

}  // namespace

std::uint32_t BlockProfile::plain_percent() const noexcept {
    return percent(plain, transactions);
}
std::uint32_t BlockProfile::contract_percent() const noexcept {
    return percent(contracts, transactions);
}
std::uint32_t BlockProfile::conflict_percent() const noexcept {
    return percent(conflicting, transactions);
}

BlockProfile profile_types(const protocol::AdmittedBlock& block) {
    BlockProfile profile;
    for (const protocol::AdmittedTransaction& admitted : block.transactions()) {
        profile.transactions += 1;
        profile.plain += is_plain(admitted.transaction) ? 1U : 0U;
        profile.contracts += is_contract(admitted.transaction) ? 1U : 0U;
    }
    return profile;
}

void profile_conflicts(const protocol::AdmittedBlock& block, BlockProfile& profile) {
    absl::flat_hash_set<tos::e1::ConflictKey> seen;
    profile.conflicting = 0;
    for (const protocol::AdmittedTransaction& admitted : block.transactions()) {
        const std::vector<tos::e1::ConflictKey> keys = tos::e1::account_conflict_keys(admitted);
        const bool conflicts =
            std::any_of(keys.begin(), keys.end(),
                        [&](const tos::e1::ConflictKey& key) { return seen.contains(key); });
        profile.conflicting += conflicts ? 1U : 0U;
        seen.insert(keys.begin(), keys.end());
    }
}

}  // namespace parallax::executors::adaptive
