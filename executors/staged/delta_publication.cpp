#include "executors/staged/delta_publication.hpp"

#include <compare>
#include <limits>
#include <utility>

namespace parallax {
namespace {

/// Orders keys of one family as the owners do, as far as 8 bytes tell; families before that.
struct KeyRank {
    Family family = Family::kAccount;
    std::uint64_t prefix = 0;
    friend auto operator<=>(const KeyRank&, const KeyRank&) = default;
};

/// Appends dense rows in key order, and before each the other rows that come before it.
class DeltaWriter {
  public:
    DeltaWriter(Delta& delta, Delta rest, std::size_t dense_rows)
        : delta_(delta), rest_(std::move(rest)) {
        delta_.entries.reserve(dense_rows + rest_.entries.size());
        advance();
    }

    /// `prefix` is the owner's.
    DeltaEntry& add(std::uint64_t prefix, const StateKey& key) {
        if (KeyRank{key.family, prefix} >= next_rest_) {
            write_rest_below(key);
        }
        DeltaEntry& entry = delta_.entries.emplace_back();
        entry.key = key;
        return entry;
    }

    void write_rest() {
        for (; rest_index_ < rest_.entries.size(); ++rest_index_) {
            delta_.entries.push_back(std::move(rest_.entries[rest_index_]));
        }
    }

  private:
    void write_rest_below(const StateKey& key) {
        while (rest_index_ < rest_.entries.size() && rest_.entries[rest_index_].key < key) {
            delta_.entries.push_back(std::move(rest_.entries[rest_index_]));
            rest_index_ += 1;
        }
        advance();
    }
    void advance() {
        if (rest_index_ == rest_.entries.size()) {
            next_rest_ = {Family{0xFF}, std::numeric_limits<std::uint64_t>::max()};
            return;
        }
        const StateKey& key = rest_.entries[rest_index_].key;
        next_rest_ = {key.family, key_prefix(key.owner)};
    }

    Delta& delta_;
    Delta rest_;
    std::size_t rest_index_ = 0;
    KeyRank next_rest_;
};

void set_amounts(DeltaEntry& entry, bool existed, std::uint64_t stored, std::uint64_t after) {
    if (existed) {
        entry.before.emplace(std::in_place_type<AmountRecord>, Amount{stored});
    }
    entry.after.emplace(std::in_place_type<AmountRecord>, Amount{after});
}

void set_balance(DeltaEntry& entry, const DenseBalance& balance) {
    set_amounts(entry, balance.existed, balance.stored,
                balance.stored + balance.received - balance.outputs);
}

void write_accounts(DeltaWriter& writer, const DenseLedger& ledger, const DenseShard& shard) {
    const DenseAccount* const accounts = ledger.accounts() + shard.first;
    for (std::uint32_t i = 0; i < shard.rows.size(); ++i) {
        if ((accounts[i].flags & DenseAccount::kWritten) == 0) {
            continue;
        }
        const DenseRow& row = shard.rows[i];
        DeltaEntry& entry = writer.add(shard.prefixes[i], account_key(row.key));
        if (row.existed) {
            entry.before.emplace(std::in_place_type<AccountRecord>, Nonce{row.stored_nonce},
                                 Topoheight{row.stored_registered_at});
        }
        if ((accounts[i].flags & DenseAccount::kExists) != 0) {
            entry.after.emplace(std::in_place_type<AccountRecord>, Nonce{accounts[i].nonce},
                                ledger.registered_at(row, shard.first + i));
        }
    }
}

// TOS is the smallest asset: an account's other balances follow it.
void write_balances(DeltaWriter& writer, const DenseLedger& ledger, const DenseShard& shard) {
    const DenseAccount* const accounts = ledger.accounts() + shard.first;
    auto asset = shard.assets.begin();
    for (std::uint32_t i = 0; i < shard.rows.size(); ++i) {
        const DenseRow& row = shard.rows[i];
        if ((accounts[i].flags & DenseAccount::kTosWritten) != 0) {
            const std::uint64_t outputs =
                row.tos_diverged ? row.diverged_outputs : row.stored_tos - accounts[i].spendable;
            set_amounts(writer.add(shard.prefixes[i], balance_key(row.key, kTosAsset)),
                        row.tos_existed, row.stored_tos, accounts[i].total - outputs);
        }
        for (; asset != shard.assets.end() && asset->account == i; ++asset) {
            if (asset->balance.written) {
                set_balance(writer.add(shard.prefixes[i], balance_key(row.key, asset->asset)),
                            asset->balance);
            }
        }
    }
}

std::size_t count_rows(const DenseLedger& ledger, const Journal& journal) {
    std::size_t count = 1;
    for (const DenseShard& shard : ledger.shard_list()) {
        for (std::uint32_t i = 0; i < shard.rows.size(); ++i) {
            const std::uint32_t flags = ledger.accounts()[shard.first + i].flags;
            count += (flags / DenseAccount::kWritten) & 1U;
            count += (flags / DenseAccount::kTosWritten) & 1U;
        }
        count += shard.assets.size();
    }
    for (const std::uint8_t executed : journal.dense_executed) {
        count += executed;
    }
    return count;
}

}  // namespace

Delta publish_delta(const RuleContext& rules, const BlockPlan& plan, const Journal& journal,
                    DenseLedger& ledger, const std::vector<TransactionResult>& results) {
    Delta delta;
    DeltaWriter writer(delta, ledger.take_rest(), count_rows(ledger, journal));
    for (const DenseShard& shard : ledger.shard_list()) {
        write_accounts(writer, ledger, shard);
    }
    for (const DenseShard& shard : ledger.shard_list()) {
        write_balances(writer, ledger, shard);
    }
    const Topoheight now = rules.block.execution_topoheight();
    for (const auto& order : plan.marker_order()) {
        for (const KeyReference& marker : order) {
            if (journal.dense_executed[marker.index] != 0) {
                writer.add(marker.prefix, executed_transaction_key(results[marker.index].hash))
                    .after.emplace(std::in_place_type<ExecutedRecord>, now);
            }
        }
    }
    if (ledger.burned().written) {
        const StateKey key = counter_key(Counter::kBurnedSupply);
        set_balance(writer.add(key_prefix(key.owner), key), ledger.burned());
    }
    writer.write_rest();
    return delta;
}

}  // namespace parallax
