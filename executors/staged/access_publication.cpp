#include "executors/staged/access_publication.hpp"

#include "verifier/codec/canonical.hpp"

#include "absl/container/flat_hash_map.h"

#include <algorithm>
#include <utility>

namespace parallax::executors::staged {
namespace {

/// Transactions that one task handles.
constexpr std::uint32_t kChunk = 64;

std::uint64_t account_digest(const SeenAccount& account) {
    if (!account.exists) {
        return 0;
    }
    return codec::value_digest(model::AccountRecord{model::Nonce{account.nonce},
                                                    model::Topoheight{account.registered_at}});
}

/// Walks the outputs of a transaction: which of them are the first to touch their account or
/// balance, and what a balance is credited with in all.
class OutputWalk {
  public:
    OutputWalk(const BlockPlan& plan, std::uint32_t index)
        : plan_(plan),
          planned_(plan.transactions()[index]),
          assets_(planned_.kind == PlanKind::kWithAssets ? &plan.assets(index) : nullptr) {
        for (std::uint32_t k = 0; k < planned_.output_count; ++k) {
            accounts_.try_emplace(account(k), k);
            const auto [balance, inserted] = balances_.try_emplace(balance_of(k), k, 0);
            balance->second.second += plan.amounts()[reference(k)];
        }
    }
    [[nodiscard]] std::uint32_t reference(std::uint32_t k) const {
        return planned_.first_reference + 1 + k;
    }
    [[nodiscard]] bool is_first_of_account(std::uint32_t k) const {
        return accounts_.at(account(k)) == k;
    }
    [[nodiscard]] bool is_first_of_balance(std::uint32_t k) const {
        return balances_.at(balance_of(k)).first == k;
    }
    [[nodiscard]] std::uint64_t credited(std::uint32_t k) const {
        return balances_.at(balance_of(k)).second;
    }

  private:
    [[nodiscard]] Slot account(std::uint32_t k) const { return plan_.slots()[reference(k)]; }
    [[nodiscard]] std::pair<Slot, AssetSlot> balance_of(std::uint32_t k) const {
        return {account(k), assets_ == nullptr ? kNoAssetSlot : assets_->outputs[k]};
    }

    const BlockPlan& plan_;
    const PlannedTransaction& planned_;
    const PlannedAssets* const assets_;
    absl::flat_hash_map<Slot, std::uint32_t> accounts_;
    absl::flat_hash_map<std::pair<Slot, AssetSlot>, std::pair<std::uint32_t, std::uint64_t>>
        balances_;
};

}  // namespace

AccessPublication::AccessPublication(const protocol::RuleContext& rules, const BlockPlan& plan,
                                     const BlockEffects& journal, model::AccessLog& log)
    : rules_(rules), plan_(plan), journal_(journal), log_(log), offsets_(plan.size() + 1) {
    const auto& beginning = journal_.initial_accesses;
    offsets_[0] = beginning.size();
    for (std::uint32_t i = 0; i < plan_.size(); ++i) {
        offsets_[i + 1] = offsets_[i] + access_count(i);
    }
    const auto& epilogue = journal_.lane_accesses.back();
    log_.accesses.resize(offsets_.back() + epilogue.size());
    std::copy(beginning.begin(), beginning.end(), log_.accesses.data());
    std::copy(epilogue.begin(), epilogue.end(), log_.accesses.data() + offsets_.back());
}

std::uint32_t AccessPublication::chunks() const noexcept {
    return (plan_.size() + kChunk - 1) / kChunk;
}

void AccessPublication::write_chunk(std::uint32_t chunk) {
    const std::uint32_t end = std::min(plan_.size(), (chunk + 1) * kChunk);
    for (std::uint32_t i = chunk * kChunk; i < end; ++i) {
        write_accesses(i, log_.accesses.data() + offsets_[i]);
    }
}

std::uint32_t AccessPublication::access_count(std::uint32_t index) const {
    if (journal_.dense_executed[index] == 0) {
        return static_cast<std::uint32_t>(journal_.lane_accesses[index].size());
    }
    const PlannedTransaction& planned = plan_.transactions()[index];
    const bool burns = planned.kind == PlanKind::kWithAssets && plan_.assets(index).burned > 0;
    const auto spends = 1 + static_cast<std::uint32_t>(journal_.asset_spends[index].size());
    // Marker and source read and written; agent record and multisig read; three lines a debit.
    std::uint32_t count = 6 + 3 * spends + (burns ? 1U : 0U);
    const OutputWalk walk(plan_, index);
    for (std::uint32_t k = 0; k < planned.output_count; ++k) {
        if (walk.is_first_of_account(k)) {
            count += journal_.accounts[walk.reference(k)].exists ? 1U : 2U;
        }
        count += walk.is_first_of_balance(k) ? 1U : 0U;
    }
    return count;
}

// The lines that the rules of `protocol` leave for an executed transfer or burn, in their order.
void AccessPublication::write_accesses(std::uint32_t index, model::Access* out) const {
    if (journal_.dense_executed[index] == 0) {
        std::copy(journal_.lane_accesses[index].begin(), journal_.lane_accesses[index].end(), out);
        return;
    }
    const PlannedTransaction& planned = plan_.transactions()[index];
    const protocol::AdmittedTransaction& admitted = rules_.block.transactions()[index];
    const model::PublicKey& source = admitted.source;
    const model::TxIndex tx{index};
    const model::Topoheight now = rules_.block.execution_topoheight();

    const model::StateKey marker = model::executed_transaction_key(admitted.hash);
    *out++ = {tx, model::AccessKind::kRead, marker, model::kPreState, 0};
    *out++ = {tx, model::AccessKind::kWrite, marker, model::kPreState,
              codec::value_digest(model::ExecutedRecord{now})};
    const SeenAccount& before = journal_.accounts[planned.first_reference];
    SeenAccount after = before;
    after.nonce += 1;
    *out++ = {tx, model::AccessKind::kRead, model::account_key(source), before.writer,
              account_digest(before)};
    *out++ = {tx, model::AccessKind::kWrite, model::account_key(source), model::kPreState,
              account_digest(after)};
    *out++ = {tx, model::AccessKind::kRead, model::agent_account_key(source), model::kPreState, 0};
    *out++ = {tx, model::AccessKind::kRead, model::multisig_key(source), model::kPreState, 0};
    write_outputs(index, write_spends(index, out));
}

model::Access* AccessPublication::write_spends(std::uint32_t index, model::Access* out) const {
    const PlannedTransaction& planned = plan_.transactions()[index];
    const model::PublicKey& source = rules_.block.transactions()[index].source;
    const model::TxIndex tx{index};
    const auto write = [&](const model::AssetId& asset, const SeenSpend& seen, std::uint64_t sum) {
        const model::StateKey key = model::balance_key(source, asset);
        *out++ = {tx, model::AccessKind::kReadSpendable, key, seen.writer, seen.spendable};
        *out++ = {tx, model::AccessKind::kSpend, key, model::kPreState, seen.spendable - sum};
        *out++ = {tx, model::AccessKind::kOutput, key, model::kPreState, sum};
    };
    const std::uint32_t reference = planned.first_reference;
    if (planned.kind != PlanKind::kWithAssets) {
        write(model::kTosAsset, journal_.tos_spends[reference], plan_.amounts()[reference]);
        return out;
    }
    const PlannedAssets& assets = plan_.assets(index);
    auto seen = journal_.asset_spends[index].begin();
    for (const PlannedSpend& spend : assets.spends) {
        const bool is_tos = spend.asset == model::kTosAsset;
        write(spend.asset, is_tos ? journal_.tos_spends[reference] : *seen++, spend.sum);
    }
    if (assets.burned > 0) {
        *out++ = {tx, model::AccessKind::kCredit, model::counter_key(model::Counter::kBurnedSupply),
                  model::kPreState, assets.burned};
    }
    return out;
}

void AccessPublication::write_outputs(std::uint32_t index, model::Access* out) const {
    if (plan_.transactions()[index].output_count == 0) {
        return;  // a burn, which credits nobody
    }
    const auto outputs = rules_.block.outputs_of(model::TxIndex{index});
    const model::TxIndex tx{index};
    const OutputWalk walk(plan_, index);
    for (std::uint32_t k = 0; k < outputs.size(); ++k) {
        const protocol::PlainOutput& transfer = outputs[k];
        if (walk.is_first_of_account(k)) {
            const model::StateKey key = model::account_key(transfer.destination);
            const SeenAccount& seen = journal_.accounts[walk.reference(k)];
            *out++ = {tx, model::AccessKind::kRead, key, seen.writer, account_digest(seen)};
            if (!seen.exists) {
                const model::AccountRecord created{model::Nonce{0},
                                                   rules_.block.execution_topoheight()};
                *out++ = {tx, model::AccessKind::kWrite, key, model::kPreState,
                          codec::value_digest(created)};
            }
        }
        if (walk.is_first_of_balance(k)) {
            *out++ = {tx, model::AccessKind::kCredit,
                      model::balance_key(transfer.destination, transfer.asset), model::kPreState,
                      walk.credited(k)};
        }
    }
}

}  // namespace parallax::executors::staged
