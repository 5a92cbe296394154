#pragma once

#include "verifier/protocol/transaction_state.hpp"

#include <map>

namespace parallax::test {

/// State as a map, with no transaction before: what the rules of one payload are tested on.
class MapLedger final : public protocol::BlockStateReader {
  public:
    void put(const model::StateKey& key, model::StateValue value) { rows_[key] = std::move(value); }
    void put_account(const model::PublicKey& account, model::Amount balance = model::Amount{0}) {
        put(model::account_key(account), model::AccountRecord{});
        put(model::balance_key(account, model::kTosAsset), model::AmountRecord{balance});
    }

    [[nodiscard]] absl::Status read_value(const model::StateKey& key,
                                          protocol::VisibleValue& out) const override {
        if (const auto found = rows_.find(key); found != rows_.end()) {
            out.value = found->second;
        }
        return absl::OkStatus();
    }
    [[nodiscard]] absl::Status read_amount(const model::StateKey& key,
                                           protocol::VisibleAmount& out) const override {
        if (const auto found = rows_.find(key); found != rows_.end()) {
            out.stored = std::get<model::AmountRecord>(found->second).amount;
        }
        return absl::OkStatus();
    }

  private:
    std::map<model::StateKey, model::StateValue> rows_;
};

/// An account whose key has `seed` in every byte; not a valid point for most seeds.
[[nodiscard]] inline model::PublicKey account(std::uint8_t seed) {
    model::PublicKey key;
    key.mutable_bytes().fill(seed);
    return key;
}

}  // namespace parallax::test
