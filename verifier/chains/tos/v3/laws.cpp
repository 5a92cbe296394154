#include "verifier/chains/tos/v3/laws.hpp"

#include "verifier/chains/tos/v3/admitted_body.hpp"

#include <fmt/format.h>

#include <set>

namespace parallax::tos::v3 {
namespace {

using protocol::InvariantCase;
using protocol::Wide;

/// The reward is shared out whole, and the fees of what was executed go to the miner.
void judge_totals(const InvariantCase& judged) {
    Wide fees = 0;
    Wide burned = 0;
    for (std::size_t i = 0; i < judged.transactions(); ++i) {
        const model::TransactionResult& result = judged.outcome.results[i];
        if (judged.executed(i)) {
            const std::uint64_t stated = judged.block.transactions()[i].fee.value();
            judged.demand_equal(fmt::format("results[{}].fee", i), stated, result.fee.value());
            fees += stated;
        }
        burned += result.burned.value();
    }
    const model::BlockTotals& totals = judged.outcome.totals;
    judged.demand_equal("totals.fees", protocol::as_total(fees), totals.fees.value());
    judged.demand_equal("totals.burned_supply", protocol::as_total(burned),
                        totals.burned_supply.value());
    judged.demand_equal(
        "totals.miner_reward",
        Wide{totals.emitted_supply.value()} - totals.dev_reward.value() + totals.fees.value(),
        totals.miner_reward.value());
}

/// A counter grows by what the totals say.
void judge_counter(const InvariantCase& judged, model::Counter counter, model::Amount grown) {
    const model::StateKey key = model::counter_key(counter);
    Wide change = 0;
    for (const model::DeltaEntry& entry : judged.outcome.delta.entries) {
        if (entry.key == key) {
            change = protocol::amount_of(entry.after) - protocol::amount_of(entry.before);
        }
    }
    judged.demand_equal(model::to_string(key), grown.value(), change, key);
}

/// Every version that a block writes is its own: the fault of V3's parallel executor was another.
void judge_versions(const InvariantCase& judged) {
    const std::uint64_t now = judged.block.execution_topoheight().value();
    for (const model::DeltaEntry& entry : judged.outcome.delta.entries) {
        const auto* version =
            protocol::record_of<base::Boxed<model::BalanceVersionRecord>>(entry.after);
        if (version != nullptr && version->get().at.value() != now) {
            judged.demand_equal(fmt::format("version[{}]", model::to_string(entry.key)), now,
                                version->get().at.value(), entry.key);
        }
    }
}

// ---- Conservation of the coin ----

/// What a transaction gives to others, and what it takes from its source, in coins.
Wide given_by(const Transaction& transaction) {
    Wide given = 0;
    const auto* transfers = std::get_if<TransfersPayload>(&transaction.payload);
    for (std::size_t i = 0; transfers != nullptr && i < transfers->transfers.size(); ++i) {
        const Transfer& transfer = transfers->transfers[i];
        given += transfer.asset == model::kTosAsset ? transfer.amount.value() : 0;
    }
    return given;
}
Wide taken_by(const Transaction& transaction) {
    Wide taken = given_by(transaction);
    if (const auto* burn = std::get_if<BurnPayload>(&transaction.payload)) {
        taken += burn->asset == model::kTosAsset ? burn->amount.value() : 0;
    }
    const auto* energy = std::get_if<EnergyPayload>(&transaction.payload);
    const auto* freeze = energy != nullptr ? std::get_if<EnergyFreeze>(energy) : nullptr;
    taken += freeze != nullptr ? freeze->amount.value() : 0;
    return taken + (transaction.fee_type == FeeType::kTos ? transaction.fee.value() : 0);
}

/// Sources whose spending was free (quirk Q2): their version says that only something was spent.
std::set<model::PublicKey> free_sources(const InvariantCase& judged) {
    std::set<model::PublicKey> sources;
    for (const model::DeltaEntry& entry : judged.outcome.delta.entries) {
        const auto* version =
            protocol::record_of<base::Boxed<model::BalanceVersionRecord>>(entry.after);
        if (version != nullptr && version->get().spent && !version->get().received &&
            model::AssetId::from_array(entry.key.detail) == model::kTosAsset) {
            sources.insert(model::PublicKey::from_array(entry.key.owner));
        }
    }
    return sources;
}

Wide sum_of_changes(const InvariantCase& judged) {
    Wide sum = 0;
    for (const model::DeltaEntry& entry : judged.outcome.delta.entries) {
        if (entry.key.family == model::Family::kBalance &&
            model::AssetId::from_array(entry.key.detail) == model::kTosAsset) {
            sum += protocol::amount_of(entry.after) - protocol::amount_of(entry.before);
        }
    }
    return sum;
}

/// What balances change by in all. A balance may wrap (quirk Q1), so that sums are held to each
/// other modulo 2^64; a transaction that failed may have taken and given any part.
void judge_conservation(const InvariantCase& judged) {
    constexpr const char* kLaw = "conservation[TOS]";
    const std::set<model::PublicKey> free = free_sources(judged);
    const model::BlockTotals& totals = judged.outcome.totals;
    Wide demanded = Wide{totals.dev_reward.value()} + totals.miner_reward.value();
    Wide may_lack = 0;
    Wide may_exceed = 0;
    for (std::size_t i = 0; i < judged.transactions(); ++i) {
        const Transaction& transaction =
            transaction_of(judged.block, model::TxIndex{static_cast<std::uint32_t>(i)});
        const Wide taken = free.contains(transaction.source) ? 0 : taken_by(transaction);
        if (judged.executed(i)) {
            demanded += given_by(transaction) - taken;
        } else if (judged.failed(i)) {
            may_lack += taken;
            may_exceed += given_by(transaction);
        }
    }
    if (may_lack + may_exceed > 0) {
        judged.leaves(kLaw, fmt::format("failed transactions may have taken up to {} and given up "
                                        "to {}; the sum was held to that range",
                                        may_lack, may_exceed));
    }
    const Wide found = sum_of_changes(judged);
    constexpr Wide kModulus = Wide{protocol::kLargestAmount} + 1;
    const Wide excess = ((found - demanded) % kModulus + kModulus) % kModulus;
    if (excess > may_exceed && kModulus - excess > may_lack) {
        judged.demand_equal(kLaw, demanded, found);
    }
}

/// A hash that is stated is no identity that was checked.
void judge_identity(const InvariantCase& judged) {
    if (body_of(judged.block).header.stated_hash) {
        judged.leaves("block.hash", "its node does not show all that it covers: it was not proved");
    }
}

}  // namespace

void check_laws(const InvariantCase& judged) {
    judge_identity(judged);
    judge_totals(judged);
    judge_conservation(judged);
    judge_counter(judged, model::Counter::kEmittedSupply, judged.outcome.totals.emitted_supply);
    judge_counter(judged, model::Counter::kBurnedSupply, judged.outcome.totals.burned_supply);
    judge_versions(judged);
}

}  // namespace parallax::tos::v3
