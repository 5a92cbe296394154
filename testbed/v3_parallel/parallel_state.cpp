#include "testbed/v3_parallel/parallel_state.hpp"

#include "verifier/protocol/block_state.hpp"

namespace parallax::testbed {
namespace {

/// Rows on the way to a delta: each keeps what was there before the block.
class Rows {
  public:
    explicit Rows(const protocol::StateView& view) : view_(view) {}

    absl::StatusOr<model::DeltaEntry*> at(const model::StateKey& key) {
        const auto known = rows_.find(key);
        if (known != rows_.end()) {
            return &known->second;
        }
        auto before = view_.get(key);
        if (!before.ok()) {
            return before.status();
        }
        return &rows_.emplace(key, model::DeltaEntry{key, *before, *before}).first->second;
    }
    model::Delta take() {
        model::Delta delta;
        for (auto& [key, entry] : rows_) {
            delta.entries.push_back(std::move(entry));
        }
        return delta;
    }

  private:
    const protocol::StateView& view_;
    std::map<model::StateKey, model::DeltaEntry> rows_;
};

std::uint64_t amount_in(const std::optional<model::StateValue>& value) {
    const auto* record = value ? std::get_if<model::AmountRecord>(&*value) : nullptr;
    return record != nullptr ? record->amount.value() : 0;
}

/// Writes a version of a balance: at the topoheight before, each names itself as the one before it.
absl::Status write_balance(Rows& rows, const BalanceOf& balance, std::uint64_t amount,
                           model::Topoheight at, std::optional<model::Topoheight> previous) {
    const auto row = rows.at(model::balance_key(balance.first, balance.second));
    const auto version = rows.at(model::balance_version_key(balance.first, balance.second));
    if (!row.ok() || !version.ok()) {
        return row.ok() ? version.status() : row.status();
    }
    const auto* boxed =
        (*version)->after
            ? std::get_if<base::Boxed<model::BalanceVersionRecord>>(&*(*version)->after)
            : nullptr;
    model::BalanceVersionRecord shown;
    shown.at = at;
    shown.received = true;
    shown.previous = previous;
    const model::BalanceVersionRecord next =
        model::next_version(boxed != nullptr ? &boxed->get() : nullptr,
                            model::Amount{amount_in((*row)->after)}, shown, model::Amount{amount});
    (*row)->after = model::AmountRecord{model::Amount{amount}};
    (*version)->after = base::Boxed<model::BalanceVersionRecord>(next);
    return absl::OkStatus();
}

absl::Status write_nonce(Rows& rows, const model::PublicKey& account, model::Nonce nonce,
                         model::Topoheight at) {
    const auto row = rows.at(model::account_key(account));
    const auto version = rows.at(model::account_version_key(account));
    if (!row.ok() || !version.ok()) {
        return row.ok() ? version.status() : row.status();
    }
    const auto* known =
        (*row)->after ? std::get_if<model::AccountRecord>(&*(*row)->after) : nullptr;
    (*row)->after = model::AccountRecord{nonce, known != nullptr ? known->registered_at : at};
    const auto* boxed =
        (*version)->after
            ? std::get_if<base::Boxed<model::AccountVersionRecord>>(&*(*version)->after)
            : nullptr;
    model::AccountVersionRecord next =
        boxed != nullptr ? boxed->get() : model::AccountVersionRecord{};
    next.nonce_at = at;
    next.previous_nonce_at = at;
    (*version)->after = base::Boxed<model::AccountVersionRecord>(next);
    return absl::OkStatus();
}

}  // namespace

absl::StatusOr<bool> ParallelState::load(const model::PublicKey& account) {
    if (accounts_.contains(account)) {
        return true;
    }
    const auto row = view_.get(model::account_key(account));
    if (!row.ok()) {
        return row.status();
    }
    const auto* record = *row ? std::get_if<model::AccountRecord>(&**row) : nullptr;
    if (record == nullptr) {
        return false;
    }
    accounts_[account] = {record->nonce, record->nonce};
    return true;
}

absl::StatusOr<std::uint64_t> ParallelState::balance(const BalanceOf& balance) {
    const auto known = balances_.find(balance);
    if (known != balances_.end()) {
        return known->second.now;
    }
    const auto row = view_.get(model::balance_key(balance.first, balance.second));
    if (!row.ok()) {
        return row.status();
    }
    const std::uint64_t amount = amount_in(*row);
    balances_[balance] = {amount, amount};
    return amount;
}

void ParallelState::set_balance(const BalanceOf& balance, std::uint64_t amount) {
    if (accounts_.contains(balance.first)) {
        // What was not loaded before counts as nothing, so that nothing is no change.
        balances_[balance].now = amount;
    }
}

void ParallelState::set_nonce(const model::PublicKey& account, model::Nonce nonce) {
    const auto known = accounts_.find(account);
    if (known != accounts_.end()) {
        known->second.now = nonce;
    }
}

absl::StatusOr<model::Delta> ParallelState::merge(const protocol::AdmittedBlock& block,
                                                  model::Amount fees) const {
    const std::uint64_t now = block.execution_topoheight().value();
    const model::Topoheight top{now - (now > 0 ? 1 : 0)};
    Rows rows(view_);
    for (const auto& [account, nonce] : accounts_) {
        if (nonce.now == nonce.before) {
            continue;
        }
        if (auto status = write_nonce(rows, account, nonce.now, top); !status.ok()) {
            return status;
        }
    }
    for (const auto& [balance, amount] : balances_) {
        if (amount.now == amount.before) {
            continue;
        }
        if (auto status = write_balance(rows, balance, amount.now, top, top); !status.ok()) {
            return status;
        }
    }
    if (fees.value() > 0) {
        const BalanceOf miner{block.miner(), model::kTosAsset};
        const auto row = rows.at(model::balance_key(miner.first, miner.second));
        if (!row.ok()) {
            return row.status();
        }
        const std::uint64_t amount = amount_in((*row)->after) + fees.value();
        if (auto status = write_balance(rows, miner, amount, block.execution_topoheight(), top);
            !status.ok()) {
            return status;
        }
    }
    return rows.take();
}

}  // namespace parallax::testbed
