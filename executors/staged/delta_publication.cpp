#include "executors/staged/delta_publication.hpp"

#include <compare>
#include <limits>
#include <utility>

namespace parallax::executors::staged {
namespace {

/// Orders keys of one family as the owners do, as far as 8 bytes tell; families before that.
struct KeyRank {
    model::Family family = model::Family::kAccount;
    std::uint64_t prefix = 0;
    friend auto operator<=>(const KeyRank&, const KeyRank&) = default;
};

/// Appends dense rows in key order, and before each the other rows that come before it.
class DeltaWriter {
  public:
    DeltaWriter(model::Delta& delta, model::Delta rest, std::size_t dense_rows)
        : delta_(delta), rest_(std::move(rest)) {
        delta_.entries.reserve(dense_rows + rest_.entries.size());
        advance();
    }

    /// `prefix` is the owner's. The entry starts as a copy of an empty one: making one clears more
    /// bytes than that. Its key is written where it stays: a key that is built first and copied
    /// then is read before the processor has it ready.
    model::DeltaEntry& add(model::Family family, std::uint64_t prefix, const KeyBytes& owner,
                           const model::AssetId& detail = model::kTosAsset) {
        if (KeyRank{family, prefix} >= next_rest_) {
            write_rest_below({family, owner, detail.bytes()});
        }
        delta_.entries.push_back(empty_);
        model::StateKey& key = delta_.entries.back().key;
        key.family = family;
        key.owner = owner;
        key.detail = detail.bytes();
        return delta_.entries.back();
    }

    void write_rest() {
        for (; rest_index_ < rest_.entries.size(); ++rest_index_) {
            delta_.entries.push_back(std::move(rest_.entries[rest_index_]));
        }
    }

  private:
    void write_rest_below(const model::StateKey& key) {
        while (rest_index_ < rest_.entries.size() && rest_.entries[rest_index_].key < key) {
            delta_.entries.push_back(std::move(rest_.entries[rest_index_]));
            rest_index_ += 1;
        }
        advance();
    }
    void advance() {
        if (rest_index_ == rest_.entries.size()) {
            next_rest_ = {model::Family{0xFF}, std::numeric_limits<std::uint64_t>::max()};
            return;
        }
        const model::StateKey& key = rest_.entries[rest_index_].key;
        next_rest_ = {key.family, key_prefix(key.owner)};
    }

    model::Delta& delta_;
    model::Delta rest_;
    std::size_t rest_index_ = 0;
    KeyRank next_rest_;
    const model::DeltaEntry empty_;
};

void set_amounts(model::DeltaEntry& entry, bool existed, std::uint64_t stored,
                 std::uint64_t after) {
    if (existed) {
        entry.before.emplace(model::AmountRecord{model::Amount{stored}});
    }
    entry.after.emplace(model::AmountRecord{model::Amount{after}});
}

void set_balance(model::DeltaEntry& entry, const DenseBalance& balance) {
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
        model::DeltaEntry& entry =
            writer.add(model::Family::kAccount, shard.prefixes[i], row.key.bytes());
        if (row.existed) {
            entry.before.emplace(model::AccountRecord{model::Nonce{row.stored_nonce},
                                                      model::Topoheight{row.stored_registered_at}});
        }
        if ((accounts[i].flags & DenseAccount::kExists) != 0) {
            entry.after.emplace(model::AccountRecord{model::Nonce{accounts[i].nonce},
                                                     ledger.registered_at(shard, i)});
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
            set_amounts(writer.add(model::Family::kBalance, shard.prefixes[i], row.key.bytes()),
                        row.tos_existed, row.stored_tos,
                        accounts[i].total - ledger.tos_outputs(shard, i));
        }
        for (; asset != shard.assets.end() && asset->account == i; ++asset) {
            if (asset->balance.written) {
                set_balance(writer.add(model::Family::kBalance, shard.prefixes[i], row.key.bytes(),
                                       asset->asset),
                            asset->balance);
            }
        }
    }
}

/// Room for what a block writes: a TOS row of every account, a nonce and a marker of every
/// transaction, and the accounts that it creates. Rarely is one missing, or many too many.
std::size_t expected_rows(const BlockPlan& plan, const BlockEffects& journal,
                          const DenseLedger& ledger) {
    std::size_t count = 2 * plan.size() + journal.created_accounts + 1;
    for (const DenseShard& shard : ledger.shard_list()) {
        count += shard.rows.size() + shard.assets.size();
    }
    return count;
}

}  // namespace

model::Delta publish_delta(const protocol::RuleContext& rules, const BlockPlan& plan,
                           const BlockEffects& journal, DenseLedger& ledger,
                           const std::vector<model::TransactionResult>& results) {
    model::Delta delta;
    DeltaWriter writer(delta, ledger.take_rest(), expected_rows(plan, journal, ledger));
    for (const DenseShard& shard : ledger.shard_list()) {
        write_accounts(writer, ledger, shard);
    }
    for (const DenseShard& shard : ledger.shard_list()) {
        write_balances(writer, ledger, shard);
    }
    const model::Topoheight now = rules.block.execution_topoheight();
    for (const auto& order : plan.marker_order()) {
        for (const KeyReference& marker : order) {
            if (journal.dense_executed[marker.index] != 0) {
                writer
                    .add(model::Family::kExecutedTransaction, marker.prefix,
                         results[marker.index].hash.bytes())
                    .after.emplace(model::ExecutedRecord{now});
            }
        }
    }
    if (ledger.burned().written) {
        const model::StateKey key = model::counter_key(model::Counter::kBurnedSupply);
        set_balance(writer.add(key.family, key_prefix(key.owner), key.owner), ledger.burned());
    }
    writer.write_rest();
    return delta;
}

}  // namespace parallax::executors::staged
