#include "verifier/model/version_records.hpp"

#include <utility>

namespace parallax::model {

BalanceVersionRecord next_version(const BalanceVersionRecord* before, Amount amount_before,
                                  BalanceVersionRecord shown, Amount amount) {
    BalanceVersionRecord next = std::move(shown);
    next.first = before != nullptr ? before->first : next.at;
    next.past.clear();
    next.dropped = false;
    if (next.spent) {
        next.last_spending = SpendingVersion{next.at, amount, next.spendable_before};
        return next;
    }
    next.last_spending.reset();
    if (before == nullptr) {
        return next;
    }
    next.last_spending = before->last_spending;
    next.past = before->past;
    next.dropped = before->dropped;
    if (!before->last_spending || before->last_spending->at != before->at) {
        next.past.push_back({before->at, amount_before});
    }
    if (next.past.size() > kMaxPastBalances) {
        next.past.erase(next.past.begin());
        next.dropped = true;
    }
    return next;
}

}  // namespace parallax::model
