#include "verifier/protocol/block_keys.hpp"

#include "verifier/protocol/block_rules.hpp"

#include <algorithm>

namespace parallax {

std::vector<StateKey> foreseeable_keys(const AdmittedBlock& block, const Profile& profile) {
    std::vector<StateKey> keys;
    for (const Counter counter : {Counter::kEmittedSupply, Counter::kBurnedSupply, Counter::kGasFee,
                                  Counter::kMinerReward}) {
        keys.push_back(counter_key(counter));
    }
    for (const PublicKey& account : {block.header().miner, profile.dev_key}) {
        keys.push_back(account_key(account));
        keys.push_back(balance_key(account, kTosAsset));
    }
    for (const AdmittedTransaction& transaction : block.transactions()) {
        const std::vector<StateKey> own = static_keys(transaction);
        keys.insert(keys.end(), own.begin(), own.end());
    }
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    return keys;
}

}  // namespace parallax
