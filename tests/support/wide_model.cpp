#include "tests/support/wide_model.hpp"

#include "verifier/chains/tos/e1/block_rules.hpp"
#include "verifier/chains/tos/e1/profile.hpp"
#include "verifier/chains/tos/e1/spending.hpp"
#include "verifier/chains/tos/emission.hpp"
#include "verifier/model/families.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace parallax::test {
namespace {

__extension__ typedef __int128 Wide;
constexpr Wide kMost = std::numeric_limits<std::uint64_t>::max();

model::Amount saturated(Wide sum) {
    return model::Amount{static_cast<std::uint64_t>(std::min(sum, kMost))};
}

/// Sums by asset, in the order of first use.
std::vector<std::pair<model::AssetId, Wide>> sums_of(const tos::e1::Transaction& transaction) {
    std::vector<std::pair<model::AssetId, Wide>> sums;
    const auto add = [&](const model::AssetId& asset, Wide amount) {
        const auto known = std::find_if(sums.begin(), sums.end(),
                                        [&](const auto& sum) { return sum.first == asset; });
        if (known == sums.end()) {
            sums.emplace_back(asset, amount);
        } else {
            known->second += amount;
        }
    };
    if (const auto* burn = std::get_if<tos::e1::BurnPayload>(&transaction.payload)) {
        add(burn->asset, burn->amount.value());
    } else {
        for (const tos::e1::Transfer& transfer :
             std::get<tos::e1::TransfersPayload>(transaction.payload).transfers) {
            add(transfer.asset, transfer.amount.value());
        }
    }
    return sums;
}

void add_fee(std::vector<std::pair<model::AssetId, Wide>>& sums, model::Amount fee) {
    for (auto& [asset, sum] : sums) {
        if (asset == model::kTosAsset) {
            sum += fee.value();
            return;
        }
    }
    sums.emplace_back(model::kTosAsset, fee.value());
}

bool any_beyond(const std::vector<std::pair<model::AssetId, Wide>>& sums) {
    return std::any_of(sums.begin(), sums.end(),
                       [](const auto& sum) { return sum.second > kMost; });
}

}  // namespace

WideModel::WideModel(const MemoryView& state, const protocol::AdmittedBlock& block,
                     const tos::e1::Profile& profile)
    : state_(state), block_(block), profile_(profile) {
    for (const tos::e1::AdmittedEntry& admitted : tos::e1::body_of(block).entries) {
        codes_.push_back(run(admitted));
    }
    end_block();
}

WideModel::Row& WideModel::row(const model::StateKey& key) {
    const auto [found, is_new] = rows_.try_emplace(key);
    if (is_new) {
        found->second.exists = state_.rows().contains(key);
        found->second.stored = state_.amount(key);
    }
    return found->second;
}

model::ErrorCode WideModel::run(const tos::e1::AdmittedEntry& admitted) {
    const tos::e1::Transaction& transaction = admitted.transaction;
    if (transaction.fee < tos::e1::required_fee(admitted)) {
        return model::ErrorCode::kInsufficientFee;
    }
    std::uint64_t& nonce =
        nonces_.try_emplace(transaction.source, state_.nonce(transaction.source)).first->second;
    if (transaction.nonce.value() != nonce) {
        return transaction.nonce.value() > nonce ? model::ErrorCode::kNonceTooHigh
                                                 : model::ErrorCode::kNonceTooLow;
    }
    if (const auto* burn = std::get_if<tos::e1::BurnPayload>(&transaction.payload)) {
        if (burn->amount == model::Amount{0}) {
            return model::ErrorCode::kInvalidAmount;
        }
        if (Wide{burn->amount.value()} + transaction.fee.value() > kMost) {
            return model::ErrorCode::kInvalidFormat;
        }
    }
    const auto agent = state_.rows().find(model::agent_account_key(transaction.source));
    bool pool_pays = false;
    if (agent != state_.rows().end() && transaction.fee > model::Amount{0}) {
        const auto& record = std::get<base::Boxed<model::AgentRecord>>(agent->second).get();
        const Row& pool = row(model::balance_key(*record.energy_pool, model::kTosAsset));
        pool_pays =
            pool.exists && pool.stored - pool.spent - pool.lent >= Wide{transaction.fee.value()};
    }
    if (const model::ErrorCode code = check_spending(transaction, pool_pays);
        code != model::ErrorCode::kSuccess) {
        return code;
    }
    const std::map<model::StateKey, Row> before = rows_;
    const model::ErrorCode code = apply(transaction, pool_pays);
    if (code != model::ErrorCode::kSuccess) {
        rows_ = before;
        return code;
    }
    nonce += 1;
    fees_ += transaction.fee.value();
    return code;
}

model::ErrorCode WideModel::check_spending(const tos::e1::Transaction& transaction,
                                           bool pool_pays) {
    auto sums = sums_of(transaction);
    if (!pool_pays) {
        add_fee(sums, transaction.fee);
    }
    if (any_beyond(sums)) {
        return model::ErrorCode::kOverflow;
    }
    for (const auto& [asset, sum] : sums) {
        const Row& own = row(model::balance_key(transaction.source, asset));
        if (!own.exists) {
            return model::ErrorCode::kUnknown;
        }
        if (own.stored - own.spent - own.lent < sum) {
            return model::ErrorCode::kInsufficientBalance;
        }
    }
    return model::ErrorCode::kSuccess;
}

model::ErrorCode WideModel::apply(const tos::e1::Transaction& transaction, bool pool_pays) {
    auto sums = sums_of(transaction);
    add_fee(sums, transaction.fee);
    if (any_beyond(sums)) {
        return model::ErrorCode::kOverflow;
    }
    for (const auto& [asset, sum] : sums) {
        Row& own = row(model::balance_key(transaction.source, asset));
        if (!own.exists) {
            return model::ErrorCode::kUnknown;
        }
        if (own.stored - own.spent - own.lent < sum) {
            return model::ErrorCode::kOverflow;
        }
        own.spent += sum;
    }
    if (pool_pays) {
        // The source lends the fee for the rest of the block, the pool pays it.
        const auto& record = std::get<base::Boxed<model::AgentRecord>>(
                                 state_.rows().at(model::agent_account_key(transaction.source)))
                                 .get();
        Row& own = row(model::balance_key(transaction.source, model::kTosAsset));
        own.spent -= transaction.fee.value();
        own.lent += transaction.fee.value();
        row(model::balance_key(*record.energy_pool, model::kTosAsset)).spent +=
            transaction.fee.value();
    }
    if (const auto* burn = std::get_if<tos::e1::BurnPayload>(&transaction.payload)) {
        const bool counts = burn->asset == model::kTosAsset;
        if (counts &&
            !credit(model::counter_key(model::Counter::kBurnedSupply), burn->amount.value())) {
            return model::ErrorCode::kOverflow;
        }
        totals_.burned_supply =
            saturated(Wide{totals_.burned_supply.value()} + (counts ? burn->amount.value() : 0));
        return model::ErrorCode::kSuccess;
    }
    for (const tos::e1::Transfer& transfer :
         std::get<tos::e1::TransfersPayload>(transaction.payload).transfers) {
        if (!credit(model::balance_key(transfer.destination, transfer.asset),
                    transfer.amount.value())) {
            return model::ErrorCode::kOverflow;
        }
    }
    return model::ErrorCode::kSuccess;
}

bool WideModel::credit(const model::StateKey& key, Wide amount) {
    Row& to = row(key);
    if (to.stored + to.received + amount > kMost) {
        return false;
    }
    to.received += amount;
    return true;
}

// The node adds rewards and counters unchecked; here what does not fit is left as it was.
void WideModel::end_block() {
    const Wide emitted = row(model::counter_key(model::Counter::kEmittedSupply)).stored;
    const model::Amount reward = tos::block_reward(saturated(emitted));
    totals_.fees = saturated(fees_);
    totals_.gas_fee = totals_.fees;
    totals_.emitted_supply = reward;
    totals_.dev_reward = tos::dev_share(reward, block_.height());
    totals_.miner_reward =
        saturated(Wide{reward.value()} - totals_.dev_reward.value() + Wide{totals_.fees.value()});
    const auto pay = [&](const model::StateKey& key, model::Amount amount) {
        (void)credit(key, amount.value());  // or not: see above
    };
    pay(model::balance_key(profile_.dev_key, model::kTosAsset), totals_.dev_reward);
    pay(model::balance_key(block_.miner(), model::kTosAsset), totals_.miner_reward);
    pay(model::counter_key(model::Counter::kEmittedSupply), totals_.emitted_supply);
    pay(model::counter_key(model::Counter::kGasFee), totals_.gas_fee);
    pay(model::counter_key(model::Counter::kMinerReward), totals_.miner_reward);
}

std::string WideModel::disagreement(const model::BlockOutcome& outcome) const {
    for (std::size_t i = 0; i < codes_.size(); ++i) {
        if (i >= outcome.results.size() || outcome.results[i].code != codes_[i]) {
            return fmt::format("transaction {} must end with {}", i,
                               model::error_code_name(codes_[i]));
        }
    }
    if (outcome.totals != totals_) {
        return "other totals";
    }
    MemoryView post = state_;
    post.apply(outcome.delta);
    for (const auto& [key, row] : rows_) {
        const Wide wanted = row.stored + row.received - row.spent;
        if (Wide{post.amount(key)} != wanted) {
            return fmt::format("{} must be {}, is {}", model::to_string(key), wanted,
                               post.amount(key));
        }
    }
    for (const auto& [source, nonce] : nonces_) {
        if (post.nonce(source) != nonce) {
            return fmt::format("nonce of {} must be {}", source.hex(), nonce);
        }
    }
    return "";
}

}  // namespace parallax::test
