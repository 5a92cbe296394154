#include "reports/finding_pair.hpp"

#include <algorithm>
#include <vector>

namespace parallax {
namespace {

bool is_write(AccessKind kind) {
    return kind == AccessKind::kWrite || kind == AccessKind::kSpend || kind == AccessKind::kOutput;
}
bool is_read(AccessKind kind) {
    return kind == AccessKind::kRead || kind == AccessKind::kReadSpendable;
}

/// Finds the pair in what one lane did to the row.
class PairFinder {
  public:
    PairFinder(const Finding& finding, bool in_candidate) : finding_(finding) {
        for (const LaneEvent& event : finding.events) {
            if (event.in_candidate == in_candidate) {
                events_.push_back(event);
            }
        }
    }

    [[nodiscard]] std::optional<ConflictShape> run() const {
        const auto deciding = deciding_transaction();
        if (!deciding) {
            return std::nullopt;
        }
        for (const LaneEvent& event : events_) {
            if (event.transaction == *deciding && is_read(event.kind)) {
                if (auto found =
                        shape(event.observed_writer, *deciding, Dependency::kReadAfterWrite)) {
                    return found;
                }
            }
        }
        if (const auto writer = neighbour(*deciding, is_write)) {
            return shape(*writer, *deciding, Dependency::kWriteAfterWrite);
        }
        const auto is_credit = [](AccessKind kind) { return kind == AccessKind::kCredit; };
        if (const auto payer = neighbour(*deciding, is_credit)) {
            return shape(*payer, *deciding, Dependency::kCreditAfterCredit);
        }
        return std::nullopt;
    }

  private:
    /// The finding's own; else, as for a balance after the block, the last one with an effect.
    [[nodiscard]] std::optional<TxIndex> deciding_transaction() const {
        if (finding_.first.transaction) {
            return finding_.first.transaction;
        }
        const auto last =
            std::find_if(events_.rbegin(), events_.rend(), [](const LaneEvent& event) {
                return !is_read(event.kind) && event.transaction.value() < kEpilogueTransaction;
            });
        return last == events_.rend() ? std::nullopt : std::optional(last->transaction);
    }

    /// The transaction before `deciding` with an effect of that kind, if `deciding` has one.
    template <class IsKind>
    [[nodiscard]] std::optional<TxIndex> neighbour(TxIndex deciding, IsKind is_kind) const {
        std::optional<TxIndex> before;
        for (const LaneEvent& event : events_) {
            if (!is_kind(event.kind)) {
                continue;
            }
            if (event.transaction == deciding) {
                return before;
            }
            before = event.transaction;
        }
        return std::nullopt;
    }

    [[nodiscard]] std::optional<TransactionType> type_of(TxIndex index) const {
        const auto found = std::find_if(
            finding_.transactions.begin(), finding_.transactions.end(),
            [&](const InvolvedTransaction& involved) { return involved.index == index; });
        return found == finding_.transactions.end() ? std::nullopt : std::optional(found->type);
    }

    [[nodiscard]] std::optional<ConflictShape> shape(TxIndex first, TxIndex second,
                                                     Dependency hazard) const {
        const auto one = type_of(first);
        const auto two = type_of(second);
        if (!one || !two || first == second) {
            return std::nullopt;
        }
        return ConflictShape{*one, *two, finding_.first.key->family, hazard};
    }

    const Finding& finding_;
    std::vector<LaneEvent> events_;
};

}  // namespace

std::optional<ConflictShape> shape_of(const Finding& finding) {
    if (!finding.first.key) {
        return std::nullopt;
    }
    // Block order is the control's; a lane that was judged alone has only its own.
    auto shape = PairFinder(finding, false).run();
    return shape ? shape : PairFinder(finding, true).run();
}

}  // namespace parallax
