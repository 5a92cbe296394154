#include "verifier/core/invariant_case.hpp"
#include "verifier/model/families.hpp"

#include <algorithm>
#include <map>

namespace parallax {
namespace {

using SumByAsset = std::map<AssetId, Wide>;

/// Native units that an energy resource holds: frozen, and on their way back (5.9). In whole TOS.
Wide locked_in(const std::optional<StateValue>& value) {
    const auto* boxed = record_of<Boxed<EnergyRecord>>(value);
    if (boxed == nullptr) {
        return 0;
    }
    Wide whole = boxed->get().frozen;
    for (const PendingUnfreeze& pending : boxed->get().pending) {
        whole += pending.amount;
    }
    return whole * static_cast<Wide>(kCoin);
}

SumByAsset sum_changes(const Delta& delta) {
    SumByAsset sums;
    Wide& native = sums[kTosAsset];
    for (const DeltaEntry& entry : delta.entries) {
        if (entry.key.family == Family::kBalance || entry.key.family == Family::kContractBalance) {
            const AssetId asset = AssetId::from_array(entry.key.detail);
            (asset == kTosAsset ? native : sums[asset]) +=
                amount_of(entry.after) - amount_of(entry.before);
        } else if (entry.key.family == Family::kEnergy) {
            native += locked_in(entry.after) - locked_in(entry.before);
        }
    }
    return sums;
}

/// What one executed transaction takes out of (negative) or puts into the plain sums by its type.
void add_type_effect(const InvariantCase& c, const Transaction& transaction, SumByAsset& sums) {
    Wide& native = sums[kTosAsset];
    if (const auto* burn = std::get_if<BurnPayload>(&transaction.payload)) {
        sums[burn->asset] -= burn->amount.value();
    } else if (std::holds_alternative<DeployContractPayload>(transaction.payload)) {
        native -= kDeployBurn;  // reaches no counter (quirk Q3)
    } else if (const auto* shield = std::get_if<ShieldTransfersPayload>(&transaction.payload)) {
        for (const ShieldTransfer& transfer : shield->transfers) {
            native -= transfer.amount.value();
        }
    } else if (const auto* unshield = std::get_if<UnshieldTransfersPayload>(&transaction.payload)) {
        for (const UnshieldTransfer& transfer : unshield->transfers) {
            native += transfer.amount.value();
        }
    } else if (const auto* invoke = std::get_if<InvokeContractPayload>(&transaction.payload)) {
        // The harness takes the whole gas limit and the fee, whatever the fee type (5.5.1); on the
        // chain path used gas is in the totals.
        if (c.profile.path == ExecutionPath::kVectorTransaction) {
            native -= invoke->max_gas.value();
            native -= static_cast<Wide>(transaction.fee.value()) - fee_of(transaction);
        }
    }
}

/// What the block's transactions and rewards must change in the sum of each asset.
SumByAsset demanded_changes(const InvariantCase& c) {
    SumByAsset sums;
    Wide fees = 0;
    for (std::size_t i = 0; i < c.transactions(); ++i) {
        if (!c.executed(i)) {
            continue;
        }
        const Transaction& transaction = c.transaction(i);
        fees += fee_of(transaction);
        add_type_effect(c, transaction, sums);
        if (may_run_code(transaction.payload) && c.on_chain()) {
            sums[kTosAsset] -= c.outcome.results[i].burned.value();
        }
    }
    Wide& native = sums[kTosAsset];
    native -= fees;
    if (c.on_chain()) {
        const BlockTotals& totals = c.outcome.totals;
        native += totals.dev_reward.value();
        native += totals.miner_reward.value();  // its fees are the ones subtracted above
        // What is left of contract gas reaches nobody (quirk Q1).
        native -= static_cast<Wide>(totals.gas_fee.value()) - fees;
    }
    return sums;
}

/// True if a native balance is so near the largest number that a reward or an unshielded amount
/// may have been cut to fit: the node adds those without failing.
bool may_be_saturated(const InvariantCase& c) {
    Wide largest = 0;
    if (c.on_chain()) {
        largest = std::max(c.outcome.totals.dev_reward, c.outcome.totals.miner_reward).value();
    }
    for (std::size_t i = 0; i < c.transactions(); ++i) {
        const auto* unshield = std::get_if<UnshieldTransfersPayload>(&c.transaction(i).payload);
        if (unshield != nullptr) {
            largest = std::max<Wide>(largest, 1);
        }
    }
    if (largest == 0) {
        return false;
    }
    return std::any_of(c.outcome.delta.entries.begin(), c.outcome.delta.entries.end(),
                       [&](const DeltaEntry& e) {
                           return e.key.family == Family::kBalance &&
                                  AssetId::from_array(e.key.detail) == kTosAsset &&
                                  amount_of(e.after) > static_cast<Wide>(kLargestAmount) - largest;
                       });
}

}  // namespace

void judge_conservation(const InvariantCase& c) {
    if (c.is_partial() || may_be_saturated(c)) {
        return;
    }
    SumByAsset found = sum_changes(c.outcome.delta);
    for (const auto& [asset, demanded] : demanded_changes(c)) {
        const std::string name = asset == kTosAsset ? "TOS" : asset.hex();
        c.demand_equal(fmt::format("conservation[{}]", name), demanded, found[asset]);
        found.erase(asset);
    }
    for (const auto& [asset, change] : found) {
        const std::string name = asset == kTosAsset ? "TOS" : asset.hex();
        c.demand_equal(fmt::format("conservation[{}]", name), 0, change);
    }
}

}  // namespace parallax
