#include "executors/staged/block_plan.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <utility>

namespace parallax::executors::staged {
namespace {

/// Distinct assets of a dense transaction; more go to the ordered lane.
constexpr std::size_t kMaxSpends = 5;
/// So far ahead transactions are fetched.
constexpr std::uint32_t kTransactionsAhead = 4;

/// As comparing with `kTosAsset`, all zero, without a call for each output.
bool is_tos(const model::AssetId& asset) {
    std::array<std::uint64_t, 4> words{};
    std::memcpy(words.data(), asset.bytes().data(), sizeof(words));
    return (words[0] | words[1] | words[2] | words[3]) == 0;
}

/// False if the sum does not fit.
bool add_to(std::uint64_t& sum, std::uint64_t amount) {
    const bool fits = sum <= std::numeric_limits<std::uint64_t>::max() - amount;
    sum += amount;
    return fits;
}

/// False if the sum does not fit or there are too many assets.
bool plan_spend(PlannedAssets& planned, const model::AssetId& asset, model::Amount amount) {
    for (PlannedSpend& spend : planned.spends) {
        if (spend.asset == asset) {
            return add_to(spend.sum, amount.value());
        }
    }
    if (planned.spends.size() == kMaxSpends) {
        return false;
    }
    planned.spends.push_back({asset, kNoAssetSlot, amount.value()});
    return true;
}

}  // namespace

BlockPlan::BlockPlan(const protocol::RuleContext& rules, DenseLedger& ledger)
    : rules_(rules), ledger_(ledger), marker_order_(ledger.shards()) {
    const auto& transactions = rules.block.transactions();
    transactions_.resize(transactions.size());
    std::uint32_t references = 0;
    for (std::size_t i = 0; i < transactions.size(); ++i) {
        transactions_[i].first_reference = references;
        references += 1;
        if (transactions[i].payment == protocol::Payment::kTransfers) {
            references += transactions[i].output_count;
        }
    }
    references_.resize(references);
    keys_.resize(references);
    slots_.resize(references);
    amounts_.resize(references);
    assets_.resize(transactions.size());
    markers_.resize(transactions.size());
    hashes_.resize(transactions.size());
    held_back_.resize(transactions.size());
    ledger.reserve(references);
}

void BlockPlan::refer(std::uint32_t reference, const model::PublicKey& account, bool is_source) {
    references_[reference] = {key_prefix(account.bytes()), reference, is_source ? 1U : 0U};
    keys_[reference] = &account.bytes();
}

bool BlockPlan::plan_burn(std::uint32_t index, const protocol::PlainOutput& burn) {
    PlannedAssets& assets = *(assets_[index] = std::make_unique<PlannedAssets>());
    assets.burned = burn.asset == model::kTosAsset ? burn.amount.value() : 0;
    transactions_[index].kind = PlanKind::kWithAssets;
    return plan_spend(assets, burn.asset, burn.amount) &&
           plan_spend(assets, model::kTosAsset, model::Amount{transactions_[index].fee});
}

bool BlockPlan::plan_transfers(std::uint32_t index,
                               std::span<const protocol::PlainOutput> outputs) {
    const std::uint32_t first = transactions_[index].first_reference;
    std::uint64_t sum = transactions_[index].fee;
    std::uint32_t at = first;
    for (const protocol::PlainOutput& output : outputs) {
        if (!is_tos(output.asset)) {
            return plan_assets(index, outputs);
        }
        if (!add_to(sum, output.amount.value())) {
            return false;
        }
        at += 1;
        amounts_[at] = output.amount.value();
        refer(at, output.destination, false);
    }
    amounts_[first] = sum;
    transactions_[index].kind = PlanKind::kTransfers;
    return true;
}

bool BlockPlan::plan_assets(std::uint32_t index, std::span<const protocol::PlainOutput> outputs) {
    PlannedAssets& assets = *(assets_[index] = std::make_unique<PlannedAssets>());
    std::uint32_t at = transactions_[index].first_reference;
    for (const protocol::PlainOutput& output : outputs) {
        if (!plan_spend(assets, output.asset, output.amount)) {
            return false;
        }
        at += 1;
        amounts_[at] = output.amount.value();
        refer(at, output.destination, false);
    }
    assets.outputs.resize(outputs.size(), kNoAssetSlot);
    transactions_[index].kind = PlanKind::kWithAssets;
    return plan_spend(assets, model::kTosAsset, model::Amount{transactions_[index].fee});
}

bool BlockPlan::plan_payload(std::uint32_t index) {
    PlannedTransaction& planned = transactions_[index];
    const protocol::AdmittedTransaction& transaction = rules_.block.transactions()[index];
    const auto outputs = rules_.block.outputs_of(model::TxIndex{index});
    planned.nonce = transaction.nonce.value();
    planned.fee = transaction.fee.value();
    if (transaction.payment == protocol::Payment::kBurn) {
        return plan_burn(index, outputs.front());
    }
    planned.output_count = transaction.output_count;
    return plan_transfers(index, outputs);
}

// A transaction lies on several cache lines, its outputs elsewhere: what comes soon is fetched.
void BlockPlan::fetch(std::uint32_t index) const {
    const auto& transactions = rules_.block.transactions();
    if (index >= transactions.size()) {
        return;
    }
    const protocol::AdmittedTransaction& admitted = transactions[index];
    __builtin_prefetch(&admitted.hash);
    __builtin_prefetch(&admitted.fee);
    if (admitted.payment != protocol::Payment::kNone) {
        const protocol::PlainOutput* const first =
            rules_.block.outputs().data() + admitted.first_output;
        __builtin_prefetch(first);
        __builtin_prefetch(&first->amount);
    }
}

void BlockPlan::resolve(std::uint32_t index) {
    fetch(index + kTransactionsAhead);
    PlannedTransaction& planned = transactions_[index];
    const protocol::AdmittedTransaction& admitted = rules_.block.transactions()[index];
    markers_[index] = {key_prefix(admitted.hash.bytes()), index, 0};
    hashes_[index] = &admitted.hash.bytes();
    if (admitted.payment == protocol::Payment::kNone ||
        !rules_.protocol.passes_without_state(model::TxIndex{index}, rules_)) {
        return;
    }
    const std::uint32_t first = planned.first_reference;
    if (!plan_payload(index)) {
        planned.kind = PlanKind::kOrdered;
        for (std::uint32_t i = 0; i <= planned.output_count; ++i) {
            references_[first + i].index = kNoReference;
        }
        return;
    }
    refer(first, admitted.source, true);
    markers_[index].marked = 1;
    if (planned.kind == PlanKind::kWithAssets) {
        for (const PlannedSpend& spend : assets_[index]->spends) {
            assets_[index]->largest_sum = std::max(assets_[index]->largest_sum, spend.sum);
            if (spend.asset == model::kTosAsset) {
                amounts_[first] = spend.sum;
            }
        }
        has_assets_.store(true, std::memory_order_relaxed);
    }
}

void BlockPlan::intern(std::uint32_t shard) {
    ShardReferences own = references_of_shard(references_, shard, ledger_.shards());
    sort_by_key(own.references, keys_);
    ledger_.intern(shard, own.below, own.references, keys_, slots_);
    if (has_assets_.load(std::memory_order_relaxed)) {
        intern_assets(shard);
    }
}

void BlockPlan::intern_assets(std::uint32_t shard) {
    const Slot shard_first = ledger_.shard_list()[shard].first;
    std::vector<AssetReference> uses;
    const auto in_shard = [&](std::uint32_t reference) {
        return key_shard(key_prefix(*keys_[reference]), ledger_.shards()) == shard;
    };
    for (std::uint32_t i = 0; i < size(); ++i) {
        const PlannedTransaction& planned = transactions_[i];
        if (planned.kind != PlanKind::kWithAssets) {
            continue;
        }
        const std::uint32_t source = planned.first_reference;
        for (PlannedSpend& spend : assets_[i]->spends) {
            if (spend.asset != model::kTosAsset && in_shard(source)) {
                uses.push_back({slots_[source] - shard_first, spend.asset, &spend.slot});
            }
        }
        if (planned.output_count == 0) {
            continue;
        }
        const auto outputs = rules_.block.outputs_of(model::TxIndex{i});
        for (std::uint32_t k = 0; k < planned.output_count; ++k) {
            const std::uint32_t reference = source + 1 + k;
            if (outputs[k].asset != model::kTosAsset && in_shard(reference)) {
                uses.push_back(
                    {slots_[reference] - shard_first, outputs[k].asset, &assets_[i]->outputs[k]});
            }
        }
    }
    ledger_.intern_assets(shard, std::move(uses));
}

absl::Status BlockPlan::load_markers(const protocol::StateView& view, std::uint32_t shard) {
    std::vector<KeyReference>& order = marker_order_[shard];
    order = references_of_shard(markers_, shard, ledger_.shards()).references;
    sort_by_key(order, hashes_);
    for (std::size_t i = 1; i < order.size(); ++i) {
        if (*hashes_[order[i].index] == *hashes_[order[i - 1].index]) {
            held_back_[order[i].index] = held_back_[order[i - 1].index] = 1;
        }
    }
    std::vector<model::StateKey> keys;
    std::vector<std::uint32_t> readers;
    keys.reserve(order.size());
    readers.reserve(order.size());
    for (const KeyReference& marker : order) {
        if (marker.marked != 0 && held_back_[marker.index] == 0) {
            keys.push_back(
                model::executed_transaction_key(model::Hash::from_array(*hashes_[marker.index])));
            readers.push_back(marker.index);
        }
    }
    std::vector<protocol::NumbersRow> rows(keys.size());
    if (const auto read = view.get_numbers(keys, rows); !read.ok()) {
        return read;
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
        held_back_[readers[i]] = rows[i].present ? 1 : 0;
    }
    return absl::OkStatus();
}

}  // namespace parallax::executors::staged
