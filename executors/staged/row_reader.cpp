#include "executors/staged/row_reader.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace parallax {
namespace {

/// Keys of one read: few enough to stay in the cache until their answers are used, and enough for a
/// view that is asked across a pipe.
constexpr std::size_t kMaxKeys = 2048;

enum class RowKind : std::uint8_t { kAccount, kTos, kAsset, kNotPlain };

/// Collects keys and reads them by and by.
class RowReader {
  public:
    RowReader(const StateView& view, DenseShard& shard, DenseAccount* accounts)
        : view_(view), shard_(shard), accounts_(accounts) {
        const std::size_t keys = std::min(kMaxKeys, 4 * shard.rows.size() + shard.assets.size());
        keys_.reserve(keys);
        targets_.reserve(keys);
    }

    [[nodiscard]] absl::Status add(const StateKey& key, RowKind kind, std::uint32_t position) {
        keys_.push_back(key);
        targets_.push_back({kind, position});
        return keys_.size() < kMaxKeys ? absl::OkStatus() : flush();
    }

    [[nodiscard]] absl::Status flush() {
        rows_.resize(keys_.size());
        if (const auto read = view_.get_numbers(keys_, rows_); !read.ok()) {
            return read;
        }
        for (std::size_t i = 0; i < rows_.size(); ++i) {
            if (rows_[i].present) {
                fill(targets_[i], rows_[i]);
            }
        }
        keys_.clear();
        targets_.clear();
        return absl::OkStatus();
    }

  private:
    struct Target {
        RowKind kind;
        std::uint32_t position;
    };

    void fill(const Target& target, const NumbersRow& read) {
        switch (target.kind) {
            case RowKind::kAccount: {
                DenseRow& row = shard_.rows[target.position];
                row.existed = true;
                row.stored_nonce = read.first;
                row.stored_registered_at = row.registered_at = read.second;
                accounts_[target.position].nonce = read.first;
                accounts_[target.position].flags |= DenseAccount::kExists;
                return;
            }
            case RowKind::kTos: {
                DenseRow& row = shard_.rows[target.position];
                row.tos_existed = true;
                row.stored_tos = read.first;
                accounts_[target.position].spendable = read.first;
                accounts_[target.position].total = read.first;
                return;
            }
            case RowKind::kAsset: {
                DenseBalance& balance = shard_.assets[target.position].balance;
                balance.existed = true;
                balance.stored = read.first;
                return;
            }
            case RowKind::kNotPlain:
                shard_.rows[target.position].plain = false;
                return;
        }
    }

    const StateView& view_;
    DenseShard& shard_;
    DenseAccount* const accounts_;
    std::vector<StateKey> keys_;
    std::vector<Target> targets_;
    std::vector<NumbersRow> rows_;
};

absl::Status add_accounts(RowReader& reader, const DenseShard& shard) {
    for (std::uint32_t i = 0; i < shard.rows.size(); ++i) {
        const auto added = reader.add(account_key(shard.rows[i].key), RowKind::kAccount, i);
        if (!added.ok()) {
            return added;
        }
    }
    return absl::OkStatus();
}

// TOS is the smallest asset, so that an account's balances ascend when it comes first.
absl::Status add_balances(RowReader& reader, const DenseShard& shard) {
    std::uint32_t asset = 0;
    for (std::uint32_t i = 0; i < shard.rows.size(); ++i) {
        const PublicKey& key = shard.rows[i].key;
        absl::Status added = reader.add(balance_key(key, kTosAsset), RowKind::kTos, i);
        while (added.ok() && asset < shard.assets.size() && shard.assets[asset].account == i) {
            added = reader.add(balance_key(key, shard.assets[asset].asset), RowKind::kAsset, asset);
            asset += 1;
        }
        if (!added.ok()) {
            return added;
        }
    }
    return absl::OkStatus();
}

absl::Status add_source_rows(RowReader& reader, const DenseShard& shard,
                             StateKey (*key_of)(const PublicKey&) noexcept) {
    for (std::uint32_t i = 0; i < shard.rows.size(); ++i) {
        if (!shard.rows[i].is_source) {
            continue;
        }
        const auto added = reader.add(key_of(shard.rows[i].key), RowKind::kNotPlain, i);
        if (!added.ok()) {
            return added;
        }
    }
    return absl::OkStatus();
}

}  // namespace

// In the order of families, so that all keys of a read ascend.
absl::Status load_rows(const StateView& view, DenseShard& shard, DenseAccount* accounts) {
    RowReader reader(view, shard, accounts);
    if (const auto added = add_accounts(reader, shard); !added.ok()) {
        return added;
    }
    if (const auto added = add_balances(reader, shard); !added.ok()) {
        return added;
    }
    if (const auto added = add_source_rows(reader, shard, multisig_key); !added.ok()) {
        return added;
    }
    if (const auto added = add_source_rows(reader, shard, agent_account_key); !added.ok()) {
        return added;
    }
    return reader.flush();
}

}  // namespace parallax
