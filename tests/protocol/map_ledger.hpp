#pragma once

#include "verifier/protocol/transaction_state.hpp"

#include <map>

namespace parallax::test {

/// State as a map, with no transaction before: what the rules of one payload are tested on.
class MapLedger final : public LedgerReader {
  public:
    void put(const StateKey& key, StateValue value) { rows_[key] = std::move(value); }
    void put_account(const PublicKey& account, Amount balance = Amount{0}) {
        put(account_key(account), AccountRecord{});
        put(balance_key(account, kTosAsset), AmountRecord{balance});
    }

    [[nodiscard]] absl::Status read_value(const StateKey& key, VisibleValue& out) const override {
        if (const auto found = rows_.find(key); found != rows_.end()) {
            out.value = found->second;
        }
        return absl::OkStatus();
    }
    [[nodiscard]] absl::Status read_amount(const StateKey& key, VisibleAmount& out) const override {
        if (const auto found = rows_.find(key); found != rows_.end()) {
            out.stored = std::get<AmountRecord>(found->second).amount;
        }
        return absl::OkStatus();
    }

  private:
    std::map<StateKey, StateValue> rows_;
};

/// An account whose key has `seed` in every byte; not a valid point for most seeds.
[[nodiscard]] inline PublicKey account(std::uint8_t seed) {
    PublicKey key;
    key.mutable_bytes().fill(seed);
    return key;
}

}  // namespace parallax::test
