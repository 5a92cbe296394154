#include "executors/batch/conflict_sets.hpp"

#include <algorithm>

namespace parallax::executors::batch {

void ConflictSets::clear() {
    accounts_.clear();
    written_.clear();
    read_.clear();
    size_ = 0;
    closed_ = false;
}

absl::StatusOr<bool> ConflictSets::try_add(const protocol::RuleContext& rules, model::TxIndex index,
                                           const protocol::BlockStateReader& state) {
    accesses_.clear();
    if (const auto read = rules.protocol.accesses(rules.block, index, &state, accesses_);
        !read.ok()) {
        return read;
    }
    // What touches rows that nobody can name shares its batch with nobody.
    if (closed_ || (!accesses_.complete && size_ > 0)) {
        return false;
    }
    const bool added = granularity_ == ConflictGranularity::kAccount
                           ? try_add_accounts(rules.block.transactions()[index.value()])
                           : try_add_rows();
    size_ += added ? 1 : 0;
    closed_ = added && !accesses_.complete;
    return added;
}

bool ConflictSets::try_add_accounts(const protocol::AdmittedTransaction& transaction) {
    const auto keys = protocol::conflict_keys(transaction, accesses_);
    const bool conflict =
        std::any_of(keys.begin(), keys.end(),
                    [this](const protocol::ConflictKey& k) { return accounts_.contains(k); });
    if (!conflict) {
        accounts_.insert(keys.begin(), keys.end());
    }
    return !conflict;
}

bool ConflictSets::try_add_rows() {
    const auto commutes = [](const model::StateKey& key) {
        return protocol::never_conflicts(key.family);
    };
    std::erase_if(accesses_.written, commutes);
    std::erase_if(accesses_.read, commutes);
    const bool conflict =
        std::any_of(accesses_.written.begin(), accesses_.written.end(),
                    [this](const model::StateKey& k) {
                        return written_.contains(k) || read_.contains(k);
                    }) ||
        std::any_of(accesses_.read.begin(), accesses_.read.end(),
                    [this](const model::StateKey& k) { return written_.contains(k); });
    if (!conflict) {
        written_.insert(accesses_.written.begin(), accesses_.written.end());
        read_.insert(accesses_.read.begin(), accesses_.read.end());
    }
    return !conflict;
}

}  // namespace parallax::executors::batch
