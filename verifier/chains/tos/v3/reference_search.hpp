#pragma once

#include "verifier/chains/tos/v3/transaction.hpp"
#include "verifier/protocol/transaction_state.hpp"

#include <cstdint>

namespace parallax::tos::v3 {

/// How the search for a version of a balance ended.
enum class SearchEnd : std::uint8_t {
    kFound = 0,
    /// The reference lies before the first version that there is: the newest one is taken, and the
    /// block may let it be spent for nothing.
    kBrandNew = 1,
    /// The account never had any of this asset.
    kNoBalance = 2,
    /// The version that the reference means is no longer kept.
    kForgotten = 3,
};

struct SearchResult {
    SearchEnd end = SearchEnd::kNoBalance;
    /// What the version lets its owner spend.
    model::Amount spendable;
};

/// Which version of a balance a transaction may spend (docs/protocol/v3.md, reference search): the
/// newest spending after the reference, with what could be spent before it; else the newest version
/// at or before the reference.
[[nodiscard]] SearchResult search_by_reference(protocol::TransactionState& state,
                                               const model::PublicKey& owner,
                                               const model::AssetId& asset,
                                               const Reference& reference, model::Topoheight now);

}  // namespace parallax::tos::v3
