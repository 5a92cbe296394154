#include "tests/support/wide_model.hpp"

#include "verifier/model/families.hpp"
#include "verifier/protocol/block_rules.hpp"
#include "verifier/protocol/emission.hpp"
#include "verifier/protocol/spending.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace parallax::test {
namespace {

__extension__ typedef __int128 Wide;
constexpr Wide kMost = std::numeric_limits<std::uint64_t>::max();

Amount saturated(Wide sum) {
    return Amount{static_cast<std::uint64_t>(std::min(sum, kMost))};
}

/// Sums by asset, in the order of first use.
std::vector<std::pair<AssetId, Wide>> sums_of(const Transaction& transaction) {
    std::vector<std::pair<AssetId, Wide>> sums;
    const auto add = [&](const AssetId& asset, Wide amount) {
        const auto known = std::find_if(sums.begin(), sums.end(),
                                        [&](const auto& sum) { return sum.first == asset; });
        if (known == sums.end()) {
            sums.emplace_back(asset, amount);
        } else {
            known->second += amount;
        }
    };
    if (const auto* burn = std::get_if<BurnPayload>(&transaction.payload)) {
        add(burn->asset, burn->amount.value());
    } else {
        for (const Transfer& transfer : std::get<TransfersPayload>(transaction.payload).transfers) {
            add(transfer.asset, transfer.amount.value());
        }
    }
    return sums;
}

void add_fee(std::vector<std::pair<AssetId, Wide>>& sums, Amount fee) {
    for (auto& [asset, sum] : sums) {
        if (asset == kTosAsset) {
            sum += fee.value();
            return;
        }
    }
    sums.emplace_back(kTosAsset, fee.value());
}

bool any_beyond(const std::vector<std::pair<AssetId, Wide>>& sums) {
    return std::any_of(sums.begin(), sums.end(),
                       [](const auto& sum) { return sum.second > kMost; });
}

}  // namespace

WideModel::WideModel(const MemoryView& state, const AdmittedBlock& block, const Profile& profile)
    : state_(state), block_(block), profile_(profile) {
    for (const AdmittedTransaction& admitted : block.transactions()) {
        codes_.push_back(run(admitted));
    }
    end_block();
}

WideModel::Row& WideModel::row(const StateKey& key) {
    const auto [found, is_new] = rows_.try_emplace(key);
    if (is_new) {
        found->second.exists = state_.rows().contains(key);
        found->second.stored = state_.amount(key);
    }
    return found->second;
}

ErrorCode WideModel::run(const AdmittedTransaction& admitted) {
    const Transaction& transaction = admitted.transaction;
    if (transaction.fee < required_fee(admitted)) {
        return ErrorCode::kInsufficientFee;
    }
    std::uint64_t& nonce =
        nonces_.try_emplace(transaction.source, state_.nonce(transaction.source)).first->second;
    if (transaction.nonce.value() != nonce) {
        return transaction.nonce.value() > nonce ? ErrorCode::kNonceTooHigh
                                                 : ErrorCode::kNonceTooLow;
    }
    if (const auto* burn = std::get_if<BurnPayload>(&transaction.payload)) {
        if (burn->amount == Amount{0}) {
            return ErrorCode::kInvalidAmount;
        }
        if (Wide{burn->amount.value()} + transaction.fee.value() > kMost) {
            return ErrorCode::kInvalidFormat;
        }
    }
    const auto agent = state_.rows().find(agent_account_key(transaction.source));
    bool pool_pays = false;
    if (agent != state_.rows().end() && transaction.fee > Amount{0}) {
        const auto& record = std::get<Boxed<AgentRecord>>(agent->second).get();
        const Row& pool = row(balance_key(*record.energy_pool, kTosAsset));
        pool_pays =
            pool.exists && pool.stored - pool.spent - pool.lent >= Wide{transaction.fee.value()};
    }
    if (const ErrorCode code = check_spending(transaction, pool_pays);
        code != ErrorCode::kSuccess) {
        return code;
    }
    const std::map<StateKey, Row> before = rows_;
    const ErrorCode code = apply(transaction, pool_pays);
    if (code != ErrorCode::kSuccess) {
        rows_ = before;
        return code;
    }
    nonce += 1;
    fees_ += transaction.fee.value();
    return code;
}

ErrorCode WideModel::check_spending(const Transaction& transaction, bool pool_pays) {
    auto sums = sums_of(transaction);
    if (!pool_pays) {
        add_fee(sums, transaction.fee);
    }
    if (any_beyond(sums)) {
        return ErrorCode::kOverflow;
    }
    for (const auto& [asset, sum] : sums) {
        const Row& own = row(balance_key(transaction.source, asset));
        if (!own.exists) {
            return ErrorCode::kUnknown;
        }
        if (own.stored - own.spent - own.lent < sum) {
            return ErrorCode::kInsufficientBalance;
        }
    }
    return ErrorCode::kSuccess;
}

ErrorCode WideModel::apply(const Transaction& transaction, bool pool_pays) {
    auto sums = sums_of(transaction);
    add_fee(sums, transaction.fee);
    if (any_beyond(sums)) {
        return ErrorCode::kOverflow;
    }
    for (const auto& [asset, sum] : sums) {
        Row& own = row(balance_key(transaction.source, asset));
        if (!own.exists) {
            return ErrorCode::kUnknown;
        }
        if (own.stored - own.spent - own.lent < sum) {
            return ErrorCode::kOverflow;
        }
        own.spent += sum;
    }
    if (pool_pays) {
        // The source lends the fee for the rest of the block, the pool pays it.
        const auto& record =
            std::get<Boxed<AgentRecord>>(state_.rows().at(agent_account_key(transaction.source)))
                .get();
        Row& own = row(balance_key(transaction.source, kTosAsset));
        own.spent -= transaction.fee.value();
        own.lent += transaction.fee.value();
        row(balance_key(*record.energy_pool, kTosAsset)).spent += transaction.fee.value();
    }
    if (const auto* burn = std::get_if<BurnPayload>(&transaction.payload)) {
        const bool counts = burn->asset == kTosAsset;
        if (counts && !credit(counter_key(Counter::kBurnedSupply), burn->amount.value())) {
            return ErrorCode::kOverflow;
        }
        totals_.burned_supply =
            saturated(Wide{totals_.burned_supply.value()} + (counts ? burn->amount.value() : 0));
        return ErrorCode::kSuccess;
    }
    for (const Transfer& transfer : std::get<TransfersPayload>(transaction.payload).transfers) {
        if (!credit(balance_key(transfer.destination, transfer.asset), transfer.amount.value())) {
            return ErrorCode::kOverflow;
        }
    }
    return ErrorCode::kSuccess;
}

bool WideModel::credit(const StateKey& key, Wide amount) {
    Row& to = row(key);
    if (to.stored + to.received + amount > kMost) {
        return false;
    }
    to.received += amount;
    return true;
}

// The node adds rewards and counters unchecked; here what does not fit is left as it was.
void WideModel::end_block() {
    const Wide emitted = row(counter_key(Counter::kEmittedSupply)).stored;
    const Amount reward = block_reward(saturated(emitted));
    totals_.fees = saturated(fees_);
    totals_.gas_fee = totals_.fees;
    totals_.emitted_supply = reward;
    totals_.dev_reward = dev_share(reward, block_.header().height);
    totals_.miner_reward =
        saturated(Wide{reward.value()} - totals_.dev_reward.value() + Wide{totals_.fees.value()});
    const auto pay = [&](const StateKey& key, Amount amount) {
        (void)credit(key, amount.value());  // or not: see above
    };
    pay(balance_key(profile_.dev_key, kTosAsset), totals_.dev_reward);
    pay(balance_key(block_.header().miner, kTosAsset), totals_.miner_reward);
    pay(counter_key(Counter::kEmittedSupply), totals_.emitted_supply);
    pay(counter_key(Counter::kGasFee), totals_.gas_fee);
    pay(counter_key(Counter::kMinerReward), totals_.miner_reward);
}

std::string WideModel::disagreement(const BlockOutcome& outcome) const {
    for (std::size_t i = 0; i < codes_.size(); ++i) {
        if (i >= outcome.results.size() || outcome.results[i].code != codes_[i]) {
            return fmt::format("transaction {} must end with {}", i, error_code_name(codes_[i]));
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
            return fmt::format("{} must be {}, is {}", to_string(key), wanted, post.amount(key));
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
