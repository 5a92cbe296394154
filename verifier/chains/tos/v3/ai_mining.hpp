#pragma once

#include "verifier/chains/tos/v3/transaction.hpp"
#include "verifier/model/error_code.hpp"
#include "verifier/protocol/transaction_state.hpp"

#include <cstdint>

namespace parallax::tos::v3 {

/// What AI mining takes as "now" (docs/protocol/v3.md, AI mining): a blue score, and milliseconds
/// where its rules were written for seconds (quirk Q15).
struct AiMoment {
    std::uint64_t blue_score = 0;
    std::uint64_t time = 0;
};

/// What a payload does to the global state: all of it, or nothing and a code. No coins move.
[[nodiscard]] model::ErrorCode apply_ai_mining(protocol::TransactionState& state,
                                               const model::PublicKey& source,
                                               const AiMiningPayload& payload, const AiMoment& now);

}  // namespace parallax::tos::v3
