#pragma once

#include "verifier/chains/tos/e1/block.hpp"
#include "verifier/protocol/protocol.hpp"
#include "verifier/protocol/state_view.hpp"

#include "absl/container/flat_hash_map.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace parallax::bench {

/// What exactly conflicts in a block of TOS transfers.
enum class Shape : std::uint8_t {
    kDisjoint,        ///< every sender and every receiver its own
    kHotReceiver25,   ///< a quarter of the transfers pay one account
    kHotReceiver50,   ///< half of them
    kHotReceiver100,  ///< all of them
    kHotSender50,     ///< half of them come from one account, with ascending nonces
    kRandomPairs,     ///< sender and receiver drawn from 1,000 accounts
};
[[nodiscard]] const char* shape_name(Shape shape);

/// A state of funded accounts held in a hash map: reads cost what a warm cache costs.
class WarmView final : public protocol::StateView {
  public:
    [[nodiscard]] absl::StatusOr<std::optional<model::StateValue>> get(
        const model::StateKey& key) const override {
        const auto it = rows_.find(key);
        if (it == rows_.end()) {
            return std::optional<model::StateValue>();
        }
        return it->second;
    }
    [[nodiscard]] absl::Status get_numbers(std::span<const model::StateKey> keys,
                                           std::span<protocol::NumbersRow> rows) const override {
        for (std::size_t i = 0; i < keys.size(); ++i) {
            rows[i] = {};
            if (const auto it = rows_.find(keys[i]); it != rows_.end()) {
                const auto status = protocol::to_numbers(keys[i], it->second, rows[i]);
                if (!status.ok()) {
                    return status;
                }
            }
        }
        return absl::OkStatus();
    }
    void set(const model::StateKey& key, model::StateValue value) {
        rows_.insert_or_assign(key, std::move(value));
    }
    [[nodiscard]] const absl::flat_hash_map<model::StateKey, model::StateValue>& rows() const {
        return rows_;
    }

  private:
    absl::flat_hash_map<model::StateKey, model::StateValue> rows_;
};

/// A block of `transactions` really signed transfers in `shape`, and the state that it spends.
struct TransferBlock {
    WarmView state;
    tos::e1::Block block;
    base::Bytes wire;
};
/// Made once per argument list and kept: signing takes longer than any measurement.
/// `has_signatures` false leaves the signatures zero, for measurements with signatures off.
/// `outputs` of each transfer; from the second on, each pays an account of its own.
[[nodiscard]] const TransferBlock& transfer_block(Shape shape, std::uint32_t transactions,
                                                  bool has_signatures, std::uint32_t outputs = 1);

/// Admits a copy of the block; ends the program if it cannot be admitted.
[[nodiscard]] protocol::AdmittedBlock admit_or_die(const TransferBlock& block);

}  // namespace parallax::bench
