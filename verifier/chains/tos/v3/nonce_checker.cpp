#include "verifier/chains/tos/v3/nonce_checker.hpp"

#include "verifier/chains/tos/v3/block_local.hpp"

namespace parallax::tos::v3 {

NonceChecker::NonceChecker(protocol::TransactionState& state, const model::PublicKey& account,
                           std::uint64_t initial)
    : state_(state), account_(account), initial_(initial) {
    const auto expected = state_.spendable(block_local_key(BlockLocal::kExpectedNonce, account_));
    expected_ = expected ? expected->value() : initial_;
}

std::optional<NonceChecker> NonceChecker::open(protocol::TransactionState& state,
                                               const model::PublicKey& account) {
    const auto* row = state.find<model::AccountRecord>(model::account_key(account));
    if (row == nullptr) {
        return std::nullopt;
    }
    const std::uint64_t now = row->nonce.value();
    const auto initial = state.spendable(block_local_key(BlockLocal::kInitialNonce, account));
    return NonceChecker(state, account, initial ? initial->value() : now);
}

model::StateKey NonceChecker::used_key(model::Nonce nonce) const {
    model::StateKey key = block_local_key(BlockLocal::kUsedNonce, account_);
    for (std::size_t i = 0; i < 8; ++i) {
        key.detail[1 + i] = static_cast<std::uint8_t>(nonce.value() >> (56 - 8 * i));
    }
    return key;
}

model::ErrorCode NonceChecker::check(model::Nonce nonce) const {
    if (state_.spendable(used_key(nonce))) {
        return model::ErrorCode::kNonceDuplicate;
    }
    return nonce.value() < initial_ ? model::ErrorCode::kNonceTooLow : model::ErrorCode::kSuccess;
}

void NonceChecker::use(model::Nonce nonce) const {
    const std::uint64_t expected = nonce.value() >= expected_ ? nonce.value() + 1 : expected_;
    state_.set_spendable(used_key(nonce), model::Amount{1});
    state_.set_spendable(block_local_key(BlockLocal::kInitialNonce, account_),
                         model::Amount{initial_});
    state_.set_spendable(block_local_key(BlockLocal::kExpectedNonce, account_),
                         model::Amount{expected});
    state_.set_spendable(block_local_key(BlockLocal::kLastNonce, account_),
                         model::Amount{nonce.value()});
    const model::StateKey key = model::account_key(account_);
    const auto* row = state_.find<model::AccountRecord>(key);
    if (row != nullptr && row->nonce.value() != expected) {
        state_.put(key, model::AccountRecord{model::Nonce{expected}, row->registered_at});
    }
}

void NonceChecker::give_back() const {
    const auto last = state_.spendable(block_local_key(BlockLocal::kLastNonce, account_));
    state_.set_spendable(block_local_key(BlockLocal::kInitialNonce, account_),
                         model::Amount{initial_});
    state_.set_spendable(block_local_key(BlockLocal::kExpectedNonce, account_),
                         model::Amount{last ? last->value() + 1 : initial_});
}

}  // namespace parallax::tos::v3
