#pragma once

#include "verifier/chains/tos/v3/transaction.hpp"
#include "verifier/chains/tos/v3/transaction_rules.hpp"

#include <cstdint>

namespace parallax::tos::v3 {

/// Energy (docs/protocol/v3.md, energy): bought for good by freezing coins, used up for good.

/// Takes `units` of a sender's energy: InsufficientEnergy if it has no record or not as many.
[[nodiscard]] model::ErrorCode consume_energy(protocol::TransactionState& state,
                                              const model::PublicKey& source, std::uint64_t units);

/// What a freeze or an unfreeze does to its source's record; the coins of a freeze were taken with
/// the spending, those of an unfreeze come back to nobody (quirk Q14). kUnsupported for an unfreeze
/// after which the node would change another record than the one it means (quirk Q13).
[[nodiscard]] RuleResult apply_energy(protocol::TransactionState& state,
                                      const model::PublicKey& source, const EnergyPayload& payload,
                                      model::BlockHeight blue_score);

}  // namespace parallax::tos::v3
