#include "executors/staged/block_plan.hpp"

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"

#include <algorithm>
#include <limits>

namespace parallax {
namespace {

/// Distinct assets of a dense transaction; more go to the ordered lane.
constexpr std::uint32_t kMaxSpends = 5;
/// Up to this many outputs, repeats are found by comparing each with each.
constexpr std::uint32_t kPairwiseOutputs = 16;

}  // namespace

BlockPlan::BlockPlan(const RuleContext& rules, DenseLedger& ledger)
    : rules_(rules), ledger_(ledger) {
    const auto& transactions = rules.block.transactions();
    transactions_.resize(transactions.size());
    std::uint32_t outputs = 0;
    std::uint32_t spends = 0;
    absl::flat_hash_map<Hash, std::size_t> first;
    first.reserve(transactions.size());
    for (std::size_t i = 0; i < transactions.size(); ++i) {
        const auto [it, inserted] = first.try_emplace(transactions[i].hash, i);
        if (!inserted) {
            transactions_[i].repeated = transactions_[it->second].repeated = true;
        }
        const auto* transfers = std::get_if<TransfersPayload>(&transactions[i].transaction.payload);
        const auto count =
            transfers == nullptr ? 0U : static_cast<std::uint32_t>(transfers->transfers.size());
        transactions_[i].first_output = outputs;
        transactions_[i].first_spend = spends;
        outputs += count;
        spends += std::min(count + 2, kMaxSpends);
    }
    outputs_.resize(outputs);
    spends_.resize(spends);
}

bool BlockPlan::plan_spend(PlannedTransaction& planned, const AssetId& asset,
                           std::uint64_t amount) {
    for (std::uint32_t i = 0; i < planned.spend_count; ++i) {
        PlannedSpend& spend = spends_[planned.first_spend + i];
        if (spend.asset == asset) {
            const bool fits = spend.sum <= std::numeric_limits<std::uint64_t>::max() - amount;
            spend.sum += amount;
            return fits;
        }
    }
    if (planned.spend_count == kMaxSpends) {
        return false;
    }
    spends_[planned.first_spend + planned.spend_count] = {asset, kNoDenseSlot, amount};
    planned.spend_count += 1;
    return true;
}

bool BlockPlan::plan_payload(PlannedTransaction& planned, const Transaction& transaction) {
    if (const auto* burn = std::get_if<BurnPayload>(&transaction.payload)) {
        planned.burned = burn->asset == kTosAsset ? burn->amount.value() : 0;
        if (!plan_spend(planned, burn->asset, burn->amount.value())) {
            return false;
        }
    } else {
        const auto& transfers = std::get<TransfersPayload>(transaction.payload).transfers;
        planned.output_count = static_cast<std::uint32_t>(transfers.size());
        for (std::uint32_t i = 0; i < planned.output_count; ++i) {
            if (!plan_spend(planned, transfers[i].asset, transfers[i].amount.value())) {
                return false;
            }
            outputs_[planned.first_output + i].amount = transfers[i].amount.value();
        }
    }
    return plan_spend(planned, kTosAsset, transaction.fee.value());
}

void BlockPlan::resolve_bytes(std::uint32_t index) {
    PlannedTransaction& planned = transactions_[index];
    const Transaction& transaction = rules_.block.transactions()[index].transaction;
    // Under `kOrphanPartial` a nonce can be used up by a transaction that did not write it, which
    // the dense rows do not know.
    if (planned.repeated || rules_.profile.failure_model == FailureModel::kOrphanPartial ||
        !passes_without_state(TxIndex{index}, rules_) || !plan_payload(planned, transaction)) {
        planned.dense = false;
        planned.spend_count = 0;
        planned.output_count = 0;
        return;
    }
    planned.dense = true;
    planned.nonce = transaction.nonce.value();
    planned.fee = transaction.fee.value();
    for (std::uint32_t i = 0; i < planned.spend_count; ++i) {
        planned.largest_sum = std::max(planned.largest_sum, spends_[planned.first_spend + i].sum);
    }
}

absl::Status BlockPlan::resolve_markers(const StateView& view, std::uint32_t first,
                                        std::uint32_t end) {
    std::vector<std::pair<StateKey, std::uint32_t>> order;
    for (std::uint32_t i = first; i < end; ++i) {
        if (transactions_[i].dense) {
            order.emplace_back(executed_transaction_key(rules_.block.transactions()[i].hash), i);
        }
    }
    std::sort(order.begin(), order.end());
    std::vector<StateKey> keys;
    keys.reserve(order.size());
    for (const auto& [key, index] : order) {
        keys.push_back(key);
    }
    std::vector<std::optional<StateValue>> values;
    if (const auto read = view.get_many(keys, values); !read.ok()) {
        return read;
    }
    for (std::size_t i = 0; i < order.size(); ++i) {
        transactions_[order[i].second].already_executed = values[i].has_value();
    }
    return absl::OkStatus();
}

void BlockPlan::intern_transaction(std::uint32_t index, std::uint32_t shard) {
    PlannedTransaction& planned = transactions_[index];
    const Transaction& transaction = rules_.block.transactions()[index].transaction;
    if (ledger_.shard_of(transaction.source) == shard) {
        planned.source = ledger_.intern_account(transaction.source, true);
        for (std::uint32_t i = 0; i < planned.spend_count; ++i) {
            PlannedSpend& spend = spends_[planned.first_spend + i];
            if (spend.asset != kTosAsset) {
                spend.slot = ledger_.intern_asset(planned.source, spend.asset);
            }
        }
    }
    if (planned.output_count == 0) {
        return;
    }
    const auto& transfers = std::get<TransfersPayload>(transaction.payload).transfers;
    for (std::uint32_t i = 0; i < planned.output_count; ++i) {
        if (ledger_.shard_of(transfers[i].destination) != shard) {
            continue;
        }
        PlannedOutput& output = outputs_[planned.first_output + i];
        output.account = ledger_.intern_account(transfers[i].destination, false);
        if (transfers[i].asset != kTosAsset) {
            output.asset = ledger_.intern_asset(output.account, transfers[i].asset);
        }
    }
}

void BlockPlan::intern(std::uint32_t shard) {
    ledger_.reserve(shard, 2 * (outputs_.size() + transactions_.size()) / ledger_.shards());
    for (std::uint32_t i = 0; i < size(); ++i) {
        if (transactions_[i].dense) {
            intern_transaction(i, shard);
        }
    }
}

void BlockPlan::find_repeats(std::uint32_t index) {
    const PlannedTransaction& planned = transactions_[index];
    PlannedOutput* outputs = outputs_.data() + planned.first_output;
    if (planned.output_count <= kPairwiseOutputs) {
        for (std::uint32_t i = 1; i < planned.output_count; ++i) {
            for (std::uint32_t j = 0; j < i; ++j) {
                const bool same_account = outputs[i].account == outputs[j].account;
                outputs[i].account_repeated |= same_account;
                outputs[i].balance_repeated |= same_account && outputs[i].asset == outputs[j].asset;
            }
        }
        return;
    }
    absl::flat_hash_set<Slot> accounts;
    absl::flat_hash_set<std::pair<Slot, Slot>> balances;
    for (std::uint32_t i = 0; i < planned.output_count; ++i) {
        outputs[i].account_repeated = !accounts.insert(outputs[i].account).second;
        outputs[i].balance_repeated =
            !balances.insert({outputs[i].account, outputs[i].asset}).second;
    }
}

}  // namespace parallax
