#include "reports/analysis/finding_pair.hpp"

#include <algorithm>
#include <vector>

namespace parallax::reports {
namespace {

bool is_write(model::AccessKind kind) {
    return kind == model::AccessKind::kWrite || kind == model::AccessKind::kSpend ||
           kind == model::AccessKind::kOutput;
}
bool is_read(model::AccessKind kind) {
    return kind == model::AccessKind::kRead || kind == model::AccessKind::kReadSpendable;
}

/// Finds the pair in what one lane did to the row.
class PairFinder {
  public:
    PairFinder(const model::Finding& finding, bool in_candidate) : finding_(finding) {
        for (const model::LaneEvent& event : finding.events) {
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
        for (const model::LaneEvent& event : events_) {
            if (event.transaction == *deciding && is_read(event.kind)) {
                if (auto found = shape(event.observed_writer, *deciding,
                                       model::Dependency::kReadAfterWrite)) {
                    return found;
                }
            }
        }
        if (const auto writer = neighbour(*deciding, is_write)) {
            return shape(*writer, *deciding, model::Dependency::kWriteAfterWrite);
        }
        const auto is_credit = [](model::AccessKind kind) {
            return kind == model::AccessKind::kCredit;
        };
        if (const auto payer = neighbour(*deciding, is_credit)) {
            return shape(*payer, *deciding, model::Dependency::kCreditAfterCredit);
        }
        return std::nullopt;
    }

  private:
    /// The finding's own; else, as for a balance after the block, the last one with an effect.
    [[nodiscard]] std::optional<model::TxIndex> deciding_transaction() const {
        if (finding_.first.transaction) {
            return finding_.first.transaction;
        }
        const auto last =
            std::find_if(events_.rbegin(), events_.rend(), [](const model::LaneEvent& event) {
                return !is_read(event.kind) && model::is_transaction(event.transaction.value());
            });
        return last == events_.rend() ? std::nullopt : std::optional(last->transaction);
    }

    /// The transaction before `deciding` with an effect of that kind, if `deciding` has one.
    template <class IsKind>
    [[nodiscard]] std::optional<model::TxIndex> neighbour(model::TxIndex deciding,
                                                          IsKind is_kind) const {
        std::optional<model::TxIndex> before;
        for (const model::LaneEvent& event : events_) {
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

    [[nodiscard]] std::optional<model::TransactionType> type_of(model::TxIndex index) const {
        const auto found = std::find_if(
            finding_.transactions.begin(), finding_.transactions.end(),
            [&](const model::InvolvedTransaction& involved) { return involved.index == index; });
        return found == finding_.transactions.end() ? std::nullopt : std::optional(found->type);
    }

    [[nodiscard]] std::optional<ConflictShape> shape(model::TxIndex first, model::TxIndex second,
                                                     model::Dependency hazard) const {
        const auto one = type_of(first);
        const auto two = type_of(second);
        if (!one || !two || first == second) {
            return std::nullopt;
        }
        return ConflictShape{*one, *two, finding_.first.key->family, hazard};
    }

    const model::Finding& finding_;
    std::vector<model::LaneEvent> events_;
};

}  // namespace

std::optional<ConflictShape> shape_of(const model::Finding& finding) {
    if (!finding.first.key) {
        return std::nullopt;
    }
    // Block order is the control's; a lane that was judged alone has only its own.
    auto shape = PairFinder(finding, false).run();
    return shape ? shape : PairFinder(finding, true).run();
}

}  // namespace parallax::reports
