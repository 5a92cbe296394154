#include "verifier/core/store/observed_tally.hpp"

namespace parallax::core {

void add_observed(const std::vector<model::ObservedPart>& observed, ObservedTally& tally) {
    for (const model::ObservedPart& part : observed) {
        ObservedSum& sum = tally[part.source];
        ++sum.blocks;
        sum.seen += saw_something(part) ? 1U : 0U;
        sum.touched += part.touched;
        sum.accounts += part.accounts;
        sum.transactions += part.transactions;
        sum.results += part.results;
        sum.emitted_supply += part.emitted_supply ? 1U : 0U;
        sum.burned_supply += part.burned_supply ? 1U : 0U;
        sum.adopted += part.adopted ? 1U : 0U;
    }
}

}  // namespace parallax::core
