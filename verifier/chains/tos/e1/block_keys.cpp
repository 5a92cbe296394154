#include "verifier/chains/tos/e1/block_keys.hpp"

#include "verifier/chains/tos/e1/block_rules.hpp"

#include <algorithm>

namespace parallax::tos::e1 {

std::vector<model::StateKey> foreseeable_keys(const protocol::AdmittedBlock& block,
                                              const protocol::Profile& profile) {
    std::vector<model::StateKey> keys;
    for (const model::Counter counter :
         {model::Counter::kEmittedSupply, model::Counter::kBurnedSupply, model::Counter::kGasFee,
          model::Counter::kMinerReward}) {
        keys.push_back(model::counter_key(counter));
    }
    for (const model::PublicKey& account : {block.header().miner, profile.dev_key}) {
        keys.push_back(model::account_key(account));
        keys.push_back(model::balance_key(account, model::kTosAsset));
    }
    for (const protocol::AdmittedTransaction& transaction : block.transactions()) {
        const std::vector<model::StateKey> own = static_keys(transaction);
        keys.insert(keys.end(), own.begin(), own.end());
    }
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    return keys;
}

}  // namespace parallax::tos::e1
