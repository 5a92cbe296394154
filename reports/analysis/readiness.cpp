#include "reports/analysis/readiness.hpp"

#include "verifier/codec/json_object.hpp"
#include "verifier/model/families.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <unordered_set>

namespace parallax::reports {
namespace {

constexpr std::uint64_t kMillion = 1'000'000;
constexpr std::array kHazards = {
    model::Dependency::kReadAfterWrite, model::Dependency::kWriteAfterRead,
    model::Dependency::kWriteAfterWrite, model::Dependency::kCreditAfterCredit};

/// Without these a parallel executor was not tried at all: a nonce and a balance that depend on the
/// transaction before, and credits that meet.
struct Essential {
    model::Dependency hazard;
    model::Family family;
};
constexpr std::array kEssential = {
    Essential{model::Dependency::kReadAfterWrite, model::Family::kAccount},
    Essential{model::Dependency::kWriteAfterWrite, model::Family::kAccount},
    Essential{model::Dependency::kReadAfterWrite, model::Family::kBalance},
    Essential{model::Dependency::kWriteAfterWrite, model::Family::kBalance},
    Essential{model::Dependency::kCreditAfterCredit, model::Family::kBalance},
};

/// Whom a matching block speaks for.
struct Subject {
    std::string candidate;
    std::string rules;
    friend auto operator<=>(const Subject&, const Subject&) = default;
};

/// What one candidate did.
struct Trial {
    std::unordered_set<std::uint64_t> blocks;
    std::map<ConflictClass, ShapeTotals> classes;
};

/// The reports as one.
struct Sum {
    std::uint64_t runs = 0;
    std::uint64_t repeated = 0;
    std::uint64_t blocks = 0;
    /// Blocks that every candidate of their run had done before, in another run.
    std::uint64_t blocks_again = 0;
    std::uint64_t mismatches = 0;
    std::uint64_t findings = 0;
    std::uint64_t inconclusive = 0;
    std::uint64_t gaps = 0;
    std::uint64_t problems = 0;
    std::uint64_t compared = 0;
    std::uint64_t signatures_off = 0;
    /// Why what was compared is not what is to go parallel, one for each reason.
    std::set<std::string> no_candidate;
    std::map<Subject, Trial> trials;
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

std::string rules_of(const Report& report) {
    return report.run      ? fmt::format("{}, {}, {}", report.run->request.network,
                                         report.run->request.profile, report.run->request.failure_model)
           : report.bundle ? fmt::format("{}, {}, {}", report.bundle->network,
                                         report.bundle->profile, report.bundle->failure_model)
                           : "unknown rules";
}

/// Counts `row` in each class that it holds. A block that matched before and does not now counts as
/// one that does not.
void add_classes(const BlockRow& row, bool match, bool is_new, Trial& trial) {
    if (match && !is_new) {
        return;
    }
    for (const model::FamilyRow& family : model::kFamilies) {
        for (const model::Dependency hazard : kHazards) {
            const ConflictClass conflict_class{hazard, family.family};
            if (row.classes.test(class_bit(conflict_class))) {
                ShapeTotals& totals = trial.classes[conflict_class];
                ++(match ? totals.matching_blocks : totals.other_blocks);
            }
        }
    }
}

/// Each candidate for itself.
void add_trials(const Report& report, Sum& sum) {
    std::vector<Trial*> trials;
    for (const LaneTotals& lane : report.lanes) {
        trials.push_back(&sum.trials[{lane.executor, rules_of(report)}]);
    }
    for (const BlockRow& row : report.blocks) {
        bool is_new_to_any = trials.empty();
        for (std::size_t lane = 0; lane < trials.size(); ++lane) {
            const bool match = lane < 64 && (row.matching_lanes >> lane & 1U) != 0;
            const bool is_new = trials[lane]->blocks.insert(row.identity).second;
            add_classes(row, match, is_new, *trials[lane]);
            is_new_to_any = is_new_to_any || is_new;
        }
        ++(is_new_to_any ? sum.blocks : sum.blocks_again);
    }
}

Sum sum_of(const std::vector<Report>& reports) {
    Sum sum;
    std::set<model::Hash> seen;
    for (const Report& report : reports) {
        ++sum.runs;
        sum.problems += report.problems.size();
        sum.gaps += report.gaps;
        if (!report.blocks.empty() && !seen.insert(report.head).second) {
            ++sum.repeated;
            continue;
        }
        add_trials(report, sum);
        sum.mismatches += report.mismatches;
        sum.inconclusive += report.inconclusive;
        sum.compared += report.matches + report.mismatches;
        const auto off = report.signatures.find(model::SignaturePolicy::kOff);
        sum.signatures_off += off == report.signatures.end() ? 0 : off->second;
        add_candidates(report, sum);
        for (const FindingGroup& group : report.groups) {
            sum.findings +=
                group.finding_class == model::FindingClass::kExecutorFailed ? 0 : group.findings;
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
                 fmt::format("{} blocks in {} runs, {} of them given twice{}; {} gaps, {} problems",
                             sum.blocks, sum.runs, sum.repeated,
                             sum.blocks_again == 0
                                 ? ""
                                 : fmt::format(", {} blocks in more than one", sum.blocks_again),
                             sum.gaps, sum.problems));
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
        sum.blocks == 0
            ? kMillion
            : std::min(kMillion, (sum.inconclusive * kMillion + sum.blocks - 1) / sum.blocks);
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
        "{} detected, {} silent{}{}", canaries.detected, canaries.silent,
        canaries.cut_off ? "; the journal's last line is cut off, what it told is lost" : "",
        canaries.unfinished.empty() ? "" : "; " + canaries.unfinished);
    const bool works = canaries.detected > 0 && canaries.silent == 0 && !canaries.cut_off &&
                       canaries.unfinished.empty();
    return check("the live alarm works", works ? Readiness::kYes : Readiness::kUnknown,
                 canaries.result.empty()
                     ? "no canary has run: " + counts
                     : fmt::format("last canary {} {} at block {}; {}", canaries.fault,
                                   canaries.result, canaries.topoheight.value(), counts));
}

std::string class_name(const ConflictClass& conflict_class) {
    return fmt::format("{} of {}",
                       model::dependency_name(std::get<model::Dependency>(conflict_class)),
                       model::family_row(std::get<model::Family>(conflict_class)).name);
}

/// What `candidate` lacks, with its name where there are several.
std::string lack_of(const Subject& subject, const std::vector<std::string>& lacks, const Sum& sum) {
    const std::string text = fmt::format("{}", fmt::join(lacks, ", "));
    return sum.trials.size() == 1
               ? text
               : fmt::format("{} ({}): {}", subject.candidate, subject.rules, text);
}

ReadinessCheck check_essential(const Sum& sum) {
    std::vector<std::string> missing;
    for (const auto& [subject, trial] : sum.trials) {
        std::vector<std::string> lacks;
        for (const Essential& essential : kEssential) {
            const ConflictClass conflict_class{essential.hazard, essential.family};
            if (!trial.classes.contains(conflict_class)) {
                lacks.push_back(class_name(conflict_class));
            }
        }
        if (!lacks.empty()) {
            missing.push_back(lack_of(subject, lacks, sum));
        }
    }
    const bool all = missing.empty() && !sum.trials.empty();
    return check("the essential conflicts were tried", all ? Readiness::kYes : Readiness::kUnknown,
                 all                  ? "nonces, balances and credits that meet"
                 : sum.trials.empty() ? "by no candidate"
                                      : fmt::format("never: {}", fmt::join(missing, "; ")));
}

/// Every class that anyone met under the same rules.
std::map<std::string, std::set<ConflictClass>> classes_by_rules(const Sum& sum) {
    std::map<std::string, std::set<ConflictClass>> classes;
    for (const auto& [subject, trial] : sum.trials) {
        for (const auto& [conflict_class, totals] : trial.classes) {
            classes[subject.rules].insert(conflict_class);
        }
    }
    return classes;
}

ReadinessCheck check_bounds(const Sum& sum, const ReadinessOptions& options) {
    const auto classes = classes_by_rules(sum);
    std::vector<std::string> few;
    std::size_t met = 0;
    for (const auto& [subject, trial] : sum.trials) {
        std::vector<std::string> lacks;
        const auto wanted = classes.find(subject.rules);
        if (wanted == classes.end()) {
            few.push_back(lack_of(subject, {"no class at all"}, sum));
            continue;
        }
        for (const ConflictClass& conflict_class : wanted->second) {
            const auto found = trial.classes.find(conflict_class);
            const std::uint64_t blocks =
                found == trial.classes.end() ? 0 : found->second.matching_blocks;
            if (blocks < options.blocks_per_class) {
                lacks.push_back(fmt::format("{} ({})", class_name(conflict_class), blocks));
            }
        }
        met += wanted->second.size();
        if (!lacks.empty()) {
            few.push_back(lack_of(subject, lacks, sum));
        }
    }
    const bool enough = few.empty() && met > 0;
    return check(
        "enough blocks in every conflict class", enough ? Readiness::kYes : Readiness::kUnknown,
        few.empty()
            ? fmt::format("{} classes, each in {} matching blocks or more", met,
                          options.blocks_per_class)
            : fmt::format("fewer than {}: {}", options.blocks_per_class, fmt::join(few, "; ")));
}

void add_coverage(const Sum& sum, ReadinessReport& readiness) {
    readiness.coverage = sum.shapes;
    for (const auto& [subject, trial] : sum.trials) {
        for (const auto& [conflict_class, totals] : trial.classes) {
            readiness.classes.push_back({subject.candidate, subject.rules,
                                         std::get<model::Dependency>(conflict_class),
                                         std::get<model::Family>(conflict_class),
                                         totals.matching_blocks, totals.other_blocks});
        }
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
    const codec::JsonObject json(parsed, "selftest", problem);
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
    const codec::JsonObject json(parsed, "journal", problem);
    evidence.last_event = json.optional_text("event").value_or("");
    if (evidence.last_event != "canary") {
        return json.ok() ? absl::OkStatus() : absl::InvalidArgumentError(problem);
    }
    CanaryEvidence with = evidence;
    with.topoheight = model::Topoheight{json.number<std::uint64_t>("topoheight")};
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

}  // namespace parallax::reports
