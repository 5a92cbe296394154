#include "reports/finding_impact.hpp"

#include "reports/wrapped.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <vector>

namespace parallax {
namespace {

const LaneReport* lane_of(const Verdict& verdict, const std::string& executor) {
    const auto found =
        std::find_if(verdict.lanes.begin(), verdict.lanes.end(),
                     [&](const LaneReport& lane) { return lane.executor == executor; });
    return found == verdict.lanes.end() ? nullptr : &*found;
}

bool compared(const LaneReport& lane, Section section) {
    return std::find(lane.compared.begin(), lane.compared.end(), section) != lane.compared.end();
}

bool compared_outcome(const LaneReport& lane) {
    return compared(lane, Section::kResults) && compared(lane, Section::kTotals) &&
           compared(lane, Section::kState);
}

/// The parts of the outcome in which the lane differs from the control, and what it breaks.
struct Damage {
    std::set<Section> sections;
    bool order = false;
    bool failed = false;
    /// The first broken law of conservation; null without one.
    const Difference* money = nullptr;
};

Damage damage_of(const Verdict& verdict, const std::string& lane) {
    Damage damage;
    for (const Finding& finding : verdict.findings) {
        if (finding.lane != lane) {
            continue;
        }
        damage.failed = damage.failed || finding.finding_class == FindingClass::kExecutorFailed;
        damage.order = damage.order || finding.finding_class == FindingClass::kNotSerializable;
        std::vector<const Difference*> all = {&finding.first};
        for (const Difference& difference : finding.derived) {
            all.push_back(&difference);
        }
        for (const Difference* difference : all) {
            if (finding.finding_class == FindingClass::kDivergence) {
                damage.sections.insert(difference->section);
            }
            if (finding.finding_class == FindingClass::kInvariantBroken &&
                damage.money == nullptr && difference->path.starts_with("conservation")) {
                damage.money = difference;
            }
        }
    }
    return damage;
}

/// `Value was destroyed: conservation[TOS] is off by -20600.`
std::string money_text(const Difference& law) {
    const std::string delta = is_wrapped(law) ? unwrapped_delta(law) : law.delta.value_or("");
    if (delta.empty()) {
        return "";
    }
    return fmt::format(" Value was {}: {} is off by {}.",
                       delta.front() == '-' ? "destroyed" : "created", law.path, delta);
}

}  // namespace

bool is_order_only(const Verdict& verdict) {
    return !verdict.findings.empty() &&
           std::all_of(verdict.findings.begin(), verdict.findings.end(), [&](const Finding& f) {
               const LaneReport* lane = lane_of(verdict, f.lane);
               return f.finding_class == FindingClass::kNotSerializable && lane != nullptr &&
                      compared_outcome(*lane);
           });
}

std::string impact_in_words(const Verdict& verdict, const std::string& lane) {
    const LaneReport* report = lane_of(verdict, lane);
    if (report == nullptr) {
        return "";
    }
    const Damage damage = damage_of(verdict, lane);
    if (damage.failed) {
        return "The lane has no result for this block: a node would stop here.";
    }
    std::vector<std::string> different;
    for (const Section section : damage.sections) {
        different.emplace_back(section_name(section));
    }
    const std::string money = damage.money == nullptr ? "" : money_text(*damage.money);
    if (damage.sections.contains(Section::kState)) {
        return "The state after the block differs: a node that took it would leave the chain." +
               money;
    }
    if (!different.empty()) {
        return fmt::format("What differs is: {}. {}.{}", fmt::join(different, ", "),
                           compared(*report, Section::kState) ? "The state after the block is equal"
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

}  // namespace parallax
