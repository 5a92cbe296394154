#pragma once

#include "verifier/chains/tos/e1/profile.hpp"
#include "verifier/chains/tos/e1/transaction.hpp"
#include "verifier/model/error_code.hpp"
#include "verifier/model/state_value.hpp"
#include "verifier/protocol/transaction_state.hpp"

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace parallax::tos::e1 {

/// The energy resource of an account (protocol notes, 5.9). Payloads state atomic units; the
/// resource counts whole TOS.

/// What an energy payload does to the sender's resource and to others. If `code` is an error, the
/// other fields mean nothing.
struct EnergyEffects {
    model::ErrorCode code = model::ErrorCode::kSuccess;
    /// The sender's resource afterwards.
    model::EnergyRecord record;
    /// What the sender's balance pays, in atomic units.
    model::Amount balance_debit;
    /// Whole TOS that a withdrawal credits to the sender.
    std::uint64_t withdrawn_tos = 0;
    /// Energy that each delegatee gains, in payload order.
    std::vector<std::pair<model::PublicKey, std::uint64_t>> delegatee_energy;
};

// The arithmetic alone, on one resource.

/// Freezing with recycling of expired records, steps 1 to 8 of 5.9.
[[nodiscard]] EnergyEffects freeze_energy(model::EnergyRecord record, const EnergyFreeze& freeze,
                                          model::Topoheight now, std::uint64_t blocks_per_day);
/// One delegation record for all delegatees; nothing is recycled.
[[nodiscard]] EnergyEffects delegate_energy(model::EnergyRecord record,
                                            const EnergyDelegate& delegate, model::Topoheight now,
                                            std::uint64_t blocks_per_day);
/// First half of getting TOS back: from self-frozen records or from a delegation into the pending
/// list. Spendable energy is not reduced, on either side (quirk Q7).
[[nodiscard]] EnergyEffects unfreeze_energy(model::EnergyRecord record,
                                            const EnergyUnfreeze& unfreeze, model::Topoheight now,
                                            std::uint64_t blocks_per_day);
/// Second half: expired pending entries leave the resource.
[[nodiscard]] EnergyEffects withdraw_energy(model::EnergyRecord record, model::Topoheight now);

/// Whole TOS in self-frozen records that a freeze at `now` may recycle.
[[nodiscard]] std::uint64_t recyclable_tos(const model::EnergyRecord& record,
                                           model::Topoheight now) noexcept;

// On state.

/// The checks of step 8 of 4.2: amount rules, duplicate, self, existing delegatee. That the fee is
/// zero is the caller's check and comes first.
[[nodiscard]] model::ErrorCode verify_energy_payload(protocol::TransactionState& state,
                                                     const model::PublicKey& source,
                                                     const EnergyPayload& payload);

/// What the sender's balance pays (4.2, step 14), or nothing if the sum exceeds 2^64-1.
[[nodiscard]] std::optional<model::Amount> energy_spending(protocol::TransactionState& state,
                                                           const model::PublicKey& source,
                                                           const EnergyPayload& payload,
                                                           model::Topoheight now);

/// The effects of a payload on the state as it is. Reads only: step 16 of 4.2 looks at the code,
/// the apply phase goes on with `commit_energy`.
[[nodiscard]] EnergyEffects evaluate_energy(protocol::TransactionState& state,
                                            const model::PublicKey& source,
                                            const EnergyPayload& payload, model::Topoheight now,
                                            const Profile& profile);

/// Writes what `evaluate_energy` found: a withdrawal to the receiver side of the balance, the
/// sender's resource, the delegatees' energy. The balance's debit is the caller's. Requires
/// `effects.code` to be success.
[[nodiscard]] model::ErrorCode commit_energy(protocol::TransactionState& state,
                                             const model::PublicKey& source,
                                             const EnergyEffects& effects);

}  // namespace parallax::tos::e1
