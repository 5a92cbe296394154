#pragma once

#include "verifier/chains/tos/e1/transaction.hpp"
#include "verifier/chains/tos/e1/transaction_rules.hpp"
#include "verifier/protocol/transaction_state.hpp"

#include "absl/container/inlined_vector.h"

#include <optional>
#include <utility>

namespace parallax::tos::e1 {

/// What a transaction takes from its source: one sum per asset, in the order of first use
/// (protocol notes, 4.2 step 14 and 6.1 step 1). The fee is not in it.
struct Spending {
    absl::InlinedVector<std::pair<model::AssetId, model::Amount>, 2> sums;
    /// Adds to an asset's sum; false on overflow.
    [[nodiscard]] bool add(const model::AssetId& asset, model::Amount amount);
    [[nodiscard]] model::Amount of(const model::AssetId& asset) const;
};

/// Nothing if a sum overflows (0x304). `now` decides what a freeze can recycle: the topoheight of
/// verification in the checks, that of execution in the apply phase.
[[nodiscard]] std::optional<Spending> compute_spending(protocol::TransactionState& state,
                                                       const Transaction& transaction,
                                                       model::Topoheight now);

/// Quirk Q9: the agent account's energy pool that pays the fee instead of the source, if there is
/// one that can.
[[nodiscard]] std::optional<model::PublicKey> fee_pool(protocol::TransactionState& state,
                                                       const Transaction& transaction);

/// The smallest fee accepted (1).
[[nodiscard]] model::Amount required_fee(const AdmittedEntry& admitted);

/// The transaction's nonce is its source's (4.2, step 7): 0x111 or 0x110, 0x400 without an account.
[[nodiscard]] model::ErrorCode check_nonce(protocol::TransactionState& state,
                                           const Transaction& transaction);

/// Takes the one unit that an energy fee costs (6.1, step 5), 0x302 if it is not there; does
/// nothing for another fee type.
[[nodiscard]] model::ErrorCode consume_energy_fee(protocol::TransactionState& state,
                                                  const Transaction& transaction);

}  // namespace parallax::tos::e1
