#pragma once

#include "verifier/protocol/invariant_case.hpp"

namespace parallax::tos::e1 {

struct Profile;

/// How much of the laws applies.
struct LawScope {
    /// Rewards, counters and markers are there: false for what executes transactions alone.
    bool whole_block = true;
    /// Units of the coin that executed transactions have taken from their sources beyond what the
    /// rules take.
    protocol::Wide also_taken = 0;
};

/// The laws of this chain, computed from the block and the delta without its rules: conservation of
/// every asset, nonce steps (+1 per executed transaction of the account), counters equal to totals,
/// executed markers exactly for executed transactions.
///
/// What a law cannot judge is named row by row: a sum that 64 bits do not hold, a reward that does
/// not fit a balance (the node adds it unchecked, so that nobody knows what it does), and what a
/// failed transaction leaves under `kOrphanPartial`, which loses coins (protocol notes, 6.3).
void check_laws(const protocol::InvariantCase& judged, const Profile& profile,
                const LawScope& scope = {});

}  // namespace parallax::tos::e1
