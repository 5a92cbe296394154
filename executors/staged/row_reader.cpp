#include "executors/staged/row_reader.hpp"

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace parallax::executors::staged {
namespace {

/// Keys of one read: few enough to stay in the cache until their answers are used, and enough for a
/// view that is asked across a pipe.
constexpr std::size_t kMaxKeys = 2048;

enum class RowKind : std::uint8_t { kAccount, kTos, kAsset, kNotPlain };

/// Collects keys and reads them by and by.
class RowReader {
  public:
    RowReader(const protocol::StateView& view, DenseShard& shard, DenseAccount* accounts)
        : view_(view), shard_(shard), accounts_(accounts) {
        const std::size_t keys = std::min(kMaxKeys, 4 * shard.rows.size() + shard.assets.size());
        keys_.resize(keys);
        targets_.resize(keys);
        rows_.resize(keys);
    }

    /// The key is written where it stays: one that is built first and copied then is read before
    /// the processor has it ready.
    [[nodiscard]] absl::Status add(model::Family family, const model::PublicKey& owner,
                                   const model::AssetId& detail, RowKind kind,
                                   std::uint32_t position) {
        if (count_ == keys_.size()) {
            if (const auto read = flush(); !read.ok()) {
                return read;
            }
        }
        model::StateKey& key = keys_[count_];
        key.family = family;
        key.owner = owner.bytes();
        key.detail = detail.bytes();
        targets_[count_] = {kind, position};
        count_ += 1;
        return absl::OkStatus();
    }

    [[nodiscard]] absl::Status flush() {
        const std::span<protocol::NumbersRow> rows(rows_.data(), count_);
        if (const auto read = view_.get_numbers({keys_.data(), count_}, rows); !read.ok()) {
            return read;
        }
        for (std::size_t i = 0; i < count_; ++i) {
            if (rows[i].present) {
                fill(targets_[i], rows[i]);
            }
        }
        count_ = 0;
        return absl::OkStatus();
    }

  private:
    struct Target {
        RowKind kind = RowKind::kAccount;
        std::uint32_t position = 0;
    };

    void fill(const Target& target, const protocol::NumbersRow& read) {
        switch (target.kind) {
            case RowKind::kAccount: {
                DenseRow& row = shard_.rows[target.position];
                row.existed = true;
                row.stored_nonce = read.first;
                row.stored_registered_at = read.second;
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

    const protocol::StateView& view_;
    DenseShard& shard_;
    DenseAccount* const accounts_;
    /// As long as the longest read; the first `count_` are in use.
    std::vector<model::StateKey> keys_;
    std::vector<Target> targets_;
    std::vector<protocol::NumbersRow> rows_;
    std::size_t count_ = 0;
};

absl::Status add_accounts(RowReader& reader, const DenseShard& shard) {
    for (std::uint32_t i = 0; i < shard.rows.size(); ++i) {
        const auto added = reader.add(model::Family::kAccount, shard.rows[i].key, model::AssetId(),
                                      RowKind::kAccount, i);
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
        const model::PublicKey& key = shard.rows[i].key;
        absl::Status added =
            reader.add(model::Family::kBalance, key, model::kTosAsset, RowKind::kTos, i);
        while (added.ok() && asset < shard.assets.size() && shard.assets[asset].account == i) {
            added = reader.add(model::Family::kBalance, key, shard.assets[asset].asset,
                               RowKind::kAsset, asset);
            asset += 1;
        }
        if (!added.ok()) {
            return added;
        }
    }
    return absl::OkStatus();
}

absl::Status add_source_rows(RowReader& reader, const DenseShard& shard, model::Family family) {
    for (std::uint32_t i = 0; i < shard.rows.size(); ++i) {
        if (!shard.rows[i].is_source) {
            continue;
        }
        const auto added =
            reader.add(family, shard.rows[i].key, model::AssetId(), RowKind::kNotPlain, i);
        if (!added.ok()) {
            return added;
        }
    }
    return absl::OkStatus();
}

}  // namespace

// In the order of families, so that all keys of a read ascend.
absl::Status load_rows(const protocol::StateView& view, DenseShard& shard, DenseAccount* accounts) {
    RowReader reader(view, shard, accounts);
    if (const auto added = add_accounts(reader, shard); !added.ok()) {
        return added;
    }
    if (const auto added = add_balances(reader, shard); !added.ok()) {
        return added;
    }
    if (const auto added = add_source_rows(reader, shard, model::Family::kMultisig); !added.ok()) {
        return added;
    }
    if (const auto added = add_source_rows(reader, shard, model::Family::kAgentAccount);
        !added.ok()) {
        return added;
    }
    return reader.flush();
}

}  // namespace parallax::executors::staged
