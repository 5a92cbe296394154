#include "reports/analysis/finding_impact.hpp"

#include "reports/analysis/difference_reading.hpp"
#include "reports/formats/wrapped.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <vector>

namespace parallax::reports {
namespace {

const model::LaneReport* lane_of(const model::Verdict& verdict, const std::string& executor) {
    const auto found =
        std::find_if(verdict.lanes.begin(), verdict.lanes.end(),
                     [&](const model::LaneReport& lane) { return lane.executor == executor; });
    return found == verdict.lanes.end() ? nullptr : &*found;
}

bool compared(const model::LaneReport& lane, model::Section section) {
    return std::find(lane.compared.begin(), lane.compared.end(), section) != lane.compared.end();
}

bool compared_outcome(const model::LaneReport& lane) {
    return compared(lane, model::Section::kResults) && compared(lane, model::Section::kTotals) &&
           compared(lane, model::Section::kState);
}

/// The parts of the outcome in which the lane differs from the control, and what it breaks.
struct Damage {
    std::set<model::Section> sections;
    bool order = false;
    bool failed = false;
    /// The first broken invariant of conservation; null without one.
    const model::Difference* money = nullptr;
};

Damage damage_of(const model::Verdict& verdict, const std::string& lane) {
    Damage damage;
    for (const model::Finding& finding : verdict.findings) {
        if (finding.lane != lane) {
            continue;
        }
        damage.failed =
            damage.failed || finding.finding_class == model::FindingClass::kExecutorFailed;
        damage.order =
            damage.order || finding.finding_class == model::FindingClass::kNotSerializable;
        std::vector<const model::Difference*> all = {&finding.first};
        for (const model::Difference& difference : finding.derived) {
            all.push_back(&difference);
        }
        for (const model::Difference* difference : all) {
            if (finding.finding_class == model::FindingClass::kDivergence) {
                damage.sections.insert(difference->section);
            }
            if (finding.finding_class == model::FindingClass::kInvariantBroken &&
                damage.money == nullptr && is_conservation(difference->values.place)) {
                damage.money = difference;
            }
        }
    }
    return damage;
}

/// `Value was destroyed: conservation[TOS] is off by -20600.`
std::string money_text(const model::Difference& law) {
    if (!law.values.delta) {
        return "";
    }
    const model::WideNumber delta =
        is_wrapped(law) ? unwrapped_number(law) : law.values.delta->wide();
    return fmt::format(" Value was {}: {} is off by {:+}.", delta < 0 ? "destroyed" : "created",
                       law.path, delta);
}

}  // namespace

bool is_order_only(const model::Verdict& verdict) {
    return !verdict.findings.empty() &&
           std::all_of(verdict.findings.begin(), verdict.findings.end(),
                       [&](const model::Finding& f) {
                           const model::LaneReport* lane = lane_of(verdict, f.lane);
                           return f.finding_class == model::FindingClass::kNotSerializable &&
                                  lane != nullptr && compared_outcome(*lane);
                       });
}

std::string impact_in_words(const model::Verdict& verdict, const std::string& lane) {
    const model::LaneReport* report = lane_of(verdict, lane);
    if (report == nullptr) {
        return "";
    }
    const Damage damage = damage_of(verdict, lane);
    if (damage.failed) {
        return "The lane has no result for this block: a node would stop here.";
    }
    std::vector<std::string> different;
    for (const model::Section section : damage.sections) {
        different.emplace_back(model::section_name(section));
    }
    const std::string money = damage.money == nullptr ? "" : money_text(*damage.money);
    if (damage.sections.contains(model::Section::kState)) {
        return "The state after the block differs: a node that took it would leave the chain." +
               money;
    }
    if (!different.empty()) {
        return fmt::format("What differs is: {}. {}.{}", fmt::join(different, ", "),
                           compared(*report, model::Section::kState)
                               ? "The state after the block is equal"
                               : "The state was not compared",
                           money);
    }
    if (damage.order && compared_outcome(*report)) {
        return "Results, totals and state are equal; only the order of reads and writes is wrong. "
               "It gives a wrong state as soon as an effect depends on what was read out of "
               "order." +
               money;
    }
    return money.empty() ? "" : money.substr(1);
}

}  // namespace parallax::reports
