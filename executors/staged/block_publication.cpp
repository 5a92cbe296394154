#include "executors/staged/block_publication.hpp"

#include "verifier/codec/canonical.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace parallax {
namespace {

/// Transactions that one task handles.
constexpr std::uint32_t kChunk = 64;

std::uint64_t account_digest(const SeenAccount& account) {
    if (!account.exists) {
        return 0;
    }
    return value_digest(AccountRecord{Nonce{account.nonce}, Topoheight{account.registered_at}});
}

/// A row of the delta before it is written: what it is sorted by, and where it comes from.
struct RowReference {
    enum class Kind : std::uint8_t { kAccount, kTos, kAsset, kBurned, kMarker, kRest };
    std::uint64_t prefix = 0;
    Kind kind = Kind::kRest;
    std::uint32_t shard = 0;
    std::uint32_t position = 0;
};

std::uint64_t row_prefix(Family family, const std::array<std::uint8_t, 32>& owner) {
    std::uint64_t prefix = static_cast<std::uint64_t>(family);
    for (std::size_t i = 0; i < 7; ++i) {
        prefix = (prefix << 8) | owner[i];
    }
    return prefix;
}

DeltaEntry balance_entry(const StateKey& key, const DenseBalance& balance) {
    DeltaEntry entry;
    entry.key = key;
    if (balance.existed) {
        entry.before = AmountRecord{Amount{balance.stored}};
    }
    entry.after = AmountRecord{Amount{balance.stored + balance.received - balance.outputs}};
    return entry;
}

DeltaEntry account_entry(const DenseAccount& account) {
    DeltaEntry entry;
    entry.key = account_key(account.key);
    if (account.existed) {
        entry.before =
            AccountRecord{Nonce{account.stored_nonce}, Topoheight{account.stored_registered_at}};
    }
    if (account.exists) {
        entry.after = AccountRecord{Nonce{account.nonce}, Topoheight{account.registered_at}};
    }
    return entry;
}

/// Gathers, sorts and writes the rows of a block.
class DeltaBuilder {
  public:
    DeltaBuilder(const RuleContext& rules, const DenseLedger& ledger, Delta rest)
        : rules_(rules), ledger_(ledger), rest_(std::move(rest)) {}

    void gather(const Journal& journal) {
        const auto& shards = ledger_.shard_list();
        for (std::uint32_t s = 0; s < shards.size(); ++s) {
            gather_shard(s, shards[s]);
        }
        if (ledger_.burned().written) {
            add(counter_key(Counter::kBurnedSupply), RowReference::Kind::kBurned, 0, 0);
        }
        for (std::uint32_t i = 0; i < journal.dense_executed.size(); ++i) {
            if (journal.dense_executed[i] != 0) {
                add(executed_transaction_key(rules_.block.transactions()[i].hash),
                    RowReference::Kind::kMarker, 0, i);
            }
        }
        for (std::uint32_t i = 0; i < rest_.entries.size(); ++i) {
            add(rest_.entries[i].key, RowReference::Kind::kRest, 0, i);
        }
    }

    [[nodiscard]] std::uint32_t ranges() const {
        return static_cast<std::uint32_t>(buckets_.size());
    }
    void sort(std::uint32_t range) {
        auto& bucket = buckets_[range];
        std::sort(bucket.begin(), bucket.end(),
                  [this](const RowReference& a, const RowReference& b) {
                      return a.prefix != b.prefix ? a.prefix < b.prefix : key(a) < key(b);
                  });
    }

    [[nodiscard]] Delta take() {
        Delta delta;
        delta.entries.reserve(count_);
        for (const auto& bucket : buckets_) {
            for (const RowReference& reference : bucket) {
                delta.entries.push_back(entry(reference));
            }
        }
        return delta;
    }

  private:
    /// Ranges of keys that are sorted apart: by family, and by the owner's upper bits.
    static constexpr std::size_t kRangesPerFamily = 4;

    void gather_shard(std::uint32_t s, const DenseShard& shard) {
        for (std::uint32_t i = 0; i < shard.accounts.size(); ++i) {
            const DenseAccount& account = shard.accounts[i];
            if (account.written) {
                add(account_key(account.key), RowReference::Kind::kAccount, s, i);
            }
            if (account.tos.written) {
                add(balance_key(account.key, kTosAsset), RowReference::Kind::kTos, s, i);
            }
        }
        for (std::uint32_t i = 0; i < shard.assets.size(); ++i) {
            if (shard.assets[i].balance.written) {
                add(asset_key(shard, i), RowReference::Kind::kAsset, s, i);
            }
        }
    }

    static StateKey asset_key(const DenseShard& shard, std::uint32_t position) {
        const DenseAssetBalance& row = shard.assets[position];
        return balance_key(shard.accounts[row.account].key, row.asset);
    }

    void add(const StateKey& key, RowReference::Kind kind, std::uint32_t shard,
             std::uint32_t position) {
        const std::size_t range = family_index(key.family) * kRangesPerFamily + (key.owner[0] >> 6);
        buckets_[range].push_back({row_prefix(key.family, key.owner), kind, shard, position});
        count_ += 1;
    }

    [[nodiscard]] StateKey key(const RowReference& reference) const {
        const DenseShard& shard = ledger_.shard_list()[reference.shard];
        switch (reference.kind) {
            case RowReference::Kind::kAccount:
                return account_key(shard.accounts[reference.position].key);
            case RowReference::Kind::kTos:
                return balance_key(shard.accounts[reference.position].key, kTosAsset);
            case RowReference::Kind::kAsset:
                return asset_key(shard, reference.position);
            case RowReference::Kind::kBurned:
                return counter_key(Counter::kBurnedSupply);
            case RowReference::Kind::kMarker:
                return executed_transaction_key(
                    rules_.block.transactions()[reference.position].hash);
            case RowReference::Kind::kRest:
                break;
        }
        return rest_.entries[reference.position].key;
    }

    [[nodiscard]] DeltaEntry entry(const RowReference& reference) {
        const DenseShard& shard = ledger_.shard_list()[reference.shard];
        switch (reference.kind) {
            case RowReference::Kind::kAccount:
                return account_entry(shard.accounts[reference.position]);
            case RowReference::Kind::kTos:
                return balance_entry(key(reference), shard.accounts[reference.position].tos);
            case RowReference::Kind::kAsset:
                return balance_entry(key(reference), shard.assets[reference.position].balance);
            case RowReference::Kind::kBurned:
                return balance_entry(key(reference), ledger_.burned());
            case RowReference::Kind::kMarker:
                return {key(reference), std::nullopt,
                        ExecutedRecord{rules_.block.execution_topoheight()}};
            case RowReference::Kind::kRest:
                break;
        }
        return std::move(rest_.entries[reference.position]);
    }

    const RuleContext& rules_;
    const DenseLedger& ledger_;
    Delta rest_;
    std::array<std::vector<RowReference>, kFamilies.size() * kRangesPerFamily> buckets_;
    std::size_t count_ = 0;
};

}  // namespace

BlockPublication::BlockPublication(const RuleContext& rules, const BlockPlan& plan,
                                   const Journal& journal, DenseLedger& ledger, WorkerPool* pool)
    : rules_(rules), plan_(plan), journal_(journal), ledger_(ledger), pool_(pool) {}

void BlockPublication::for_each(std::uint32_t count, const WorkerPool::Task& task) const {
    if (pool_ != nullptr) {
        pool_->run(count, task);
        return;
    }
    for (std::uint32_t i = 0; i < count; ++i) {
        task(0, i);
    }
}

void BlockPublication::publish_results(BlockOutcome& outcome) const {
    for (std::uint32_t i = 0; i < plan_.size(); ++i) {
        if (journal_.dense_executed[i] != 0) {
            TransactionResult& result = outcome.results[i];
            result.status = TransactionStatus::kExecuted;
            result.fee = Amount{plan_.transactions()[i].fee};
            result.burned = Amount{plan_.transactions()[i].burned};
        }
    }
    std::sort(outcome.orphans.begin(), outcome.orphans.end());
}

std::uint32_t BlockPublication::access_count(std::uint32_t index) const {
    if (journal_.dense_executed[index] == 0) {
        return static_cast<std::uint32_t>(journal_.lane_accesses[index].size());
    }
    const PlannedTransaction& planned = plan_.transactions()[index];
    // Marker and source read and written; agent record and multisig read; three lines a debit.
    std::uint32_t count = 6 + 3 * planned.spend_count + (planned.burned > 0 ? 1U : 0U);
    for (std::uint32_t i = 0; i < planned.output_count; ++i) {
        const std::uint32_t at = planned.first_output + i;
        const PlannedOutput& output = plan_.outputs()[at];
        if (!output.account_repeated) {
            count += journal_.outputs[at].exists ? 1U : 2U;
        }
        count += output.balance_repeated ? 0U : 1U;
    }
    return count;
}

// The lines that the rules of `protocol` leave for an executed transfer or burn, in their order.
void BlockPublication::write_accesses(std::uint32_t index, Access* out) const {
    if (journal_.dense_executed[index] == 0) {
        std::copy(journal_.lane_accesses[index].begin(), journal_.lane_accesses[index].end(), out);
        return;
    }
    const PlannedTransaction& planned = plan_.transactions()[index];
    const AdmittedTransaction& admitted = rules_.block.transactions()[index];
    const PublicKey& source = admitted.transaction.source;
    const TxIndex tx{index};
    const Topoheight now = rules_.block.execution_topoheight();

    const StateKey marker = executed_transaction_key(admitted.hash);
    *out++ = {tx, AccessKind::kRead, marker, kPreState, 0};
    *out++ = {tx, AccessKind::kWrite, marker, kPreState, value_digest(ExecutedRecord{now})};
    const SeenAccount& before = journal_.sources[index];
    SeenAccount after = before;
    after.nonce += 1;
    *out++ = {tx, AccessKind::kRead, account_key(source), before.writer, account_digest(before)};
    *out++ = {tx, AccessKind::kWrite, account_key(source), kPreState, account_digest(after)};
    *out++ = {tx, AccessKind::kRead, agent_account_key(source), kPreState, 0};
    *out++ = {tx, AccessKind::kRead, multisig_key(source), kPreState, 0};
    for (std::uint32_t i = 0; i < planned.spend_count; ++i) {
        const PlannedSpend& spend = plan_.spends()[planned.first_spend + i];
        const SeenSpend& seen = journal_.spends[planned.first_spend + i];
        const StateKey key = balance_key(source, spend.asset);
        *out++ = {tx, AccessKind::kReadSpendable, key, seen.writer, seen.spendable};
        *out++ = {tx, AccessKind::kSpend, key, kPreState, seen.spendable - spend.sum};
        *out++ = {tx, AccessKind::kOutput, key, kPreState, spend.sum};
    }
    if (planned.burned > 0) {
        *out++ = {tx, AccessKind::kCredit, counter_key(Counter::kBurnedSupply), kPreState,
                  planned.burned};
    }
    if (planned.output_count == 0) {
        return;
    }
    const auto& transfers = std::get<TransfersPayload>(admitted.transaction.payload).transfers;
    for (std::uint32_t i = 0; i < planned.output_count; ++i) {
        const std::uint32_t at = planned.first_output + i;
        const PlannedOutput& output = plan_.outputs()[at];
        const PublicKey& destination = transfers[i].destination;
        if (!output.account_repeated) {
            const SeenAccount& seen = journal_.outputs[at];
            *out++ = {tx, AccessKind::kRead, account_key(destination), seen.writer,
                      account_digest(seen)};
            if (!seen.exists) {
                *out++ = {tx, AccessKind::kWrite, account_key(destination), kPreState,
                          value_digest(AccountRecord{Nonce{0}, now})};
            }
        }
        if (output.balance_repeated) {
            continue;
        }
        std::uint64_t credited = output.amount;
        for (std::uint32_t j = i + 1; j < planned.output_count; ++j) {
            const PlannedOutput& later = plan_.outputs()[planned.first_output + j];
            if (later.balance_repeated && later.account == output.account &&
                later.asset == output.asset) {
                credited += later.amount;
            }
        }
        *out++ = {tx, AccessKind::kCredit, balance_key(destination, transfers[i].asset), kPreState,
                  credited};
    }
}

void BlockPublication::publish_accesses(BlockOutcome& outcome) const {
    std::vector<std::size_t> offsets(plan_.size() + 1);
    for (std::uint32_t i = 0; i < plan_.size(); ++i) {
        offsets[i + 1] = offsets[i] + access_count(i);
    }
    auto& accesses = outcome.access_log.emplace().accesses;
    accesses.resize(offsets.back());
    for_each((plan_.size() + kChunk - 1) / kChunk, [&](std::uint32_t, std::uint32_t chunk) {
        const std::uint32_t end = std::min(plan_.size(), (chunk + 1) * kChunk);
        for (std::uint32_t i = chunk * kChunk; i < end; ++i) {
            write_accesses(i, accesses.data() + offsets[i]);
        }
    });
    const auto& epilogue = journal_.lane_accesses.back();
    accesses.insert(accesses.end(), epilogue.begin(), epilogue.end());
}

void BlockPublication::publish_delta(BlockOutcome& outcome) {
    DeltaBuilder builder(rules_, ledger_, ledger_.take_rest());
    builder.gather(journal_);
    for_each(builder.ranges(), [&](std::uint32_t, std::uint32_t range) { builder.sort(range); });
    outcome.delta = builder.take();
}

}  // namespace parallax
