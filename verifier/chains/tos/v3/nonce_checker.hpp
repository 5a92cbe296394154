#pragma once

#include "verifier/model/error_code.hpp"
#include "verifier/model/identifiers.hpp"
#include "verifier/protocol/transaction_state.hpp"

#include <optional>

namespace parallax::tos::v3 {

/// Which nonces of an account a block may still use (docs/protocol/v3.md, nonce checker): forward
/// jumps are accepted, and so is what a jump left out. The node has one checker for all blocks
/// that it orders in one go; here each block has its own, which differs only if a transaction fails
/// in one block of such a run and its nonce comes again in a later one.
class NonceChecker {
  public:
    /// Nothing for an account that is not there. `state` outlives it.
    [[nodiscard]] static std::optional<NonceChecker> open(protocol::TransactionState& state,
                                                          const model::PublicKey& account);

    [[nodiscard]] model::ErrorCode check(model::Nonce nonce) const;
    /// A transaction with this nonce, which `check` accepted, was executed: the account's nonce
    /// becomes the one that is expected next.
    void use(model::Nonce nonce) const;
    /// A transaction failed: its nonce may be used again.
    void give_back() const;

  private:
    NonceChecker(protocol::TransactionState& state, const model::PublicKey& account,
                 std::uint64_t initial);
    [[nodiscard]] model::StateKey used_key(model::Nonce nonce) const;

    protocol::TransactionState& state_;
    model::PublicKey account_;
    /// The account's nonce when the block first asked for it.
    std::uint64_t initial_;
    std::uint64_t expected_;
};

}  // namespace parallax::tos::v3
