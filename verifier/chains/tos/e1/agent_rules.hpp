#pragma once

#include "verifier/chains/tos/e1/transaction.hpp"
#include "verifier/chains/tos/e1/transaction_rules.hpp"
#include "verifier/model/error_code.hpp"
#include "verifier/protocol/transaction_state.hpp"

#include <optional>

namespace parallax::tos::e1 {

/// Limits of a session key (protocol notes, 5.8).
inline constexpr std::size_t kMaxActiveSessionKeys = 1024;
inline constexpr std::size_t kMaxSessionKeyTargets = 64;
inline constexpr std::size_t kMaxSessionKeyAssets = 64;

/// Who may have signed a transaction.
struct Authorization {
    model::ErrorCode code = model::ErrorCode::kSuccess;
    /// The source itself signed: a plain account, or the owner of an agent account. Only such a
    /// transaction is subject to the source's multisig configuration (4.4).
    bool is_owner = false;
};

/// Steps 9 to 11 of 4.2 but for the chain id, which the caller has checked: a source key that is no
/// point, the main signature, and for an agent account the rules of 4.3.
[[nodiscard]] Authorization authorize(protocol::TransactionState& state, model::TxIndex index,
                                      const RuleContext& context);

/// The conditions of an agent payload in their order (4.2, step 13; 5.8). Requires the payload to
/// be one. Reads only.
[[nodiscard]] model::ErrorCode verify_agent_payload(protocol::TransactionState& state,
                                                    const Transaction& transaction,
                                                    model::Topoheight now);

/// As above at the apply phase, where a second registration has another code (11.3); writes the
/// record on success and nothing otherwise.
[[nodiscard]] model::ErrorCode apply_agent_payload(protocol::TransactionState& state,
                                                   const Transaction& transaction,
                                                   model::Topoheight now);

/// The other account that pays this source's fees if it can (quirk Q9): nothing for a plain
/// account, an agent account without a pool, or one that is its own pool.
[[nodiscard]] std::optional<model::PublicKey> energy_pool_of(protocol::TransactionState& state,
                                                             const model::PublicKey& source);

}  // namespace parallax::tos::e1
