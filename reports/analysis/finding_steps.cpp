#include "reports/analysis/finding_steps.hpp"

#include "reports/analysis/difference_reading.hpp"
#include "reports/formats/wrapped.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace parallax::reports {
namespace {

struct InBlockOrder {
    bool operator()(model::TxIndex a, model::TxIndex b) const {
        return model::block_order(a.value()) < model::block_order(b.value());
    }
};

bool is_read(model::AccessKind kind) {
    return kind == model::AccessKind::kRead || kind == model::AccessKind::kReadSpendable;
}

/// What the block's end is called here.
constexpr std::string_view kEnd = "block's end";

/// `read it, as transaction 0 left it`, `spent, leaving 40`.
std::string action_of(const model::LaneEvent& event, bool is_amount) {
    switch (event.kind) {
        case model::AccessKind::kRead:
            return "read it, " + state_left_by(event.observed_writer, kEnd);
        case model::AccessKind::kReadSpendable:
            return "read what can be spent, " + state_left_by(event.observed_writer, kEnd);
        case model::AccessKind::kWrite:
            return is_amount          ? fmt::format("wrote it: {}", event.value)
                   : event.value == 0 ? "deleted it"
                                      : "wrote it";
        case model::AccessKind::kSpend:
            return fmt::format("spent, leaving {}", event.value);
        case model::AccessKind::kCredit:
            return fmt::format("added {}", event.value);
        case model::AccessKind::kOutput:
            return fmt::format("promised {} out of it", event.value);
    }
    return "touched it";
}

std::vector<std::string> actions_at(const std::vector<model::LaneEvent>& events, bool in_candidate,
                                    model::TxIndex transaction, bool is_amount) {
    std::vector<std::string> actions;
    for (const model::LaneEvent& event : events) {
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
std::optional<model::TxIndex> writer_before(const model::Finding& finding, bool in_candidate,
                                            model::TxIndex deciding) {
    std::optional<model::TxIndex> last;
    for (const model::LaneEvent& event : finding.events) {
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

bool has_trace(const model::Finding& finding, bool in_candidate, model::TxIndex transaction) {
    return std::any_of(
        finding.events.begin(), finding.events.end(), [&](const model::LaneEvent& event) {
            return event.in_candidate == in_candidate && event.transaction == transaction;
        });
}

/// In words: which earlier transaction the deciding one must follow.
std::string deciding_order_of(const model::Finding& finding) {
    const bool orders = finding.finding_class == model::FindingClass::kDivergence ||
                        finding.finding_class == model::FindingClass::kNotSerializable;
    if (!finding.first.transaction || !orders) {
        return "";
    }
    const model::TxIndex deciding = *finding.first.transaction;
    const auto control = writer_before(finding, false, deciding);
    const auto candidate = writer_before(finding, true, deciding);
    if (!control || !model::is_transaction(control->value())) {
        return "";
    }
    std::string order = fmt::format(
        "Transaction {} depends on transaction {} through this row: it must come after it.",
        deciding.value(), control->value());
    if (has_trace(finding, true, deciding) && candidate != control) {
        return order + fmt::format(" In {} it found the row {}.", finding.lane,
                                   candidate ? state_left_by(*candidate, kEnd) : "untouched");
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
std::string ending(const model::Finding& finding, bool in_candidate) {
    const std::string& result = in_candidate ? finding.first.candidate : finding.first.control;
    return finding.first.section == model::Section::kResults ? "ended: " + result
                                                             : "left nothing here";
}

/// The ledger keeps the accesses nearest to the deciding one: what it left out is said.
void mark_left_out(const model::Finding& finding, model::TxIndex first, model::TxIndex last,
                   FindingView& view) {
    const auto any = [&](auto is_outside) {
        const model::Difference& difference = finding.first;
        return std::any_of(difference.control_writers.begin(), difference.control_writers.end(),
                           is_outside) ||
               std::any_of(difference.candidate_writers.begin(), difference.candidate_writers.end(),
                           is_outside);
    };
    const std::vector<std::string> words = {"steps that are left out"};
    if (any([&](model::TxIndex writer) { return InBlockOrder()(writer, first); })) {
        view.steps.insert(view.steps.begin(), {"...", words, words, false});
    }
    if (any([&](model::TxIndex writer) { return InBlockOrder()(last, writer); })) {
        view.steps.push_back({"...", words, words, false});
    }
}

/// How a row ends in a lane; `shown` is how that side of the difference is printed.
std::string end_in(const model::Difference& difference, bool in_candidate,
                   const std::string& shown) {
    const model::Value& value =
        in_candidate ? difference.values.candidate : difference.values.control;
    switch (value.kind) {
        case model::ValueKind::kNotWritten:
            return "stays as it was";
        case model::ValueKind::kAbsent:
            return "ends absent";
        case model::ValueKind::kNumber:
            if (value.number && !(in_candidate && is_wrapped(difference))) {
                const std::string number = fmt::format("{}", value.number->wide());
                return "ends at " + (is_tos_amount(difference) ? with_unit(number) : number);
            }
            break;
        case model::ValueKind::kRecord:
        case model::ValueKind::kBytes:
            return "ends at " + (value.text.empty() ? shown : value.text);
        case model::ValueKind::kNone:
        case model::ValueKind::kName:
        case model::ValueKind::kSeen:
            break;
    }
    return "ends at " + shown;
}

/// What the row was, and what each lane makes of it: the sides part here at the latest.
void add_ends(const model::Finding& finding, FindingView& view) {
    const model::Difference& first = finding.first;
    const bool is_lost = first.values.place.hazard == model::Hazard::kLostUpdate;
    if (first.section != model::Section::kState && !is_lost) {
        return;
    }
    if (first.pre_state) {
        const std::vector<std::string> before = {"it is " + view.first.pre_state};
        view.steps.insert(view.steps.begin(), {"before the block", before, before, false});
    }
    const std::string control = end_in(first, false, view.first.control);
    view.steps.push_back({"after the block",
                          {is_lost ? "must: " + control : control},
                          {end_in(first, true, view.first.candidate)},
                          true});
}

std::string step_text(model::TxIndex transaction) {
    if (model::is_transaction(transaction.value())) {
        return fmt::format("transaction {}", transaction.value());
    }
    return transaction.value() == model::kInitializeTransaction ? "beginning of the block"
                                                                : "end of the block";
}

}  // namespace

void add_steps(const model::Finding& finding, AccountNames& names, FindingView& view) {
    if (finding.events.empty() || !finding.first.key) {
        return;
    }
    view.steps_row = names.row_name(*finding.first.key);
    const model::Family family = finding.first.key->family;
    const bool is_amount = family == model::Family::kBalance || family == model::Family::kCounter;
    std::set<model::TxIndex, InBlockOrder> order;
    for (const model::LaneEvent& event : finding.events) {
        order.insert(event.transaction);
    }
    if (finding.first.transaction) {
        order.insert(*finding.first.transaction);
    }
    for (const model::TxIndex transaction : order) {
        ViewStep step;
        step.transaction = step_text(transaction);
        step.control = actions_at(finding.events, false, transaction, is_amount);
        step.candidate = actions_at(finding.events, true, transaction, is_amount);
        step.deciding = transaction == finding.first.transaction;
        if (step.deciding) {
            for (const bool in_candidate : {false, true}) {
                auto& actions = in_candidate ? step.candidate : step.control;
                if (actions.empty() || finding.first.section == model::Section::kResults) {
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

}  // namespace parallax::reports
