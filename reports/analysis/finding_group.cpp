#include "reports/analysis/finding_group.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace parallax::reports {
namespace {

using Place = std::pair<model::Topoheight, model::StateKey>;

bool is_read(model::AccessKind kind) {
    return kind == model::AccessKind::kRead || kind == model::AccessKind::kReadSpendable;
}

/// Rows that a lane's result lacks, and which of them the control deletes.
struct LostWrites {
    std::set<Place> all;
    std::set<Place> deletions;

    void add(model::Topoheight topoheight, const model::Difference& difference) {
        if (difference.key && difference.values.candidate.kind == model::ValueKind::kNotWritten) {
            const Place place(topoheight, *difference.key);
            all.insert(place);
            if (difference.values.control.kind == model::ValueKind::kAbsent) {
                deletions.insert(place);
            }
        }
    }
};

std::string lost_text(const LostWrites& lost) {
    if (lost.all.size() < 2 || lost.deletions.empty()) {
        return "";
    }
    return lost.deletions.size() == lost.all.size()
               ? fmt::format("All {} lost writes that are kept of this group are deletions.",
                             lost.all.size())
               : fmt::format("{} of the {} lost writes that are kept of this group are deletions.",
                             lost.deletions.size(), lost.all.size());
}

/// Whether the transaction of a finding touches the row in its lane by reading it alone; nothing
/// if its accesses are not kept.
bool only_reads(const model::Finding& finding) {
    bool any = false;
    for (const model::LaneEvent& event : finding.events) {
        if (event.in_candidate && event.transaction == finding.first.transaction) {
            any = true;
            if (!is_read(event.kind)) {
                return false;
            }
        }
    }
    return any;
}

}  // namespace

std::string shared_in(const Report& report, const FindingGroup& group) {
    LostWrites lost;
    std::size_t stale = 0;
    std::size_t reading = 0;
    for (const std::size_t at : group.kept) {
        const ReportedFinding& reported = report.findings[at];
        lost.add(reported.topoheight, reported.finding.first);
        for (const model::Difference& difference : reported.finding.derived) {
            lost.add(reported.topoheight, difference);
        }
        if (reported.finding.first.values.place.hazard == model::Hazard::kStaleRead) {
            ++stale;
            reading += only_reads(reported.finding) ? 1U : 0U;
        }
    }
    if (stale > 0 && reading == stale) {
        return stale == 1 ? "The stale read is of a transaction that only reads the row."
                          : fmt::format(
                                "Each of the {} first stale reads is of a transaction that "
                                "only reads the row.",
                                stale);
    }
    return lost_text(lost);
}

}  // namespace parallax::reports
