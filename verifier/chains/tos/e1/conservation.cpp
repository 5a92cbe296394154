#include "verifier/chains/tos/e1/law_case.hpp"
#include "verifier/model/families.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>

namespace parallax::tos::e1 {
namespace {

using SumByAsset = std::map<model::AssetId, Wide>;

/// Native units that an energy resource holds: frozen, and on their way back (5.9). In whole TOS.
Wide locked_in(const std::optional<model::StateValue>& value) {
    const auto* boxed = record_of<base::Boxed<model::EnergyRecord>>(value);
    if (boxed == nullptr) {
        return 0;
    }
    Wide whole = boxed->get().frozen;
    for (const model::PendingUnfreeze& pending : boxed->get().pending) {
        whole += pending.amount;
    }
    return whole * static_cast<Wide>(model::kCoin);
}

SumByAsset sum_changes(const model::Delta& delta) {
    SumByAsset sums;
    Wide& native = sums[model::kTosAsset];
    for (const model::DeltaEntry& entry : delta.entries) {
        if (entry.key.family == model::Family::kBalance ||
            entry.key.family == model::Family::kContractBalance) {
            const model::AssetId asset = model::AssetId::from_array(entry.key.detail);
            (asset == model::kTosAsset ? native : sums[asset]) +=
                amount_of(entry.after) - amount_of(entry.before);
        } else if (entry.key.family == model::Family::kEnergy) {
            native += locked_in(entry.after) - locked_in(entry.before);
        }
    }
    return sums;
}

/// What one executed transaction takes out of (negative) or puts into the plain sums by its type.
void add_type_effect(const Transaction& transaction, SumByAsset& sums) {
    Wide& native = sums[model::kTosAsset];
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
    }
}

/// What the block's transactions and rewards must change in the sum of each asset.
SumByAsset demanded_changes(const LawCase& c) {
    SumByAsset sums;
    Wide fees = 0;
    for (std::size_t i = 0; i < c.transactions(); ++i) {
        if (!c.executed(i)) {
            continue;
        }
        const Transaction& transaction = c.transaction(i);
        fees += fee_of(transaction);
        add_type_effect(transaction, sums);
        if (may_run_code(transaction.payload) && c.on_chain()) {
            sums[model::kTosAsset] -= c.outcome.results[i].burned.value();
        }
    }
    Wide& native = sums[model::kTosAsset];
    native -= fees + c.also_taken;
    if (c.on_chain()) {
        const model::BlockTotals& totals = c.outcome.totals;
        native += totals.dev_reward.value();
        native += totals.miner_reward.value();  // its fees are the ones subtracted above
        // What is left of contract gas reaches nobody (quirk Q1).
        native -= static_cast<Wide>(totals.gas_fee.value()) - as_total(fees);
    }
    return sums;
}

std::string law_of(const model::AssetId& asset) {
    return fmt::format("conservation[{}]", asset == model::kTosAsset ? "TOS" : asset.hex());
}

/// Null if the block did not write the row. A delta out of order breaks an invariant of its own.
const model::DeltaEntry* find_entry(const model::Delta& delta, const model::StateKey& key) {
    const auto found =
        std::lower_bound(delta.entries.begin(), delta.entries.end(), key,
                         [](const model::DeltaEntry& entry, const model::StateKey& wanted) {
                             return entry.key < wanted;
                         });
    return found == delta.entries.end() || found->key != key ? nullptr : &*found;
}

// ---- By how much a sum may rightly fall short; each part says whose it is ----

void add_deposits(const std::vector<ContractDeposit>& deposits, SumByAsset& sums) {
    for (const ContractDeposit& deposit : deposits) {
        sums[deposit.asset] += deposit.amount.value();
    }
}

/// All that a transaction can take from its source, fee included.
void add_spending(const Transaction& transaction, SumByAsset& sums) {
    Wide& native = sums[model::kTosAsset];
    native += fee_of(transaction);
    const auto add_transfers = [&](const auto& payload) {
        for (const auto& transfer : payload.transfers) {
            sums[transfer.asset] += transfer.amount.value();
        }
    };
    if (const auto* burn = std::get_if<BurnPayload>(&transaction.payload)) {
        sums[burn->asset] += burn->amount.value();
    } else if (const auto* transfers = std::get_if<TransfersPayload>(&transaction.payload)) {
        add_transfers(*transfers);
    } else if (const auto* shield = std::get_if<ShieldTransfersPayload>(&transaction.payload)) {
        add_transfers(*shield);
    } else if (const auto* invoke = std::get_if<InvokeContractPayload>(&transaction.payload)) {
        native += invoke->max_gas.value();
        add_deposits(invoke->deposits, sums);
    } else if (const auto* deploy = std::get_if<DeployContractPayload>(&transaction.payload)) {
        native += kDeployBurn + (deploy->constructor ? deploy->constructor->max_gas.value() : 0);
        if (deploy->constructor) {
            add_deposits(deploy->constructor->deposits, sums);
        }
    } else if (const auto* energy = std::get_if<EnergyPayload>(&transaction.payload)) {
        if (const auto* freeze = std::get_if<EnergyFreeze>(energy)) {
            native += freeze->amount.value();
        } else if (const auto* delegate = std::get_if<EnergyDelegate>(energy)) {
            for (const EnergyDelegatee& entry : delegate->delegatees) {
                native += entry.amount.value();
            }
        }
    }
}

/// A transaction that fails half-way keeps what it has taken, and perhaps gives a part of it.
void allow_partial_failures(const LawCase& c, SumByAsset& slack) {
    SumByAsset lost;
    for (std::size_t i = 0; c.is_partial() && i < c.transactions(); ++i) {
        if (c.failed(i)) {
            add_spending(c.transaction(i), lost);
        }
    }
    for (const auto& [asset, amount] : lost) {
        if (amount > 0) {
            slack[asset] += amount;
            c.leaves(law_of(asset), fmt::format("failed transactions may have lost up to {} of it; "
                                                "the sum was held to that range",
                                                amount));
        }
    }
}

/// At most this much TOS came to `owner` by transactions; more than that nobody has sent. A
/// withdrawal is what had been on its way back: at most all that was locked.
Wide most_received(const LawCase& c, const model::PublicKey& owner) {
    const model::DeltaEntry* energy = find_entry(c.outcome.delta, model::energy_key(owner));
    Wide received = energy != nullptr ? locked_in(energy->before) : 0;
    for (std::size_t i = 0; i < c.transactions(); ++i) {
        const auto* transfers = std::get_if<TransfersPayload>(&c.transaction(i).payload);
        if (transfers == nullptr || !(c.executed(i) || (c.is_partial() && c.failed(i)))) {
            continue;
        }
        for (const Transfer& transfer : transfers->transfers) {
            if (transfer.destination == owner && transfer.asset == model::kTosAsset) {
                received += transfer.amount.value();
            }
        }
    }
    return received;
}

/// A reward that does not fit a balance is not paid; the node adds it unchecked (8.4 step 3.6).
void allow_unpaid_rewards(const LawCase& c, SumByAsset& slack) {
    std::map<model::PublicKey, Wide> rewards;
    if (c.on_chain()) {
        rewards[c.profile.dev_key] += c.outcome.totals.dev_reward.value();
        rewards[c.block.miner()] += c.outcome.totals.miner_reward.value();
    }
    for (const auto& [owner, reward] : rewards) {
        const model::StateKey key = model::balance_key(owner, model::kTosAsset);
        const model::DeltaEntry* row = find_entry(c.outcome.delta, key);
        const Wide before = row != nullptr ? amount_of(row->before) : 0;
        if (before + most_received(c, owner) + reward > kLargestAmount) {
            slack[model::kTosAsset] += reward;
            c.leaves(law_of(model::kTosAsset),
                     fmt::format("a reward of {} may be more than this balance can take, and no "
                                 "rule says what then; it was held to be paid or not",
                                 reward),
                     key);
        }
    }
}

/// The harness cuts an unshielded amount to the room that a balance has (5.12).
void allow_cut_unshielding(const LawCase& c, SumByAsset& slack) {
    std::map<model::PublicKey, Wide> unshielded;
    for (std::size_t i = 0; i < c.transactions(); ++i) {
        const auto* unshield = std::get_if<UnshieldTransfersPayload>(&c.transaction(i).payload);
        for (std::size_t k = 0; unshield != nullptr && k < unshield->transfers.size(); ++k) {
            unshielded[unshield->transfers[k].destination] += unshield->transfers[k].amount.value();
        }
    }
    for (const auto& [owner, amount] : unshielded) {
        const model::StateKey key = model::balance_key(owner, model::kTosAsset);
        const model::DeltaEntry* row = find_entry(c.outcome.delta, key);
        if (row != nullptr && amount_of(row->before) + amount > kLargestAmount) {
            slack[model::kTosAsset] += amount;
            c.leaves(law_of(model::kTosAsset),
                     fmt::format("up to {} unshielded to this balance may have been cut to its "
                                 "room; the sum was held to that range",
                                 amount),
                     key);
        }
    }
}

}  // namespace

void judge_conservation(const LawCase& c) {
    SumByAsset slack;
    allow_partial_failures(c, slack);
    allow_unpaid_rewards(c, slack);
    allow_cut_unshielding(c, slack);
    const SumByAsset found = sum_changes(c.outcome.delta);
    SumByAsset most = demanded_changes(c);
    for (const auto& [asset, change] : found) {
        most.try_emplace(asset, 0);
    }
    for (const auto& [asset, demanded] : most) {
        const auto changed = found.find(asset);
        const Wide change = changed == found.end() ? 0 : changed->second;
        c.demand_equal(law_of(asset), std::clamp(change, demanded - slack[asset], demanded),
                       change);
    }
}

}  // namespace parallax::tos::e1
