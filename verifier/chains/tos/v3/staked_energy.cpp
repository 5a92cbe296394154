#include "verifier/chains/tos/v3/staked_energy.hpp"

#include <algorithm>
#include <utility>

namespace parallax::tos::v3 {
namespace {

constexpr RuleResult kDone{model::TransactionStatus::kExecuted, model::ErrorCode::kSuccess, true};
constexpr RuleResult kFailedFrozen{model::TransactionStatus::kFailed,
                                   model::ErrorCode::kInsufficientFrozen, true};

model::StakedEnergyRecord record_of(protocol::TransactionState& state,
                                    const model::PublicKey& owner) {
    const auto* record = state.find<model::StakedEnergyRecord>(model::staked_energy_key(owner));
    return record == nullptr ? model::StakedEnergyRecord{} : *record;
}

void store(protocol::TransactionState& state, const model::PublicKey& owner,
           model::StakedEnergyRecord record) {
    state.put(model::staked_energy_key(owner),
              base::Boxed<model::StakedEnergyRecord>(std::move(record)));
}

std::uint64_t energy_of(std::uint64_t amount, std::uint32_t days) {
    return amount / model::kCoin * kEnergyPerCoinPerDay * days;
}

/// An amount that is no whole number of coins, which the full check of a block lets through, leaves
/// the record as it was: it is written all the same.
void freeze(model::StakedEnergyRecord& record, const EnergyFreeze& payload,
            model::BlockHeight blue_score) {
    const std::uint64_t amount = payload.amount.value();
    if (amount < model::kCoin || amount % model::kCoin != 0) {
        return;
    }
    model::StakeRecord stake;
    stake.amount = payload.amount;
    stake.days = payload.days;
    stake.frozen_at = blue_score;
    stake.unlock_at =
        model::BlockHeight{blue_score.value() + kBlueScoresPerDay * std::uint64_t{payload.days}};
    stake.energy = energy_of(amount, payload.days);
    record.frozen = model::Amount{record.frozen.value() + amount};
    record.total += stake.energy;
    record.last_update = blue_score;
    record.stakes.push_back(stake);
}

RuleResult unfreeze(model::StakedEnergyRecord& record, const EnergyUnfreeze& payload,
                    model::BlockHeight blue_score) {
    const std::uint64_t wanted = payload.amount.value() / model::kCoin * model::kCoin;
    const auto is_unlocked = [&](const model::StakeRecord& stake) {
        return blue_score >= stake.unlock_at;
    };
    std::uint64_t unlocked = 0;
    for (const model::StakeRecord& stake : record.stakes) {
        unlocked += is_unlocked(stake) ? stake.amount.value() : 0;
    }
    if (wanted == 0 || record.frozen.value() < wanted || unlocked < wanted) {
        return kFailedFrozen;
    }
    std::uint64_t left = wanted;
    std::uint64_t energy = 0;
    std::vector<model::StakeRecord> kept;
    bool removed = false;
    for (model::StakeRecord stake : record.stakes) {
        const std::uint64_t taken = is_unlocked(stake) ? std::min(left, stake.amount.value()) : 0;
        left -= taken;
        energy += energy_of(taken, stake.days);
        if (taken == stake.amount.value() && taken > 0) {
            removed = true;
            continue;
        }
        if (taken > 0) {
            if (removed) {
                // The node would change the record that took this one's place.
                return {model::TransactionStatus::kUnsupported, model::ErrorCode::kNotImplemented,
                        false};
            }
            stake.amount = model::Amount{stake.amount.value() - taken};
            stake.energy = energy_of(stake.amount.value(), stake.days);
        }
        kept.push_back(stake);
    }
    record.stakes = std::move(kept);
    record.frozen = model::Amount{record.frozen.value() - wanted};
    record.total -= std::min(record.total, energy);
    record.last_update = blue_score;
    return kDone;
}

}  // namespace

model::ErrorCode consume_energy(protocol::TransactionState& state, const model::PublicKey& source,
                                std::uint64_t units) {
    const auto* known = state.find<model::StakedEnergyRecord>(model::staked_energy_key(source));
    if (known == nullptr || known->total - std::min(known->total, known->used) < units) {
        return model::ErrorCode::kInsufficientEnergy;
    }
    model::StakedEnergyRecord record = *known;
    record.used += units;
    store(state, source, std::move(record));
    return model::ErrorCode::kSuccess;
}

RuleResult apply_energy(protocol::TransactionState& state, const model::PublicKey& source,
                        const EnergyPayload& payload, model::BlockHeight blue_score) {
    model::StakedEnergyRecord record = record_of(state, source);
    RuleResult result = kDone;
    if (const auto* wanted = std::get_if<EnergyFreeze>(&payload)) {
        freeze(record, *wanted, blue_score);
    } else {
        result = unfreeze(record, std::get<EnergyUnfreeze>(payload), blue_score);
    }
    if (result.status == model::TransactionStatus::kExecuted) {
        store(state, source, std::move(record));
    }
    return result;
}

}  // namespace parallax::tos::v3
