#include "node/observe/observer.hpp"

#include "node/dialect/json_values.hpp"
#include "verifier/crypto/address.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace parallax::node {
namespace {

using Json = nlohmann::json;

/// Rows of one block that are asked for at most: what is beyond is not observed.
constexpr std::size_t kMostRows = 4'000;
/// Transactions that one call tells of at most (node notes, 1.2).
constexpr std::size_t kMostTransactions = 20;
/// How a node says that there is no version of a row at a topoheight.
constexpr std::string_view kNoVersion = "not found on disk";

crypto::AddressPrefix prefix_of(const NodeIdentity& identity) {
    return identity.network == "mainnet" ? crypto::AddressPrefix::kMainnet
                                         : crypto::AddressPrefix::kOther;
}

std::string address_of(const model::StateKey& key, crypto::AddressPrefix prefix) {
    return crypto::encode_address(model::PublicKey::from_array(key.owner), prefix);
}

Json parameters(const model::StateKey& key, crypto::AddressPrefix prefix) {
    Json params = {{"address", address_of(key, prefix)}};
    if (key.family == model::Family::kBalance) {
        params["asset"] = model::AssetId::from_array(key.detail).hex();
    }
    return params;
}

bool is_balance(const model::StateKey& key) {
    return key.family == model::Family::kBalance;
}

/// A version of a balance has two names for its number.
std::optional<std::uint64_t> value_of(const model::StateKey& key, const Json& result) {
    if (!is_balance(key)) {
        return number_in(result, "nonce");
    }
    const auto version = number_in(result, "final_balance");
    return version ? version : number_in(result, "balance");
}

/// Of a block whose transactions are not known: the rows of whom they are seen to name, and those
/// of the block itself.
std::vector<model::StateKey> named_rows(const protocol::Protocol& protocol,
                                        const protocol::AdmittedBlock& block,
                                        const NodeBlock& seen) {
    std::set<model::StateKey> keys;
    for (const model::PublicKey& account : seen.named_accounts) {
        keys.insert({model::account_key(account), model::balance_key(account, model::kTosAsset)});
    }
    for (const model::StateKey& key : protocol.block_rows(block)) {
        if (is_balance(key) || key.family == model::Family::kAccount) {
            keys.insert(key);
        }
    }
    std::vector<model::StateKey> rows(keys.begin(), keys.end());
    rows.resize(std::min(rows.size(), kMostRows));
    return rows;
}

std::vector<model::StateKey> touched_rows(const protocol::Protocol& protocol,
                                          const protocol::AdmittedBlock& block,
                                          const NodeBlock& seen) {
    std::vector<model::StateKey> keys;
    if (!block.placement().bodies_shown) {
        return named_rows(protocol, block, seen);
    }
    for (const model::StateKey& key : protocol::foreseeable_rows(protocol, block)) {
        if ((is_balance(key) || key.family == model::Family::kAccount) && keys.size() < kMostRows) {
            keys.push_back(key);
        }
    }
    return keys;
}

void add_value(const model::StateKey& key, std::uint64_t value, model::Observation& observation) {
    if (is_balance(key)) {
        observation.rows.push_back({key, model::AmountRecord{model::Amount{value}}});
    } else {
        observation.nonces.push_back(
            {model::PublicKey::from_array(key.owner), model::Nonce{value}});
    }
}

bool has_versions(const NodeChain& chain) {
    return chain.identity().dialect == Dialect::kV3;
}

/// The row that tells of the version of the number at `key`.
model::StateKey version_key(model::StateKey key) {
    key.family = is_balance(key) ? model::Family::kBalanceVersion : model::Family::kAccountVersion;
    return key;
}

/// The version at `at`: of a balance its type, what could be spent before it and the version before
/// it, where they are shown.
void add_version(const model::StateKey& key, model::Topoheight at, const Json& result,
                 model::Observation& observation) {
    if (!is_balance(key)) {
        observation.rows.push_back(
            {version_key(key), base::Boxed<model::AccountVersionRecord>({at, {}, {}})});
        return;
    }
    model::BalanceVersionRecord version;
    version.at = at;
    const auto type = result.is_object() ? result.find("balance_type") : result.end();
    if (result.is_object() && type != result.end()) {
        version.received = *type == "input" || *type == "both";
        version.spent = *type == "output" || *type == "both";
        if (const auto before = number_in(result, "output_balance")) {
            version.spendable_before = model::Amount{*before};
        }
        if (const auto previous = number_in(result, "previous_topoheight")) {
            version.previous = model::Topoheight{*previous};
        }
    }
    observation.rows.push_back(
        {version_key(key), base::Boxed<model::BalanceVersionRecord>(std::move(version))});
}

void add_supply(model::Counter counter, std::optional<model::Amount> amount,
                model::Observation& observation) {
    if (amount) {
        observation.rows.push_back({model::counter_key(counter), model::AmountRecord{*amount}});
    }
}

/// In the order that observations have, each key once.
void arrange(model::Observation& observation) {
    std::ranges::sort(observation.rows, {}, &model::ObservedRow::key);
    const auto same_key = [](const model::ObservedRow& a, const model::ObservedRow& b) {
        return a.key == b.key;
    };
    observation.rows.erase(std::unique(observation.rows.begin(), observation.rows.end(), same_key),
                           observation.rows.end());
    std::ranges::sort(observation.nonces, {}, &model::ObservedNonce::account);
    std::ranges::sort(observation.unwritten);
}

/// Whom an output of a contract paid, and in which asset.
std::optional<std::pair<model::PublicKey, model::AssetId>> paid_by(const Json& output) {
    const auto transfer = output.is_object() ? output.find("transfer") : output.end();
    if (!output.is_object() || transfer == output.end() || !transfer->is_object()) {
        return std::nullopt;
    }
    const auto key = key_in(transfer->value("destination", Json()));
    const Json asset = transfer->value("asset", Json());
    const auto id =
        asset.is_string() ? model::AssetId::from_hex(asset.get<std::string>()) : std::nullopt;
    return key && id ? std::optional(std::pair(*key, *id)) : std::nullopt;
}

model::ExecutedThere executed_there(const Json& transaction, const model::Hash& block) {
    if (!transaction.is_object()) {
        return model::ExecutedThere::kNotObserved;
    }
    const auto executed = transaction.find("executed_in_block");
    if (executed == transaction.end() || !(executed->is_null() || executed->is_string())) {
        return model::ExecutedThere::kNotObserved;
    }
    return executed->is_string() &&
                   model::Hash::from_hex(executed->get_ref<const std::string&>()) == block
               ? model::ExecutedThere::kYes
               : model::ExecutedThere::kNo;
}

/// Whether what is said to have been executed paid what the block says that it earned. Where it did
/// not, the two answers are of two orders, and the second counts for nothing.
bool fits_fees(const NodeBlock& seen, const protocol::AdmittedBlock& block,
               const std::vector<model::ExecutedThere>& executed) {
    if (!seen.total_fees || !block.placement().bodies_shown ||
        std::ranges::count(executed, model::ExecutedThere::kNotObserved) > 0) {
        return true;
    }
    std::uint64_t fees = 0;
    for (std::size_t i = 0; i < executed.size(); ++i) {
        fees += executed[i] == model::ExecutedThere::kYes ? block.transactions()[i].fee.value() : 0;
    }
    return fees == seen.total_fees->value();
}

}  // namespace

absl::StatusOr<std::vector<NewestValue>> newest_values(NodeChain& chain,
                                                       const std::vector<model::StateKey>& keys) {
    const auto prefix = prefix_of(chain.identity());
    std::vector<RpcRequest> requests;
    for (const model::StateKey& key : keys) {
        requests.push_back(
            {is_balance(key) ? "get_balance" : "get_nonce", parameters(key, prefix)});
    }
    const auto answers = chain.client().batch(requests);
    if (!answers.ok()) {
        return answers.status();
    }
    std::vector<NewestValue> values(keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const RpcAnswer& answer = (*answers)[i];
        if (!answer.ok()) {
            continue;
        }
        values[i].number = value_of(keys[i], answer.result);
        if (const auto at = number_in(answer.result, "topoheight")) {
            values[i].at = model::Topoheight{*at};
        }
    }
    return values;
}

/// Balances that contracts paid, which only their run tells: the node is asked for it.
absl::Status Observer::add_paid_by_contracts(const protocol::AdmittedBlock& block,
                                             std::vector<model::StateKey>& keys) {
    std::vector<RpcRequest> requests;
    for (const protocol::AdmittedTransaction& transaction : block.transactions()) {
        if (transaction.runs_code && has_versions(chain_)) {
            requests.push_back({"get_contract_outputs", {{"transaction", transaction.hash.hex()}}});
        }
    }
    if (requests.empty()) {
        return absl::OkStatus();
    }
    const auto answers = chain_.client().batch(requests);
    if (!answers.ok()) {
        return answers.status();
    }
    std::set<model::StateKey> known(keys.begin(), keys.end());
    const auto add = [&](const model::StateKey& key) {
        if (keys.size() < kMostRows && known.insert(key).second) {
            keys.push_back(key);
        }
    };
    for (const RpcAnswer& answer : *answers) {
        for (const Json& output : answer.result.is_array() ? answer.result : Json::array()) {
            if (const auto paid = paid_by(output)) {
                add(model::account_key(paid->first));
                add(model::balance_key(paid->first, paid->second));
            }
        }
    }
    return absl::OkStatus();
}

/// Rows that the node has not answered yet.
struct Observer::Asked {
    std::vector<model::StateKey> open;
};

absl::StatusOr<model::Observation> Observer::observe(const NodeBlock& seen,
                                                     const protocol::AdmittedBlock& block,
                                                     Observe what) {
    model::Observation observation;
    observation.source = source_;
    if (what == Observe::kNothing) {
        return observation;
    }
    observation.totals = {seen.total_fees, seen.dev_reward, seen.miner_reward};
    add_supply(model::Counter::kEmittedSupply, seen.supply, observation);
    if (what == Observe::kTouched) {
        if (auto status = ask_touched(seen, block, observation); !status.ok()) {
            return status;
        }
        const auto there = chain_.order(seen.topoheight, seen.topoheight);
        if (!there.ok() && !absl::IsUnavailable(there.status())) {
            return there.status();
        }
        if (!there.ok() || there->front() != seen.hash) {
            // The answers may be of another order: none of them counts.
            model::Observation nothing;
            nothing.source = source_;
            return nothing;
        }
    }
    arrange(observation);
    return observation;
}

absl::Status Observer::ask_touched(const NodeBlock& seen, const protocol::AdmittedBlock& block,
                                   model::Observation& observation) {
    std::vector<model::StateKey> keys = touched_rows(protocol_, block, seen);
    if (auto status = add_paid_by_contracts(block, keys); !status.ok()) {
        return status;
    }
    const auto prefix = prefix_of(chain_.identity());
    std::vector<RpcRequest> requests;
    for (const model::StateKey& key : keys) {
        Json params = parameters(key, prefix);
        params["topoheight"] = seen.topoheight.value();
        requests.push_back(
            {is_balance(key) ? "get_balance_at_topoheight" : "get_nonce_at_topoheight",
             std::move(params)});
    }
    for (std::size_t i = 0; i < seen.transactions.size(); i += kMostTransactions) {
        Json hashes = Json::array();
        for (std::size_t j = i; j < std::min(seen.transactions.size(), i + kMostTransactions);
             ++j) {
            hashes.push_back(seen.transactions[j].hex());
        }
        requests.push_back({"get_transactions", {{"tx_hashes", std::move(hashes)}}});
    }
    const auto answers = chain_.client().batch(requests);
    if (!answers.ok()) {
        return answers.status();
    }
    Asked asked;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const RpcAnswer& answer = (*answers)[i];
        const auto value = answer.ok() ? value_of(keys[i], answer.result) : std::nullopt;
        if (value) {
            add_value(keys[i], *value, observation);
            if (has_versions(chain_)) {
                add_version(keys[i], seen.topoheight, answer.result, observation);
            }
        } else if (!answer.ok() && answer.refusal->message.find(kNoVersion) != std::string::npos) {
            observation.unwritten.push_back(keys[i]);
            if (has_versions(chain_)) {
                // A node whose versions are where they should not be shows them at its top.
                observation.unwritten.push_back(version_key(keys[i]));
                asked.open.push_back(keys[i]);
            }
        } else {
            asked.open.push_back(keys[i]);
        }
    }
    for (std::size_t i = 0; i < seen.transactions.size(); ++i) {
        const RpcAnswer& answer = (*answers)[keys.size() + i / kMostTransactions];
        const std::size_t at = i % kMostTransactions;
        observation.executed.push_back(answer.ok() && answer.result.is_array() &&
                                               at < answer.result.size()
                                           ? executed_there(answer.result[at], seen.hash)
                                           : model::ExecutedThere::kNotObserved);
    }
    if (!fits_fees(seen, block, observation.executed)) {
        observation.executed.clear();
    }
    return ask_at_top(seen, asked, observation);
}

/// What only the top of the chain tells: the burned supply, and rows of a node that keeps no
/// versions. Nothing if the block is not the top, before and after.
absl::Status Observer::ask_at_top(const NodeBlock& seen, Asked& asked,
                                  model::Observation& observation) {
    const auto before = chain_.info();
    if (!before.ok()) {
        return absl::IsUnavailable(before.status()) ? absl::OkStatus() : before.status();
    }
    if (before->top_hash != seen.hash) {
        return absl::OkStatus();
    }
    add_supply(model::Counter::kBurnedSupply, before->burned_supply, observation);
    if (asked.open.empty()) {
        return absl::OkStatus();
    }
    const auto values = newest_values(chain_, asked.open);
    if (!values.ok()) {
        return values.status();
    }
    const auto after = chain_.info();
    if (!after.ok() || after->top_hash != seen.hash) {
        return after.ok() || absl::IsUnavailable(after.status()) ? absl::OkStatus()
                                                                 : after.status();
    }
    for (std::size_t i = 0; i < asked.open.size(); ++i) {
        const NewestValue& newest = (*values)[i];
        if (!newest.number) {
            continue;
        }
        add_value(asked.open[i], *newest.number, observation);
        if (has_versions(chain_) && newest.at) {
            add_version(asked.open[i], *newest.at, Json(), observation);
        }
    }
    return absl::OkStatus();
}

}  // namespace parallax::node
