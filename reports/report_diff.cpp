#include "reports/report_diff.hpp"

#include "reports/report_formats.hpp"
#include "verifier/core/finding.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <map>

namespace parallax {
namespace {

using Json = nlohmann::ordered_json;

std::string title_of(const FindingGroup& group, const std::vector<FindingView>& views) {
    return group.kept.empty() ? "" : views[group.kept.front()].title;
}

std::map<Hash, std::uint64_t> counts_of(const Report& report) {
    std::map<Hash, std::uint64_t> counts;
    for (const FindingGroup& group : report.groups) {
        counts.emplace(group_of(group.fingerprint), group.findings);
    }
    return counts;
}

bool is_conclusive(const Report& report) {
    return report.inconclusive == 0 && report.gaps == 0 && report.problems.empty() &&
           !report.blocks.empty();
}

std::string line_of(const Report& report) {
    return fmt::format("{}; {}", report_headline(report), report_counts(report));
}

void append(std::string& text, std::string_view word, const std::vector<GroupChange>& changes) {
    for (const GroupChange& change : changes) {
        text += fmt::format("  {:<6} {}  {} -> {} findings  {}\n", word,
                            change.fingerprint.hex().substr(0, 8), change.before, change.now,
                            change.title);
    }
}

Json changes_json(const std::vector<GroupChange>& changes) {
    Json list = Json::array();
    for (const GroupChange& change : changes) {
        list.push_back({{"fingerprint", change.fingerprint.hex()},
                        {"title", change.title},
                        {"before", change.before},
                        {"now", change.now}});
    }
    return list;
}

}  // namespace

ReportDiff diff_reports(const Report& before, const Report& now) {
    ReportDiff diff;
    diff.before = line_of(before);
    diff.now = line_of(now);
    const std::map<Hash, std::uint64_t> old_counts = counts_of(before);
    const std::map<Hash, std::uint64_t> new_counts = counts_of(now);
    const std::vector<FindingView> new_views = view_findings(now);
    for (const FindingGroup& group : now.groups) {
        const auto old = old_counts.find(group_of(group.fingerprint));
        const bool known = old != old_counts.end();
        (known ? diff.known : diff.fresh)
            .push_back({group.fingerprint, title_of(group, new_views), known ? old->second : 0,
                        group.findings});
    }
    const std::vector<FindingView> old_views = view_findings(before);
    for (const FindingGroup& group : before.groups) {
        if (!new_counts.contains(group_of(group.fingerprint))) {
            diff.gone.push_back({group.fingerprint, title_of(group, old_views), group.findings, 0});
        }
    }
    diff.exit_code = !diff.fresh.empty() ? 2 : is_conclusive(now) ? 0 : 3;
    return diff;
}

std::string render_diff_text(const ReportDiff& diff) {
    std::string text =
        fmt::format("parallax report diff: {} new, {} known, {} gone\n  old    {}\n  new    {}\n",
                    diff.fresh.size(), diff.known.size(), diff.gone.size(), diff.before, diff.now);
    append(text, "new", diff.fresh);
    append(text, "known", diff.known);
    append(text, "gone", diff.gone);
    return text + fmt::format("  exit code {}\n", diff.exit_code);
}

std::string render_diff_json(const ReportDiff& diff) {
    const Json json = {{"diff", 1},
                       {"old", diff.before},
                       {"now", diff.now},
                       {"exit_code", diff.exit_code},
                       {"new", changes_json(diff.fresh)},
                       {"known", changes_json(diff.known)},
                       {"gone", changes_json(diff.gone)}};
    return json.dump(1, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace parallax
