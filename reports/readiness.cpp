#include "reports/readiness.hpp"

#include "verifier/codec/json_object.hpp"
#include "verifier/model/families.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

namespace parallax {
namespace {

constexpr std::uint64_t kMillion = 1'000'000;

/// Without these a parallel executor was not tried at all: a nonce and a balance that depend on the
/// transaction before, and credits that meet.
struct Essential {
    Dependency hazard;
    Family family;
};
constexpr std::array kEssential = {
    Essential{Dependency::kReadAfterWrite, Family::kAccount},
    Essential{Dependency::kWriteAfterWrite, Family::kAccount},
    Essential{Dependency::kReadAfterWrite, Family::kBalance},
    Essential{Dependency::kWriteAfterWrite, Family::kBalance},
    Essential{Dependency::kCreditAfterCredit, Family::kBalance},
};

/// The reports as one.
struct Sum {
    std::uint64_t runs = 0;
    std::uint64_t repeated = 0;
    std::uint64_t blocks = 0;
    std::uint64_t mismatches = 0;
    std::uint64_t findings = 0;
    std::uint64_t inconclusive = 0;
    std::uint64_t gaps = 0;
    std::uint64_t problems = 0;
    std::uint64_t compared = 0;
    std::uint64_t signatures_off = 0;
    /// Why what was compared is not what is to go parallel, one for each reason.
    std::set<std::string> no_candidate;
    std::map<ConflictClass, ShapeTotals> classes;
    Coverage shapes;
};

/// The name of an executor without what it is wrapped in, as `sequential+a-seeded-fault`.
std::string_view bare_name(std::string_view name) {
    return name.substr(0, name.find('+'));
}

/// What is compared with itself is always equal, and what has a fault on purpose proves nothing
/// about what has none.
void add_candidates(const Report& report, Sum& sum) {
    const std::string control = report.run ? report.run->request.control : "sequential";
    if (report.lanes.empty() && !report.blocks.empty()) {
        sum.no_candidate.insert("a run has no candidate");
    }
    for (const LaneTotals& lane : report.lanes) {
        if (bare_name(lane.executor) == bare_name(control) ||
            bare_name(lane.executor) == "sequential") {
            sum.no_candidate.insert(
                fmt::format("{} is the control itself, not a parallel executor", lane.executor));
        } else if (bare_name(lane.executor) != lane.executor) {
            sum.no_candidate.insert(fmt::format("{} has a seeded fault", lane.executor));
        }
    }
    if (report.run && !report.run->request.fault.empty()) {
        sum.no_candidate.insert(
            fmt::format("a run has the seeded fault {}", report.run->request.fault));
    }
    if (report.run && report.run->result) {
        const auto& candidates = report.run->request.candidates;
        const auto& parallel = report.run->result->parallel_blocks;
        for (std::size_t i = 0; i < candidates.size(); ++i) {
            if (!report.blocks.empty() && (i >= parallel.size() || parallel[i] == 0)) {
                sum.no_candidate.insert(fmt::format(
                    "{} ran no block in parallel: it always fell back to one after the other",
                    candidates[i]));
            }
        }
    }
    if (report.run && report.run->request.threads == 1 && !report.lanes.empty()) {
        sum.no_candidate.insert("with one thread nothing runs in parallel");
    }
}

Sum sum_of(const std::vector<Report>& reports) {
    Sum sum;
    std::set<Hash> seen;
    for (const Report& report : reports) {
        ++sum.runs;
        sum.problems += report.problems.size();
        sum.gaps += report.gaps;
        if (!report.blocks.empty() && !seen.insert(report.head).second) {
            ++sum.repeated;
            continue;
        }
        sum.blocks += report.blocks.size();
        sum.mismatches += report.mismatches;
        sum.inconclusive += report.inconclusive;
        sum.compared += report.matches + report.mismatches;
        const auto off = report.signatures.find(SignaturePolicy::kOff);
        sum.signatures_off += off == report.signatures.end() ? 0 : off->second;
        add_candidates(report, sum);
        for (const FindingGroup& group : report.groups) {
            sum.findings +=
                group.finding_class == FindingClass::kExecutorFailed ? 0 : group.findings;
        }
        for (const auto& [conflict_class, totals] : report.classes) {
            ShapeTotals& all = sum.classes[conflict_class];
            all.pairs += totals.pairs;
            all.matching_blocks += totals.matching_blocks;
            all.other_blocks += totals.other_blocks;
        }
        for (const auto& [shape, totals] : report.shapes) {
            ShapeTotals& all = sum.shapes[shape];
            all.pairs += totals.pairs;
            all.matching_blocks += totals.matching_blocks;
            all.other_blocks += totals.other_blocks;
            all.findings += totals.findings;
        }
    }
    return sum;
}

ReadinessCheck check(std::string name, Readiness answer, std::string evidence) {
    return {std::move(name), answer, std::move(evidence)};
}

ReadinessCheck check_findings(const Sum& sum) {
    const bool clean = sum.mismatches == 0 && sum.findings == 0;
    return check("no mismatch", clean ? Readiness::kYes : Readiness::kNo,
                 fmt::format("{} of {} blocks differ, {} findings", sum.mismatches, sum.blocks,
                             sum.findings));
}

ReadinessCheck check_complete(const Sum& sum) {
    const bool whole = sum.gaps == 0 && sum.problems == 0 && sum.blocks > 0;
    return check("nothing missing", whole ? Readiness::kYes : Readiness::kUnknown,
                 fmt::format("{} blocks in {} runs, {} of them given twice; {} gaps, {} problems",
                             sum.blocks, sum.runs, sum.repeated, sum.gaps, sum.problems));
}

ReadinessCheck check_candidates(const Sum& sum) {
    const bool all = sum.no_candidate.empty() && sum.blocks > 0;
    return check("parallel executors were tried", all ? Readiness::kYes : Readiness::kUnknown,
                 sum.no_candidate.empty() ? "every candidate is one"
                                          : fmt::format("{}", fmt::join(sum.no_candidate, "; ")));
}

ReadinessCheck check_signatures(const Sum& sum) {
    const bool all = sum.signatures_off == 0 && sum.compared > 0;
    return check("signatures were checked", all ? Readiness::kYes : Readiness::kUnknown,
                 fmt::format("off in {} of {} compared blocks", sum.signatures_off, sum.compared));
}

ReadinessCheck check_inconclusive(const Sum& sum, const ReadinessOptions& options) {
    // Rounded up, so that one block is never none.
    const std::uint64_t share =
        sum.blocks == 0 ? kMillion : (sum.inconclusive * kMillion + sum.blocks - 1) / sum.blocks;
    return check("inconclusive share",
                 share <= options.inconclusive_per_million ? Readiness::kYes : Readiness::kUnknown,
                 fmt::format("{} in a million blocks, at most {} allowed", share,
                             options.inconclusive_per_million));
}

ReadinessCheck check_selftest(const std::optional<SelftestResult>& selftest) {
    if (!selftest) {
        return check("planted faults are caught", Readiness::kUnknown,
                     "no result of a self-test was given");
    }
    const bool all =
        selftest->planted > 0 && selftest->caught == selftest->planted && selftest->passed;
    return check("planted faults are caught", all ? Readiness::kYes : Readiness::kUnknown,
                 fmt::format("{} of {}{}", selftest->caught, selftest->planted,
                             selftest->passed ? "" : "; the selftest failed: " + selftest->why));
}

ReadinessCheck check_canaries(const CanaryEvidence& canaries) {
    const std::string counts = fmt::format(
        "{} detected, {} silent{}", canaries.detected, canaries.silent,
        canaries.cut_off ? "; the journal's last line is cut off, what it told is lost" : "");
    const bool works = canaries.detected > 0 && canaries.silent == 0 && !canaries.cut_off;
    return check("the live alarm works", works ? Readiness::kYes : Readiness::kUnknown,
                 canaries.result.empty()
                     ? "no canary has run: " + counts
                     : fmt::format("last canary {} {} at block {}; {}", canaries.fault,
                                   canaries.result, canaries.topoheight.value(), counts));
}

ReadinessCheck check_essential(const Sum& sum) {
    std::vector<std::string> missing;
    for (const Essential& essential : kEssential) {
        if (!sum.classes.contains({essential.hazard, essential.family})) {
            missing.push_back(fmt::format("{} of {}", dependency_name(essential.hazard),
                                          family_row(essential.family).name));
        }
    }
    return check("the essential conflicts were tried",
                 missing.empty() ? Readiness::kYes : Readiness::kUnknown,
                 missing.empty() ? "nonces, balances and credits that meet"
                                 : fmt::format("never: {}", fmt::join(missing, ", ")));
}

ReadinessCheck check_bounds(const Sum& sum, const ReadinessOptions& options) {
    std::vector<std::string> few;
    for (const auto& [conflict_class, totals] : sum.classes) {
        if (totals.matching_blocks < options.blocks_per_class) {
            few.push_back(fmt::format("{} of {} ({})", dependency_name(std::get<0>(conflict_class)),
                                      family_row(std::get<1>(conflict_class)).name,
                                      totals.matching_blocks));
        }
    }
    const bool enough = few.empty() && !sum.classes.empty();
    return check(
        "enough blocks in every conflict class", enough ? Readiness::kYes : Readiness::kUnknown,
        few.empty()
            ? fmt::format("{} classes, each in {} matching blocks or more", sum.classes.size(),
                          options.blocks_per_class)
            : fmt::format("fewer than {}: {}", options.blocks_per_class, fmt::join(few, ", ")));
}

void add_coverage(const Sum& sum, ReadinessReport& readiness) {
    readiness.coverage = coverage_of(sum.shapes);
    for (const auto& [conflict_class, totals] : sum.classes) {
        readiness.classes.push_back({std::get<0>(conflict_class), std::get<1>(conflict_class),
                                     totals.pairs, totals.matching_blocks, totals.other_blocks});
    }
}

Readiness answer_of(const std::vector<ReadinessCheck>& checks) {
    const auto any = [&](Readiness answer) {
        return std::any_of(checks.begin(), checks.end(),
                           [&](const ReadinessCheck& one) { return one.answer == answer; });
    };
    return any(Readiness::kNo)        ? Readiness::kNo
           : any(Readiness::kUnknown) ? Readiness::kUnknown
                                      : Readiness::kYes;
}

}  // namespace

std::string_view readiness_name(Readiness readiness) noexcept {
    switch (readiness) {
        case Readiness::kUnknown:
            return "unknown";
        case Readiness::kYes:
            return "yes";
        case Readiness::kNo:
            return "no";
    }
    return "unknown";
}

std::string to_json(const SelftestResult& selftest) {
    const nlohmann::json why(selftest.why);
    return fmt::format(R"({{"planted": {}, "caught": {}, "passed": {}, "why": {}}})"
                       "\n",
                       selftest.planted, selftest.caught, selftest.passed,
                       why.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

absl::StatusOr<SelftestResult> selftest_from_json(std::string_view text) {
    const auto parsed = nlohmann::json::parse(text.begin(), text.end(), nullptr, false);
    std::string problem;
    if (parsed.is_discarded()) {
        return absl::InvalidArgumentError("is not JSON");
    }
    const JsonObject json(parsed, "selftest", problem);
    for (const char* name : {"planted", "caught", "passed"}) {
        if (json.find(name) == nullptr) {
            json.fail(name, "is missing");
        }
    }
    const SelftestResult selftest{
        json.number<std::uint64_t>("planted"), json.number<std::uint64_t>("caught"),
        json.boolean("passed", false), json.optional_text("why").value_or("")};
    if (json.ok() && selftest.caught > selftest.planted) {
        json.fail("caught", "is more than were planted");
    }
    if (!json.ok()) {
        return absl::InvalidArgumentError(problem);
    }
    return selftest;
}

absl::Status add_canary(std::string_view journal_line, CanaryEvidence& evidence) {
    const auto parsed =
        nlohmann::json::parse(journal_line.begin(), journal_line.end(), nullptr, false);
    std::string problem;
    if (parsed.is_discarded()) {
        return absl::InvalidArgumentError("a line is not JSON");
    }
    const JsonObject json(parsed, "journal", problem);
    if (json.optional_text("event").value_or("") != "canary") {
        return json.ok() ? absl::OkStatus() : absl::InvalidArgumentError(problem);
    }
    CanaryEvidence with = evidence;
    with.topoheight = Topoheight{json.number<std::uint64_t>("topoheight")};
    with.fault = json.optional_text("fault").value_or("");
    with.result = json.optional_text("result").value_or("");
    if (with.result == "detected") {
        ++with.detected;
    } else if (with.result == "silent") {
        ++with.silent;
    } else {
        json.fail("result", "is neither detected nor silent");
    }
    if (!json.ok()) {
        return absl::InvalidArgumentError(problem);
    }
    evidence = with;
    return absl::OkStatus();
}

std::uint64_t bound_per_million(std::uint64_t blocks) noexcept {
    return blocks <= 3 ? kMillion : (3 * kMillion + blocks - 1) / blocks;
}

int ReadinessReport::exit_code() const noexcept {
    switch (answer) {
        case Readiness::kYes:
            return 0;
        case Readiness::kNo:
            return 2;
        case Readiness::kUnknown:
            return 3;
    }
    return 3;
}

ReadinessReport judge_readiness(const std::vector<Report>& reports,
                                const std::optional<SelftestResult>& selftest,
                                const ReadinessOptions& options,
                                const std::optional<CanaryEvidence>& canaries) {
    const Sum sum = sum_of(reports);
    ReadinessReport readiness;
    readiness.options = options;
    readiness.checks = {
        check_findings(sum),   check_complete(sum),       check_inconclusive(sum, options),
        check_candidates(sum), check_signatures(sum),     check_selftest(selftest),
        check_essential(sum),  check_bounds(sum, options)};
    if (canaries) {
        readiness.checks.push_back(check_canaries(*canaries));
    }
    readiness.answer = answer_of(readiness.checks);
    add_coverage(sum, readiness);
    return readiness;
}

}  // namespace parallax
