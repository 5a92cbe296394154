#include "verifier/chains/tos/v3/laws.hpp"

#include "verifier/chains/tos/v3/admitted_body.hpp"
#include "verifier/codec/render.hpp"

#include <fmt/format.h>

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

}  // namespace

void check_laws(const InvariantCase& judged, const Profile& /*profile*/) {
    judge_totals(judged);
    judge_counter(judged, model::Counter::kEmittedSupply, judged.outcome.totals.emitted_supply);
    judge_counter(judged, model::Counter::kBurnedSupply, judged.outcome.totals.burned_supply);
    judge_versions(judged);
}

}  // namespace parallax::tos::v3
