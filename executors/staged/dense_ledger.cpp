#include "executors/staged/dense_ledger.hpp"

#include "absl/status/status.h"

#include <algorithm>
#include <utility>

namespace parallax {
namespace {

PublicKey owner_of(const StateKey& key) {
    return PublicKey::from_array(key.owner);
}

VisibleAmount visible(const DenseBalance& balance) {
    VisibleAmount out;
    if (balance.existed) {
        out.stored = Amount{balance.stored};
    }
    if (balance.diverged) {
        out.spendable = Amount{balance.diverged_spendable};
    } else if (balance.spend_writer != kPreState) {
        out.spendable = Amount{balance.stored - balance.outputs};
    }
    out.outputs = Amount{balance.outputs};
    out.received = Amount{balance.received};
    out.spend_writer = balance.spend_writer;
    return out;
}

bool fits(const DenseBalance& balance, Amount received) {
    return checked_add(Amount{balance.stored + balance.received}, received).has_value();
}

absl::Status wrong_value_type(const StateKey& key) {
    return absl::DataLossError("row " + to_string(key) + " holds a value of another family");
}

absl::Status fill_balance(const StateKey& key, const std::optional<StateValue>& value,
                          DenseBalance& balance) {
    if (!value) {
        return absl::OkStatus();
    }
    const auto* record = std::get_if<AmountRecord>(&*value);
    if (record == nullptr) {
        return wrong_value_type(key);
    }
    balance.existed = true;
    balance.stored = record->amount.value();
    return absl::OkStatus();
}

absl::Status fill_row(const StateKey& key, const std::optional<StateValue>& value,
                      DenseShard& shard) {
    const std::uint32_t position = shard.account_index.at(owner_of(key));
    DenseAccount& account = shard.accounts[position];
    if (key.family == Family::kBalance) {
        const AssetId asset = AssetId::from_array(key.detail);
        if (asset == kTosAsset) {
            return fill_balance(key, value, account.tos);
        }
        return fill_balance(key, value,
                            shard.assets[shard.asset_index.at({position, asset})].balance);
    }
    if (!value) {
        return absl::OkStatus();
    }
    if (key.family != Family::kAccount) {
        account.plain = false;
        return absl::OkStatus();
    }
    const auto* record = std::get_if<AccountRecord>(&*value);
    if (record == nullptr) {
        return wrong_value_type(key);
    }
    account.existed = account.exists = true;
    account.nonce = account.stored_nonce = record->nonce.value();
    account.registered_at = account.stored_registered_at = record->registered_at.value();
    return absl::OkStatus();
}

void merge_account(DenseAccount& account, const TransactionState::Entry& entry,
                   std::uint32_t transaction) {
    account.exists = entry.value.has_value();
    if (entry.value) {
        const auto& record = std::get<AccountRecord>(*entry.value);
        account.nonce = record.nonce.value();
        account.registered_at = record.registered_at.value();
    }
    account.writer = transaction;
    account.written = true;
}

void merge_balance(DenseBalance& balance, const TransactionState::Entry& entry,
                   std::uint32_t transaction) {
    const std::uint64_t spendable =
        balance.diverged ? balance.diverged_spendable : balance.stored - balance.outputs;
    balance.outputs += entry.outputs.value();
    balance.received += entry.received.value();
    balance.written |= entry.output_written || entry.credited;
    // An output without a debit leaves what may be spent as it was (quirk Q9).
    balance.diverged_spendable = entry.spend_written ? entry.spendable->value() : spendable;
    balance.diverged = balance.diverged_spendable != balance.stored - balance.outputs;
    if (entry.spend_written) {
        balance.spend_writer = transaction;
    }
}

}  // namespace

DenseLedger::DenseLedger(const StateView& view, std::uint32_t shards)
    : view_(view), shards_(shards), rest_(view) {}

void DenseLedger::reserve(std::uint32_t shard, std::size_t accounts) {
    shards_[shard].account_index.reserve(accounts);
    shards_[shard].accounts.reserve(accounts);
}

Slot DenseLedger::intern_account(const PublicKey& account, bool is_source) {
    const std::uint32_t shard = shard_of(account);
    DenseShard& rows = shards_[shard];
    const auto [it, inserted] =
        rows.account_index.try_emplace(account, static_cast<std::uint32_t>(rows.accounts.size()));
    if (inserted) {
        rows.accounts.emplace_back().key = account;
    }
    rows.accounts[it->second].is_source |= is_source;
    return (shard << 24) | it->second;
}

Slot DenseLedger::intern_asset(Slot account, const AssetId& asset) {
    const std::uint32_t shard = account >> 24;
    const std::uint32_t position = account & 0xFF'FFFF;
    DenseShard& rows = shards_[shard];
    const auto [it, inserted] = rows.asset_index.try_emplace(
        {position, asset}, static_cast<std::uint32_t>(rows.assets.size()));
    if (inserted) {
        rows.assets.push_back({position, asset, {}});
    }
    return (shard << 24) | it->second;
}

absl::Status DenseLedger::load(std::uint32_t shard) {
    DenseShard& rows = shards_[shard];
    std::vector<StateKey> keys;
    keys.reserve(rows.accounts.size() * 3 + rows.assets.size());
    for (const DenseAccount& account : rows.accounts) {
        keys.push_back(account_key(account.key));
        keys.push_back(balance_key(account.key, kTosAsset));
        if (account.is_source) {
            keys.push_back(multisig_key(account.key));
            keys.push_back(agent_account_key(account.key));
        }
    }
    for (const DenseAssetBalance& asset : rows.assets) {
        keys.push_back(balance_key(rows.accounts[asset.account].key, asset.asset));
    }
    std::sort(keys.begin(), keys.end());
    std::vector<std::optional<StateValue>> values;
    if (const auto read = view_.get_many(keys, values); !read.ok()) {
        return read;
    }
    for (std::size_t i = 0; i < keys.size(); ++i) {
        if (const auto filled = fill_row(keys[i], values[i], rows); !filled.ok()) {
            return filled;
        }
    }
    return absl::OkStatus();
}

absl::Status DenseLedger::load_counters() {
    const StateKey key = counter_key(Counter::kBurnedSupply);
    const auto value = view_.get(key);
    return value.ok() ? fill_balance(key, *value, burned_) : value.status();
}

template <class Self>
auto DenseLedger::find_account(Self& self, const PublicKey& key)
    -> decltype(self.shards_[0].accounts.data()) {
    auto& rows = self.shards_[self.shard_of(key)];
    const auto it = rows.account_index.find(key);
    return it == rows.account_index.end() ? nullptr : &rows.accounts[it->second];
}

template <class Self>
auto DenseLedger::find_balance(Self& self, const StateKey& key) -> decltype(&self.burned_) {
    if (key == counter_key(Counter::kBurnedSupply)) {
        return &self.burned_;
    }
    if (key.family != Family::kBalance) {
        return nullptr;
    }
    auto* account = find_account(self, owner_of(key));
    if (account == nullptr) {
        return nullptr;
    }
    const AssetId asset = AssetId::from_array(key.detail);
    if (asset == kTosAsset) {
        return &account->tos;
    }
    auto& rows = self.shards_[self.shard_of(account->key)];
    const auto position = static_cast<std::uint32_t>(account - rows.accounts.data());
    const auto it = rows.asset_index.find({position, asset});
    return it == rows.asset_index.end() ? nullptr : &rows.assets[it->second].balance;
}

absl::Status DenseLedger::read_value(const StateKey& key, VisibleValue& out) const {
    const DenseAccount* account =
        key.family == Family::kAccount ? find_account(*this, owner_of(key)) : nullptr;
    if (account == nullptr) {
        return rest_.read_value(key, out);
    }
    if (account->exists) {
        out.value = AccountRecord{Nonce{account->nonce}, Topoheight{account->registered_at}};
    }
    out.writer = account->writer;
    return absl::OkStatus();
}

absl::Status DenseLedger::read_amount(const StateKey& key, VisibleAmount& out) const {
    const DenseBalance* balance = find_balance(*this, key);
    if (balance == nullptr) {
        return rest_.read_amount(key, out);
    }
    out = visible(*balance);
    return absl::OkStatus();
}

bool DenseLedger::merge_dense(const TransactionState::Entry& entry, std::uint32_t transaction) {
    if (entry.is_amount) {
        DenseBalance* balance = find_balance(*this, entry.key);
        if (balance != nullptr) {
            merge_balance(*balance, entry, transaction);
        }
        return balance != nullptr;
    }
    DenseAccount* account = find_account(*this, owner_of(entry.key));
    if (account == nullptr) {
        return false;
    }
    if (entry.key.family == Family::kMultisig || entry.key.family == Family::kAgentAccount) {
        account->plain = false;
    }
    if (entry.key.family != Family::kAccount) {
        return false;
    }
    merge_account(*account, entry, transaction);
    return true;
}

bool DenseLedger::merge(const TransactionState& transaction) {
    for (const auto& entry : transaction.entries()) {
        if (entry.credited) {
            const DenseBalance* balance = find_balance(*this, entry.key);
            if (balance != nullptr && !fits(*balance, entry.received)) {
                return false;
            }
        }
    }
    for (const auto& entry : transaction.entries()) {
        if ((entry.value_written || entry.spend_written || entry.output_written ||
             entry.credited) &&
            !merge_dense(entry, transaction.transaction())) {
            rest_.merge_entry(entry, transaction.transaction());
        }
    }
    return true;
}

}  // namespace parallax
