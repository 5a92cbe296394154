#include "reports/finding_steps.hpp"

#include "verifier/core/render.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace parallax {
namespace {

bool is_read(AccessKind kind) {
    return kind == AccessKind::kRead || kind == AccessKind::kReadSpendable;
}

std::string state_left_by(TxIndex writer) {
    if (writer.value() == kPreState) {
        return "as before the block";
    }
    return writer.value() == kEpilogueTransaction
               ? "as the block's end left it"
               : fmt::format("as transaction {} left it", writer.value());
}

/// `read it, as transaction 0 left it`, `spent, leaving 40`.
std::string action_of(const LaneEvent& event, bool is_amount) {
    switch (event.kind) {
        case AccessKind::kRead:
            return "read it, " + state_left_by(event.observed_writer);
        case AccessKind::kReadSpendable:
            return "read what can be spent, " + state_left_by(event.observed_writer);
        case AccessKind::kWrite:
            return is_amount          ? fmt::format("wrote it: {}", event.value)
                   : event.value == 0 ? "deleted it"
                                      : "wrote it";
        case AccessKind::kSpend:
            return fmt::format("spent, leaving {}", event.value);
        case AccessKind::kCredit:
            return fmt::format("added {}", event.value);
        case AccessKind::kOutput:
            return fmt::format("promised {} out of it", event.value);
    }
    return "touched it";
}

std::vector<std::string> actions_at(const std::vector<LaneEvent>& events, bool in_candidate,
                                    TxIndex transaction, bool is_amount) {
    std::vector<std::string> actions;
    for (const LaneEvent& event : events) {
        if (event.in_candidate == in_candidate && event.transaction == transaction) {
            const std::string action = action_of(event, is_amount);
            if (actions.empty() || actions.back() != action) {
                actions.push_back(action);
            }
        }
    }
    return actions;
}

/// The transaction whose write one lane saw, or had before it, at the deciding transaction.
std::optional<TxIndex> writer_before(const Finding& finding, bool in_candidate, TxIndex deciding) {
    std::optional<TxIndex> last;
    for (const LaneEvent& event : finding.events) {
        if (event.in_candidate != in_candidate || event.transaction > deciding) {
            continue;
        }
        if (event.transaction == deciding) {
            if (is_read(event.kind)) {
                return event.observed_writer;
            }
        } else if (!is_read(event.kind)) {
            last = event.transaction;
        }
    }
    return last;
}

bool has_trace(const Finding& finding, bool in_candidate, TxIndex transaction) {
    return std::any_of(finding.events.begin(), finding.events.end(), [&](const LaneEvent& event) {
        return event.in_candidate == in_candidate && event.transaction == transaction;
    });
}

/// In words: which earlier transaction the deciding one must follow.
std::string deciding_order_of(const Finding& finding) {
    const bool orders = finding.finding_class == FindingClass::kDivergence ||
                        finding.finding_class == FindingClass::kNotSerializable;
    if (!finding.first.transaction || !orders) {
        return "";
    }
    const TxIndex deciding = *finding.first.transaction;
    const auto control = writer_before(finding, false, deciding);
    const auto candidate = writer_before(finding, true, deciding);
    if (!control || control->value() >= kEpilogueTransaction) {
        return "";
    }
    std::string order = fmt::format(
        "Transaction {} depends on transaction {} through this row: it must come after it.",
        deciding.value(), control->value());
    if (has_trace(finding, true, deciding) && candidate != control) {
        return order + fmt::format(" In {} it found the row {}.", finding.lane,
                                   candidate ? state_left_by(*candidate) : "untouched");
    }
    if (!has_trace(finding, true, deciding)) {
        return order + fmt::format(
                           " In {} it failed and left no access, which is how it ends when "
                           "it does not see that write.",
                           finding.lane);
    }
    return order;
}

/// How a transaction ended that left no access in a lane.
std::string ending(const Finding& finding, bool in_candidate) {
    const std::string& result = in_candidate ? finding.first.candidate : finding.first.control;
    return finding.first.section == Section::kResults ? "ended: " + result : "left nothing here";
}

/// The ledger keeps the accesses nearest to the deciding one: what it left out is said.
void mark_left_out(const Finding& finding, TxIndex first, TxIndex last, FindingView& view) {
    const auto any = [&](auto is_outside) {
        const Difference& difference = finding.first;
        return std::any_of(difference.control_writers.begin(), difference.control_writers.end(),
                           is_outside) ||
               std::any_of(difference.candidate_writers.begin(), difference.candidate_writers.end(),
                           is_outside);
    };
    const std::vector<std::string> words = {"steps that are left out"};
    if (any([&](TxIndex writer) { return writer < first; })) {
        view.steps.insert(view.steps.begin(), {"...", words, words, false});
    }
    if (any([&](TxIndex writer) { return writer > last; })) {
        view.steps.push_back({"...", words, words, false});
    }
}

/// `absent`, of `{threshold: 2} -> absent`, of `write absent`.
std::string end_in(const std::string& text) {
    constexpr std::string_view kArrow = " -> ";
    constexpr std::string_view kWrite = "write ";
    if (text == kNotWrittenText) {
        return "stays as it was";
    }
    const std::size_t arrow = text.rfind(kArrow);
    std::string value = arrow == std::string::npos ? text : text.substr(arrow + kArrow.size());
    value.erase(0, value.starts_with(kWrite) ? kWrite.size() : 0);
    return value == kAbsentText ? "ends absent" : "ends at " + value;
}

/// What the row was, and what each lane makes of it: the sides part here at the latest.
void add_ends(const Finding& finding, FindingView& view) {
    const Difference& first = finding.first;
    const bool is_lost = first.section == Section::kSerializability && first.path == "lost_update";
    if (first.section != Section::kState && !is_lost) {
        return;
    }
    if (first.pre_state) {
        const std::vector<std::string> before = {"it is " + view.first.pre_state};
        view.steps.insert(view.steps.begin(), {"before the block", before, before, false});
    }
    const auto amount = [&](const std::string& shown, const std::string& text) {
        const std::string end = end_in(text);
        return end == "ends at " + text ? "ends at " + shown : end;
    };
    const std::string control = amount(view.first.control, first.control);
    view.steps.push_back({"after the block",
                          {is_lost ? "must: " + control : control},
                          {amount(view.first.candidate, first.candidate)},
                          true});
}

}  // namespace

void add_steps(const Finding& finding, AccountNames& names, FindingView& view) {
    if (finding.events.empty() || !finding.first.key) {
        return;
    }
    view.steps_row = names.row_name(*finding.first.key);
    const Family family = finding.first.key->family;
    const bool is_amount = family == Family::kBalance || family == Family::kCounter;
    std::set<TxIndex> order;
    for (const LaneEvent& event : finding.events) {
        order.insert(event.transaction);
    }
    if (finding.first.transaction) {
        order.insert(*finding.first.transaction);
    }
    for (const TxIndex transaction : order) {
        ViewStep step;
        step.transaction = transaction.value() == kEpilogueTransaction
                               ? "end of the block"
                               : fmt::format("transaction {}", transaction.value());
        step.control = actions_at(finding.events, false, transaction, is_amount);
        step.candidate = actions_at(finding.events, true, transaction, is_amount);
        step.deciding = transaction == finding.first.transaction;
        if (step.deciding) {
            for (const bool in_candidate : {false, true}) {
                auto& actions = in_candidate ? step.candidate : step.control;
                if (actions.empty() || finding.first.section == Section::kResults) {
                    actions.push_back(ending(finding, in_candidate));
                }
            }
        }
        view.steps.push_back(std::move(step));
    }
    mark_left_out(finding, *order.begin(), *order.rbegin(), view);
    add_ends(finding, view);
    view.deciding_order = deciding_order_of(finding);
}

}  // namespace parallax
