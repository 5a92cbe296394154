#include "executors/adaptive/block_profile.hpp"

#include "absl/container/flat_hash_set.h"

#include <algorithm>
#include <vector>

namespace parallax::executors::adaptive {
namespace {

std::uint32_t percent(std::uint32_t part, std::uint32_t whole) {
    return whole == 0 ? 0 : static_cast<std::uint32_t>(std::uint64_t{100} * part / whole);
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
        profile.plain += admitted.payment != protocol::Payment::kNone ? 1U : 0U;
        profile.contracts += admitted.runs_code ? 1U : 0U;
    }
    return profile;
}

void profile_conflicts(const protocol::Protocol& protocol, const protocol::AdmittedBlock& block,
                       BlockProfile& profile) {
    absl::flat_hash_set<protocol::ConflictKey> seen;
    protocol::Accesses accesses;
    profile.conflicting = 0;
    for (std::uint32_t i = 0; i < block.transactions().size(); ++i) {
        accesses.clear();
        // Without a state there is no read that could fail.
        static_cast<void>(protocol.accesses(block, model::TxIndex{i}, nullptr, accesses));
        const auto keys = protocol::conflict_keys(block.transactions()[i], accesses);
        const bool conflicts =
            std::any_of(keys.begin(), keys.end(),
                        [&](const protocol::ConflictKey& key) { return seen.contains(key); });
        profile.conflicting += conflicts ? 1U : 0U;
        seen.insert(keys.begin(), keys.end());
    }
}

}  // namespace parallax::executors::adaptive
