#include "verifier/chains/tos/e1/laws.hpp"

#include "verifier/chains/tos/e1/law_case.hpp"
#include "verifier/codec/render.hpp"
#include "verifier/model/families.hpp"

#include "absl/container/flat_hash_map.h"
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace parallax::tos::e1 {
namespace {

// ---- Totals and counters ----

/// What one executed transaction must add to the burned supply; nothing if only its run can tell.
std::optional<Wide> burned_by(const Transaction& transaction) {
    if (const auto* burn = std::get_if<BurnPayload>(&transaction.payload)) {
        return burn->asset == model::kTosAsset ? burn->amount.value() : 0;
    }
    if (const auto* uno = std::get_if<UnoTransfersPayload>(&transaction.payload)) {
        // An UNO fee burns into the same counter (quirk Q12).
        return transaction.fee_type == FeeType::kUno
                   ? static_cast<Wide>(kUnoBurnPerTransfer) * uno->transfers.size()
                   : 0;
    }
    return may_run_code(transaction.payload) ? std::nullopt : std::optional<Wide>(0);
}

/// What an executed transaction reports of itself. Only the chain path credits fees to anybody.
void judge_amounts(const LawCase& c, std::size_t i) {
    const model::TransactionResult& result = c.outcome.results[i];
    const Wide fee = fee_of(c.transaction(i));
    if (fee != result.fee.value()) {
        c.demand_equal(fmt::format("results[{}].fee", i), fee, result.fee.value());
    }
    const auto burned = burned_by(c.transaction(i));
    if (burned && *burned != result.burned.value()) {
        c.demand_equal(fmt::format("results[{}].burned", i), *burned, result.burned.value());
    }
}

/// A total is the sum of its parts, or the largest number if the sum is beyond it.
void judge_sum(const LawCase& c, const char* path, Wide sum, model::Amount total) {
    c.demand_equal(path, as_total(sum), total.value());
    if (sum > kLargestAmount) {
        c.leaves(path, fmt::format("the sum is {}, which no total holds; it was held to be the "
                                   "largest number",
                                   sum));
    }
}

/// A partial failure may leave its fee in the counter (6.1 step 4); contract gas is added to it.
void judge_gas_fee(const LawCase& c) {
    constexpr const char* kPath = "totals.gas_fee";
    Wide executed = 0;
    Wide failed = 0;
    bool code_ran = false;
    for (std::size_t i = 0; i < c.transactions(); ++i) {
        if (c.executed(i)) {
            executed += fee_of(c.transaction(i));
            code_ran = code_ran || may_run_code(c.transaction(i).payload);
        } else if (c.is_partial() && c.failed(i)) {
            failed += fee_of(c.transaction(i));
        }
    }
    if (failed == 0 && !code_ran) {
        judge_sum(c, kPath, executed, c.outcome.totals.gas_fee);
        return;
    }
    const Wide found = c.outcome.totals.gas_fee.value();
    const Wide most = as_total(code_ran ? kLargestAmount : executed + failed);
    c.demand_equal(kPath, std::clamp(found, std::min(as_total(executed), most), most), found);
    c.leaves(kPath, code_ran
                        ? "only the run of a contract tells its gas; the fees were held to be in it"
                        : fmt::format("a failed transaction may leave its fee; up to {} were "
                                      "allowed for",
                                      failed));
}

void judge_totals(const LawCase& c) {
    Wide fees = 0;
    Wide burned = 0;
    for (std::size_t i = 0; i < c.transactions(); ++i) {
        fees += c.outcome.results[i].fee.value();
        burned += c.outcome.results[i].burned.value();
        if (c.executed(i) && c.on_chain()) {
            judge_amounts(c, i);
        }
    }
    judge_sum(c, "totals.fees", fees, c.outcome.totals.fees);
    judge_sum(c, "totals.burned_supply", burned, c.outcome.totals.burned_supply);
    if (c.on_chain()) {
        judge_gas_fee(c);
    }
}

/// What was emitted is what was paid out on top of the fees (8.3). The vector paths pay nothing.
void judge_reward(const LawCase& c) {
    const model::BlockTotals& totals = c.outcome.totals;
    const Wide fees = c.on_chain() ? totals.fees.value() : 0;
    const Wide dev = totals.dev_reward.value();
    if (totals.miner_reward.value() < kLargestAmount) {
        c.demand_equal("totals.emitted_supply", dev + totals.miner_reward.value() - fees,
                       totals.emitted_supply.value());
        return;
    }
    judge_sum(c, "totals.miner_reward", fees + totals.emitted_supply.value() - dev,
              totals.miner_reward);
}

/// A counter moves by its total. One that cannot hold the sum keeps what it had, and is written all
/// the same (finalize_block); a burn that does not fit fails instead.
void judge_counter(const LawCase& c, model::Counter counter, model::Amount total,
                   const model::DeltaEntry* entry) {
    const model::StateKey key = model::counter_key(counter);
    const Wide before = entry != nullptr ? amount_of(entry->before) : 0;
    const Wide after = entry != nullptr ? amount_of(entry->after) : 0;
    const bool fits = before + total.value() <= kLargestAmount;
    if (fits || counter == model::Counter::kBurnedSupply) {
        c.demand_equal(model::to_string(key), total.value(), after - before, key);
        return;
    }
    c.demand_equal(model::to_string(key), 0, after - before, key);
    c.leaves(model::to_string(key),
             fmt::format("{} and {} are more than a counter holds; it was held to stay as it was",
                         before, total.value()),
             key);
}

void judge_counters(const LawCase& c) {
    const model::BlockTotals& totals = c.outcome.totals;
    const std::array<std::pair<model::Counter, model::Amount>, 4> demanded = {{
        {model::Counter::kEmittedSupply, totals.emitted_supply},
        {model::Counter::kBurnedSupply, totals.burned_supply},
        {model::Counter::kGasFee, totals.gas_fee},
        {model::Counter::kMinerReward, totals.miner_reward},
    }};
    std::array<const model::DeltaEntry*, demanded.size()> found{};
    for (const model::DeltaEntry& entry : c.outcome.delta.entries) {
        if (entry.key.family != model::Family::kCounter) {
            continue;
        }
        std::size_t i = 0;
        while (i < demanded.size() && entry.key != model::counter_key(demanded[i].first)) {
            ++i;
        }
        if (i == demanded.size()) {
            c.breaks(fmt::format("counter[{}]", base::to_hex(entry.key.owner)), "no such counter",
                     codec::render_summary(entry.after))
                .key = entry.key;
        } else {
            found[i] = &entry;
        }
    }
    for (std::size_t i = 0; c.on_chain() && i < demanded.size(); ++i) {
        judge_counter(c, demanded[i].first, demanded[i].second, found[i]);
    }
}

// ---- Accounts and markers ----

struct SourceSteps {
    std::uint64_t executed = 0;
    std::uint64_t failed = 0;
    model::Nonce last_executed;
    /// The index of the last executed transaction.
    model::TxIndex last_index;
};

using StepsBySource = absl::flat_hash_map<model::PublicKey, SourceSteps>;

StepsBySource count_steps(const LawCase& c) {
    StepsBySource steps;
    for (std::size_t i = 0; i < c.transactions(); ++i) {
        SourceSteps& source = steps[c.transaction(i).source];
        if (c.executed(i)) {
            ++source.executed;
            source.last_executed = c.transaction(i).nonce;
            source.last_index = model::TxIndex{static_cast<std::uint32_t>(i)};
        } else if (c.outcome.results[i].status == model::TransactionStatus::kFailed) {
            ++source.failed;
        }
    }
    return steps;
}

void judge_account(const LawCase& c, const model::DeltaEntry& entry, const SourceSteps& steps) {
    const auto* before = record_of<model::AccountRecord>(entry.before);
    const auto* after = record_of<model::AccountRecord>(entry.after);
    const auto path = [&] { return fmt::format("nonce[{}]", base::to_hex(entry.key.owner)); };
    if (after == nullptr) {
        c.breaks(path(), "an account stays", std::string(codec::kAbsentText)).key = entry.key;
        return;
    }
    const Wide start = before != nullptr ? before->nonce.value() : 0;
    const Wide found = after->nonce.value();
    // A failed transaction's nonce stays used (6.3), so that the later ones follow it.
    const Wide slack = c.is_partial() ? steps.failed : 0;
    const Wide demanded = std::clamp(found, start + steps.executed, start + steps.executed + slack);
    const Wide following = static_cast<Wide>(steps.last_executed.value()) + 1;
    if (start + steps.executed + slack > kLargestAmount) {
        c.leaves(path(),
                 fmt::format("{} and {} steps are more than a nonce holds", start,
                             steps.executed + static_cast<std::uint64_t>(slack)),
                 entry.key);
        return;
    }
    if (slack > 0) {
        c.leaves(path(),
                 fmt::format("{} failed transactions of it may have used one each; it was "
                             "held to that range",
                             steps.failed),
                 entry.key);
    }
    if (demanded != found) {
        c.demand_equal(path(), demanded, found, entry.key);
    } else if (steps.executed > 0 && slack == 0 && following != found) {
        c.demand_equal(path() + ".last", following, found, entry.key);
    }
}

/// Each account's nonce goes up by one per executed transaction of it, and by nothing else.
void judge_nonces(const LawCase& c) {
    StepsBySource steps = count_steps(c);
    for (const model::DeltaEntry& entry : c.outcome.delta.entries) {
        if (entry.key.family == model::Family::kAccount) {
            const model::PublicKey owner = model::PublicKey::from_array(entry.key.owner);
            const auto found = steps.find(owner);
            judge_account(c, entry, found == steps.end() ? SourceSteps{} : found->second);
            steps.erase(owner);
        }
    }
    // What is left has no row in the delta. In block order, so that reports are stable.
    for (std::size_t i = 0; i < c.transactions(); ++i) {
        const auto left = steps.find(c.transaction(i).source);
        if (left != steps.end() && left->second.executed > 0) {
            model::Difference& difference =
                c.breaks(fmt::format("nonce[{}]", left->first.hex()),
                         fmt::format("{}", Wide{left->second.last_executed.value()} + 1),
                         std::string(codec::kNotWrittenText));
            difference.key = model::account_key(left->first);
            difference.transaction = left->second.last_index;
            steps.erase(left);
        }
    }
}

/// Exactly the executed transactions are marked, with this block's topoheight (8.4 step 3.4).
void judge_markers(const LawCase& c) {
    if (!c.on_chain()) {
        return;
    }
    absl::flat_hash_map<model::Hash, model::TxIndex> demanded;
    for (std::size_t i = 0; i < c.transactions(); ++i) {
        if (c.executed(i)) {
            demanded.emplace(c.block.transactions()[i].hash, static_cast<std::uint32_t>(i));
        }
    }
    const std::string mark = fmt::format("absent -> {}", c.block.execution_topoheight().value());
    for (const model::DeltaEntry& entry : c.outcome.delta.entries) {
        if (entry.key.family != model::Family::kExecutedTransaction) {
            continue;
        }
        const auto* after = record_of<model::ExecutedRecord>(entry.after);
        const bool is_mark = !entry.before && after != nullptr &&
                             after->executed_at == c.block.execution_topoheight();
        const bool wanted = demanded.erase(model::Hash::from_array(entry.key.owner)) > 0;
        if (!wanted || !is_mark) {
            c.breaks(fmt::format("marker[{}]", base::to_hex(entry.key.owner)),
                     wanted ? mark : std::string(codec::kNotWrittenText),
                     fmt::format("{} -> {}", codec::render_summary(entry.before),
                                 codec::render_summary(entry.after)))
                .key = entry.key;
        }
    }
    for (std::size_t i = 0; i < c.transactions() && !demanded.empty(); ++i) {
        const model::Hash& hash = c.block.transactions()[i].hash;
        if (demanded.erase(hash) > 0) {
            model::Difference& difference = c.breaks(fmt::format("marker[{}]", hash.hex()), mark,
                                                     std::string(codec::kNotWrittenText));
            difference.key = model::executed_transaction_key(hash);
            difference.transaction = model::TxIndex{static_cast<std::uint32_t>(i)};
        }
    }
}

constexpr std::array kJudges = {
    judge_totals, judge_reward, judge_nonces, judge_counters, judge_markers, judge_conservation,
};

}  // namespace

bool may_run_code(const Payload& payload) {
    if (const auto* deploy = std::get_if<DeployContractPayload>(&payload)) {
        return deploy->constructor.has_value();
    }
    return std::holds_alternative<InvokeContractPayload>(payload);
}

void check_laws(const protocol::InvariantCase& judged, const Profile& profile,
                const LawScope& scope) {
    const LawCase of_chain{judged, profile, scope.whole_block, scope.also_taken};
    for (const auto& judge : kJudges) {
        judge(of_chain);
    }
}

}  // namespace parallax::tos::e1
