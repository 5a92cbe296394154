#include "verifier/chains/tos/v3/reference_search.hpp"

#include <algorithm>

namespace parallax::tos::v3 {

SearchResult search_by_reference(protocol::TransactionState& state, const model::PublicKey& owner,
                                 const model::AssetId& asset, const Reference& reference,
                                 model::Topoheight now) {
    const auto newest = state.spendable(model::balance_key(owner, asset));
    const auto* version =
        state.find<model::BalanceVersionRecord>(model::balance_version_key(owner, asset));
    if (version == nullptr || !newest) {
        return {SearchEnd::kNoBalance, {}};
    }
    // Beyond the block itself there is no version: only after a change of the order is a reference
    // that late, and then the newest version serves.
    const model::Topoheight at = reference.topoheight;
    const auto& spending = version->last_spending;
    if (spending && at < spending->at && spending->at <= now) {
        return {SearchEnd::kFound, spending->spendable_before.value_or(spending->amount)};
    }
    if (spending && at == spending->at) {
        return {SearchEnd::kFound, spending->amount};
    }
    if (version->at <= at) {
        return {SearchEnd::kFound, *newest};
    }
    const auto after = std::ranges::upper_bound(version->past, at, {}, &model::PastBalance::at);
    if (after != version->past.begin()) {
        return {SearchEnd::kFound, std::prev(after)->amount};
    }
    if (at < version->first) {
        return {SearchEnd::kBrandNew, *newest};
    }
    if (version->dropped) {
        return {SearchEnd::kForgotten, {}};
    }
    return spending ? SearchResult{SearchEnd::kFound, spending->amount}
                    : SearchResult{SearchEnd::kBrandNew, *newest};
}

}  // namespace parallax::tos::v3
