#include "executors/staged/dense_ledger.hpp"

#include "executors/staged/row_reader.hpp"

#include "absl/status/status.h"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

namespace parallax::executors::staged {
namespace {

/// So far ahead keys are fetched while rows are made of them.
constexpr std::size_t kKeysAhead = 12;

/// Rows are copied from it: one that is built on the stack first is read before the processor has
/// it ready.
const DenseRow kEmptyRow;

model::PublicKey owner_of(const model::StateKey& key) {
    return model::PublicKey::from_array(key.owner);
}

std::uint64_t spendable_of(const DenseBalance& balance) {
    return balance.diverged ? balance.diverged_spendable : balance.stored - balance.outputs;
}

protocol::VisibleAmount visible(const DenseBalance& balance) {
    protocol::VisibleAmount out;
    if (balance.existed) {
        out.stored = model::Amount{balance.stored};
    }
    if (balance.diverged || balance.spend_writer != model::kPreState) {
        out.spendable = model::Amount{spendable_of(balance)};
    }
    out.outputs = model::Amount{balance.outputs};
    out.received = model::Amount{balance.received};
    out.spend_writer = balance.spend_writer;
    return out;
}

bool fits(const DenseBalance& balance, model::Amount received) {
    return model::checked_add(model::Amount{balance.stored + balance.received}, received)
        .has_value();
}

void merge_balance(DenseBalance& balance, const protocol::TransactionState::Entry& entry,
                   std::uint32_t transaction) {
    const std::uint64_t spendable = spendable_of(balance);
    balance.outputs += entry.outputs.value();
    balance.received += entry.received.value();
    balance.written |= entry.output_written || entry.credited;
    // A debit without its output leaves less to spend than the numbers tell: the fee that a source
    // lends its pool (quirk Q9), or a transaction that failed half-way.
    balance.diverged_spendable = entry.spend_written ? entry.spendable->value() : spendable;
    balance.diverged = balance.diverged_spendable != balance.stored - balance.outputs;
    if (entry.spend_written) {
        balance.spend_writer = transaction;
    }
}

bool asset_less(const DenseAssetBalance& a, const std::pair<std::uint32_t, model::AssetId>& b) {
    return std::tie(a.account, a.asset) < std::tie(b.first, b.second);
}

/// Null if the account has no row of that asset.
const DenseAssetBalance* find_asset(const DenseShard& shard, std::uint32_t account,
                                    const model::AssetId& asset) {
    const auto it = std::lower_bound(shard.assets.begin(), shard.assets.end(),
                                     std::pair{account, asset}, asset_less);
    const bool found = it != shard.assets.end() && it->account == account && it->asset == asset;
    return found ? &*it : nullptr;
}

}  // namespace

DenseLedger::DenseLedger(const protocol::StateView& view, std::uint32_t shards,
                         model::Topoheight now)
    : view_(view), now_(now), shards_(shards), rest_(view) {}

void DenseLedger::intern(std::uint32_t shard, Slot first, const std::vector<KeyReference>& sorted,
                         const std::vector<const KeyBytes*>& keys, std::vector<Slot>& slots) {
    DenseShard& own = shards_[shard];
    own.first = first;
    own.prefixes.reserve(sorted.size());
    own.rows.reserve(sorted.size());
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        const KeyReference& reference = sorted[i];
        const KeyBytes& key = *keys[reference.index];
        // In key order, the keys lie all over the block.
        __builtin_prefetch(keys[sorted[std::min(i + kKeysAhead, sorted.size() - 1)].index]);
        const bool known = !own.rows.empty() && own.prefixes.back() == reference.prefix &&
                           own.rows.back().key.bytes() == key;
        if (!known) {
            own.prefixes.push_back(reference.prefix);
            accounts_[first + own.rows.size()] = {0, 0, 0, model::kPreState, 0};
            own.rows.push_back(kEmptyRow);
            own.rows.back().key = model::PublicKey::from_array(key);
        }
        own.rows.back().is_source |= reference.marked != 0;
        slots[reference.index] = first + static_cast<Slot>(own.rows.size() - 1);
    }
}

void DenseLedger::intern_assets(std::uint32_t shard, std::vector<AssetReference> references) {
    std::sort(references.begin(), references.end(),
              [](const AssetReference& a, const AssetReference& b) {
                  return std::tie(a.account, a.asset) < std::tie(b.account, b.asset);
              });
    auto& assets = shards_[shard].assets;
    for (const AssetReference& reference : references) {
        const bool known = !assets.empty() && assets.back().account == reference.account &&
                           assets.back().asset == reference.asset;
        if (!known) {
            assets.push_back({reference.account, reference.asset, {}});
        }
        *reference.slot = (shard << 24) | static_cast<AssetSlot>(assets.size() - 1);
    }
}

absl::Status DenseLedger::load(std::uint32_t shard) {
    DenseShard& own = shards_[shard];
    if (const auto read = load_rows(view_, own, accounts_.get() + own.first); !read.ok()) {
        return read;
    }
    for (std::uint32_t i = 0; i < own.rows.size(); ++i) {
        const Slot slot = own.first + i;
        own.largest_total = std::max(own.largest_total, accounts_[slot].total);
        refresh({shard, i, slot});
    }
    return absl::OkStatus();
}

absl::Status DenseLedger::load_counters() {
    const model::StateKey key = model::counter_key(model::Counter::kBurnedSupply);
    protocol::NumbersRow row;
    if (const auto read = view_.get_numbers({&key, 1}, {&row, 1}); !read.ok()) {
        return read;
    }
    burned_.existed = row.present;
    burned_.stored = row.first;
    return absl::OkStatus();
}

std::uint64_t DenseLedger::largest_total() const noexcept {
    std::uint64_t largest = 0;
    for (const DenseShard& shard : shards_) {
        largest = std::max(largest, shard.largest_total);
    }
    return largest;
}

// Of the shards that start at or before a slot, only the last can hold it: one that starts where
// the next does is empty.
const DenseShard& DenseLedger::shard_of(Slot slot) const {
    const auto after =
        std::upper_bound(shards_.begin(), shards_.end(), slot,
                         [](Slot wanted, const DenseShard& shard) { return wanted < shard.first; });
    return *std::prev(after);
}

LaneRow& DenseLedger::lane_row(const Place& place) {
    DenseShard& shard = shards_[place.shard];
    DenseRow& row = shard.rows[place.position];
    if (row.lane_row == kNoLaneRow) {
        const DenseAccount& account = accounts_[place.slot];
        const LaneRow now{registered_at(shard, place.position).value(),
                          row.stored_tos - account.spendable, spend_writer(place.slot), false};
        row.lane_row = static_cast<std::uint32_t>(shard.lane_rows.size());
        shard.lane_rows.push_back(now);
    }
    return shard.lane_rows[row.lane_row];
}

model::Topoheight DenseLedger::registered_at(const DenseShard& shard,
                                             std::uint32_t position) const {
    const DenseRow& row = shard.rows[position];
    if ((accounts_[shard.first + position].flags & DenseAccount::kCreated) != 0) {
        return now_;
    }
    return model::Topoheight{row.lane_row == kNoLaneRow
                                 ? row.stored_registered_at
                                 : shard.lane_rows[row.lane_row].registered_at};
}

model::Topoheight DenseLedger::registered_at(Slot slot) const {
    const DenseShard& shard = shard_of(slot);
    return registered_at(shard, slot - shard.first);
}

std::uint32_t DenseLedger::spend_writer(Slot slot) const {
    if ((accounts_[slot].flags & DenseAccount::kWriterSpent) != 0) {
        return accounts_[slot].writer;
    }
    const DenseShard& shard = shard_of(slot);
    const std::uint32_t lane_row = shard.rows[slot - shard.first].lane_row;
    return lane_row == kNoLaneRow ? model::kPreState : shard.lane_rows[lane_row].spend_writer;
}

std::uint64_t DenseLedger::tos_outputs(const DenseShard& shard, std::uint32_t position) const {
    const DenseRow& row = shard.rows[position];
    const bool diverged = row.lane_row != kNoLaneRow && shard.lane_rows[row.lane_row].tos_diverged;
    return diverged ? shard.lane_rows[row.lane_row].tos_outputs
                    : row.stored_tos - accounts_[shard.first + position].spendable;
}

DenseLedger::Place DenseLedger::find_account(const model::PublicKey& key) const {
    const std::uint64_t prefix = key_prefix(key.bytes());
    const std::uint32_t shard = key_shard(prefix, shards());
    const DenseShard& own = shards_[shard];
    auto it = std::lower_bound(own.prefixes.begin(), own.prefixes.end(), prefix);
    for (; it != own.prefixes.end() && *it == prefix; ++it) {
        const auto position = static_cast<std::uint32_t>(it - own.prefixes.begin());
        if (own.rows[position].key == key) {
            return {shard, position, own.first + position};
        }
    }
    return {};
}

DenseBalance DenseLedger::tos_of(const Place& place) const {
    const DenseRow& row = row_at(place);
    const DenseAccount& account = accounts_[place.slot];
    DenseBalance balance;
    balance.stored = row.stored_tos;
    balance.outputs = tos_outputs(shards_[place.shard], place.position);
    balance.received = account.total - row.stored_tos;
    balance.spend_writer = spend_writer(place.slot);
    balance.existed = row.tos_existed;
    balance.written = (account.flags & DenseAccount::kTosWritten) != 0;
    balance.diverged = account.spendable != row.stored_tos - balance.outputs;
    balance.diverged_spendable = account.spendable;
    return balance;
}

void DenseLedger::set_tos(const Place& place, const DenseBalance& balance) {
    LaneRow& row = lane_row(place);
    row.tos_outputs = balance.outputs;
    row.spend_writer = balance.spend_writer;
    row.tos_diverged = balance.diverged;
    DenseAccount& account = accounts_[place.slot];
    account.spendable = spendable_of(balance);
    account.total = balance.stored + balance.received;
    account.flags &= ~(DenseAccount::kWriterSpent | DenseAccount::kTosWritten);
    account.flags |= balance.written ? DenseAccount::kTosWritten : 0;
    auto& largest = shards_[place.shard].largest_total;
    largest = std::max(largest, account.total);
    refresh(place);
}

void DenseLedger::set_account(const Place& place, const protocol::TransactionState::Entry& entry,
                              std::uint32_t transaction) {
    const std::uint32_t spender = spend_writer(place.slot);
    LaneRow& row = lane_row(place);
    row.spend_writer = spender;
    DenseAccount& account = accounts_[place.slot];
    account.flags &= ~(DenseAccount::kWriterSpent | DenseAccount::kExists | DenseAccount::kCreated);
    account.flags |= DenseAccount::kWritten | (entry.value ? DenseAccount::kExists : 0);
    if (entry.value) {
        const auto& record = std::get<model::AccountRecord>(*entry.value);
        account.nonce = record.nonce.value();
        row.registered_at = record.registered_at.value();
    }
    account.writer = transaction;
    refresh(place);
}

void DenseLedger::refresh(const Place& place) {
    DenseAccount& account = accounts_[place.slot];
    const DenseShard& shard = shards_[place.shard];
    const DenseRow& row = shard.rows[place.position];
    const bool exists = (account.flags & DenseAccount::kExists) != 0;
    const bool diverged = row.lane_row != kNoLaneRow && shard.lane_rows[row.lane_row].tos_diverged;
    const bool may_spend = exists && row.is_source && row.plain && row.tos_existed && !diverged;
    account.flags = may_spend ? account.flags | DenseAccount::kMaySpend
                              : account.flags & ~DenseAccount::kMaySpend;
}

bool DenseLedger::find_balance(const model::StateKey& key, DenseBalance& out) const {
    if (key == model::counter_key(model::Counter::kBurnedSupply)) {
        out = burned_;
        return true;
    }
    const Place place =
        key.family == model::Family::kBalance ? find_account(owner_of(key)) : Place{};
    if (!place.found()) {
        return false;
    }
    const model::AssetId asset = model::AssetId::from_array(key.detail);
    if (asset == model::kTosAsset) {
        out = tos_of(place);
        return true;
    }
    const auto* found = find_asset(shards_[place.shard], place.position, asset);
    if (found != nullptr) {
        out = found->balance;
    }
    return found != nullptr;
}

void DenseLedger::set_balance(const model::StateKey& key, const DenseBalance& balance) {
    if (key.family != model::Family::kBalance) {
        burned_ = balance;
        return;
    }
    const Place place = find_account(owner_of(key));
    const model::AssetId asset = model::AssetId::from_array(key.detail);
    if (asset == model::kTosAsset) {
        set_tos(place, balance);
        return;
    }
    DenseShard& shard = shards_[place.shard];
    const auto* found = find_asset(shard, place.position, asset);
    shard.assets[static_cast<std::size_t>(found - shard.assets.data())].balance = balance;
}

absl::Status DenseLedger::read_value(const model::StateKey& key,
                                     protocol::VisibleValue& out) const {
    const Place place =
        key.family == model::Family::kAccount ? find_account(owner_of(key)) : Place{};
    if (!place.found()) {
        return rest_.read_value(key, out);
    }
    const DenseAccount& account = accounts_[place.slot];
    if ((account.flags & DenseAccount::kExists) != 0) {
        out.value = model::AccountRecord{model::Nonce{account.nonce}, registered_at(place.slot)};
    }
    out.writer = account.writer;
    return absl::OkStatus();
}

absl::Status DenseLedger::read_amount(const model::StateKey& key,
                                      protocol::VisibleAmount& out) const {
    DenseBalance balance;
    if (!find_balance(key, balance)) {
        return rest_.read_amount(key, out);
    }
    out = visible(balance);
    return absl::OkStatus();
}

bool DenseLedger::merge_dense(const protocol::TransactionState::Entry& entry,
                              std::uint32_t transaction) {
    if (entry.is_amount) {
        DenseBalance balance;
        if (!find_balance(entry.key, balance)) {
            return false;
        }
        merge_balance(balance, entry, transaction);
        set_balance(entry.key, balance);
        return true;
    }
    const Place place = find_account(owner_of(entry.key));
    if (!place.found()) {
        return false;
    }
    if (entry.key.family == model::Family::kMultisig ||
        entry.key.family == model::Family::kAgentAccount) {
        shards_[place.shard].rows[place.position].plain = false;
        refresh(place);
    }
    if (entry.key.family != model::Family::kAccount) {
        return false;
    }
    set_account(place, entry, transaction);
    return true;
}

bool DenseLedger::merge(const protocol::TransactionState& transaction) {
    for (const auto& entry : transaction.entries()) {
        DenseBalance balance;
        if (entry.credited && find_balance(entry.key, balance) && !fits(balance, entry.received)) {
            return false;
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

}  // namespace parallax::executors::staged
