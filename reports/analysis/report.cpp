#include "reports/analysis/report.hpp"

#include "reports/analysis/finding_impact.hpp"
#include "reports/analysis/finding_pair.hpp"
#include "reports/record/run_agreement.hpp"
#include "verifier/core/diagnosis/finding.hpp"
#include "verifier/model/families.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>

namespace parallax::reports {
namespace {

std::uint32_t clamped(std::uint64_t value) {
    return static_cast<std::uint32_t>(
        std::min<std::uint64_t>(value, std::numeric_limits<std::uint32_t>::max()));
}

bool is_conflict(model::Dependency hazard) {
    return hazard != model::Dependency::kCreditAfterCredit;
}

BlockRow row_of(const model::Verdict& verdict) {
    std::uint64_t conflicts = 0;
    std::bitset<kClassCount> classes;
    for (const model::ConflictCount& shape : verdict.conflicts) {
        conflicts += is_conflict(shape.hazard) ? shape.count : 0;
        classes.set(class_bit({shape.hazard, shape.family}));
    }
    std::uint64_t identity = 0;
    for (std::size_t i = 0; i < sizeof identity; ++i) {
        identity = identity << 8U | verdict.block_hash.bytes()[i];
    }
    return {verdict.topoheight,
            verdict.kind,
            verdict.reason,
            verdict.transactions,
            verdict.failed,
            clamped(verdict.keys),
            clamped(conflicts),
            clamped(verdict.findings.size()),
            is_order_only(verdict),
            identity,
            classes,
            0};
}

LaneTotals& lane_totals(std::vector<LaneTotals>& lanes, const std::string& executor) {
    const auto found = std::find_if(lanes.begin(), lanes.end(), [&](const LaneTotals& lane) {
        return lane.executor == executor;
    });
    if (found != lanes.end()) {
        return *found;
    }
    lanes.push_back({executor, 0, 0, 0, {}});
    return lanes.back();
}

void add_kind(model::VerdictKind kind, LaneTotals& totals) {
    switch (kind) {
        case model::VerdictKind::kMatch:
            ++totals.matches;
            return;
        case model::VerdictKind::kMismatch:
            ++totals.mismatches;
            return;
        case model::VerdictKind::kInconclusive:
            ++totals.inconclusive;
            return;
    }
}

constexpr std::string_view kControlSuite = "control";
constexpr std::string_view kSequential = "sequential";

/// A lane that is the control itself always agrees with it.
void say_controls(std::string_view control, Report& report) {
    for (const LaneTotals& lane : report.lanes) {
        if (lane.executor == control || lane.executor == kSequential) {
            report.left_out.push_back(
                fmt::format("Candidate {} is the control itself: that the two agree says nothing "
                            "about a parallel executor.",
                            lane.executor));
        }
    }
}

/// The oracles that a finding speaks of: every section with a difference, or what its class stands
/// for.
std::set<model::Section> oracles_of(const model::Finding& finding) {
    switch (finding.finding_class) {
        case model::FindingClass::kDivergence:
            break;
        case model::FindingClass::kInvariantBroken:
            return {model::Section::kInvariants};
        case model::FindingClass::kExecutorFailed:
        case model::FindingClass::kControlUnstable:
            return {model::Section::kExecutor};
        case model::FindingClass::kRecordedDivergence:
            return {model::Section::kRecorded};
        case model::FindingClass::kNotSerializable:
            return {model::Section::kSerializability};
    }
    std::set<model::Section> sections = {finding.first.section};
    for (const model::Difference& difference : finding.derived) {
        sections.insert(difference.section);
    }
    return sections;
}

const model::LaneReport* lane_of(const model::Verdict& verdict, const std::string& executor) {
    const auto found =
        std::find_if(verdict.lanes.begin(), verdict.lanes.end(),
                     [&](const model::LaneReport& lane) { return lane.executor == executor; });
    return found == verdict.lanes.end() ? nullptr : &*found;
}

bool has_class(const model::Verdict& verdict, model::FindingClass finding_class) {
    return std::any_of(
        verdict.findings.begin(), verdict.findings.end(),
        [&](const model::Finding& finding) { return finding.finding_class == finding_class; });
}

/// Collects what each oracle of the block says about a finding; the most severe wins.
class Judge {
  public:
    Judge(const model::Verdict& verdict, ReportedFinding& reported)
        : verdict_(verdict), reported_(reported), lane_(reported.finding.lane) {}

    void run() {
        ask_recorder();
        ask_control();
        ask_invariants();
        ask_other_lanes();
    }

  private:
    void say(Blame blame, std::string sentence) {
        reported_.evidence.push_back(std::move(sentence));
        // What accuses the control weighs more: the control is what everything else leans on.
        if (blame == Blame::kControl || reported_.blame == Blame::kUndecided) {
            reported_.blame = blame;
        }
    }

    void ask_recorder() {
        for (const model::Finding& other : verdict_.findings) {
            if (other.finding_class != model::FindingClass::kRecordedDivergence) {
                continue;
            }
            reported_.has_recorded = true;
            reported_.recorded.emplace(other.first.path, other.first.candidate);
            for (const model::Difference& difference : other.derived) {
                reported_.recorded.emplace(difference.path, difference.candidate);
            }
        }
        const bool compared = std::find(reported_.compared.begin(), reported_.compared.end(),
                                        model::Section::kRecorded) != reported_.compared.end();
        if (reported_.has_recorded) {
            say(Blame::kControl, "The chain's recorded outcome differs from the control's.");
        } else if (compared) {
            reported_.has_recorded = true;
            say(Blame::kCandidate, "The chain's recorded outcome is the control's.");
        }
    }

    void ask_control() {
        if (has_class(verdict_, model::FindingClass::kControlUnstable)) {
            say(Blame::kControl, "The control's second run gave another outcome than its first.");
            return;
        }
        const model::LaneReport* lane = lane_of(verdict_, lane_);
        if (lane != nullptr && lane->rerun == model::ControlRerun::kSame) {
            say(Blame::kUndecided, "The control's second run gave the same outcome as its first.");
        }
    }

    void ask_invariants() {
        for (const model::Finding& other : verdict_.findings) {
            const bool broken = other.finding_class == model::FindingClass::kInvariantBroken;
            if (!broken && other.finding_class != model::FindingClass::kNotSerializable) {
                continue;
            }
            const char* what = broken ? "breaks the law" : "contradicts block order:";
            if (other.lane == lane_ && other.lane != "control") {
                say(Blame::kCandidate,
                    fmt::format("The outcome of {} {} {}.", other.lane, what, other.first.path));
            } else if (other.lane == "control") {
                say(Blame::kControl,
                    fmt::format("The control's outcome {} {}.", what, other.first.path));
            }
        }
    }

    void ask_other_lanes() {
        std::vector<std::string> agreeing;
        for (const model::LaneReport& lane : verdict_.lanes) {
            if (lane.executor != lane_ && lane.kind == model::VerdictKind::kMatch) {
                agreeing.push_back(lane.executor);
            }
        }
        if (!agreeing.empty() && lane_of(verdict_, lane_) != nullptr) {
            say(Blame::kCandidate,
                fmt::format("The control agrees with {}.", fmt::join(agreeing, ", ")));
        }
    }

    const model::Verdict& verdict_;
    ReportedFinding& reported_;
    const std::string& lane_;
};

}  // namespace

std::string_view blame_name(Blame blame) noexcept {
    switch (blame) {
        case Blame::kUndecided:
            return "undecided";
        case Blame::kCandidate:
            return "candidate";
        case Blame::kControl:
            return "control";
    }
    return "unknown";
}

int Report::exit_code() const noexcept {
    if (mismatches > 0) {
        return 2;
    }
    return inconclusive > 0 || gaps > 0 || blocks.empty() || !problems.empty() ? 3 : 0;
}

model::VerdictKind report_verdict(const Report& report) noexcept {
    const int code = report.exit_code();
    return code == 0   ? model::VerdictKind::kMatch
           : code == 2 ? model::VerdictKind::kMismatch
                       : model::VerdictKind::kInconclusive;
}

unsigned class_bit(const ConflictClass& conflict_class) noexcept {
    constexpr unsigned kHazards = kClassCount / model::kFamilies.size();
    return static_cast<unsigned>(model::family_index(std::get<model::Family>(conflict_class))) *
               kHazards +
           static_cast<unsigned>(std::get<model::Dependency>(conflict_class));
}

std::string observed_text(const std::string& source, const core::ObservedSum& sum) {
    std::string text = fmt::format(
        "{}: {} of {} blocks; {} of {} touched accounts, {} of {} results, the emitted supply "
        "after "
        "{} and the burned supply after {} of these blocks",
        source.empty() ? "the node" : source, sum.seen, sum.blocks, sum.accounts, sum.touched,
        sum.results, sum.transactions, sum.emitted_supply, sum.burned_supply);
    if (sum.adopted > 0) {
        text += fmt::format(
            "; in {} the control could not execute everything, and the observed "
            "rows became the state",
            sum.adopted);
    }
    return text;
}

std::string unjudged_text(const std::string& law, const UnjudgedTotals& totals) {
    const model::UnjudgedInvariant& example = totals.example;
    return fmt::format(
        "{}: not wholly judged in {} block{}, first in block {}: {}{}: {}", law, totals.blocks,
        totals.blocks == 1 ? "" : "s", totals.first.value(), example.law,
        example.key ? fmt::format(" ({})", model::to_string(*example.key)) : "", example.why);
}

ReportBuilder::ReportBuilder(const std::vector<model::ConflictCount>& possible) {
    for (const model::ConflictCount& shape : possible) {
        report_.shapes.try_emplace({shape.first, shape.second, shape.family, shape.hazard});
    }
}

void ReportBuilder::add(const core::LedgerRecord& record) {
    ++lines_;
    const std::uint64_t before = audit_.blocks();
    const auto status = audit_.add(record);
    if (!status.ok()) {
        add_problem(fmt::format("The ledger has a hole: {}.", std::string(status.message())));
    }
    if (audit_.blocks() == before) {
        return;  // a repeated block: named above, counted once
    }
    report_.head = core::ledger_hash(record);
    count(record.verdict);
    add_unjudged(record.verdict);
    core::add_observed(record.verdict, report_.observed);
    add_shapes(record.verdict);
    add_chunks(record.verdict);
    for (const model::Finding& finding : record.verdict.findings) {
        add_finding(record.verdict, finding);
    }
}

void ReportBuilder::add_problem(std::string sentence) {
    constexpr std::size_t kMaxProblems = 20;
    if (report_.problems.size() < kMaxProblems) {
        report_.problems.push_back(std::move(sentence));
    }
}

void ReportBuilder::count(const model::Verdict& verdict) {
    report_.blocks.push_back(row_of(verdict));
    report_.transactions += verdict.transactions;
    report_.executed += verdict.executed;
    report_.failed += verdict.failed;
    if (verdict.kind == model::VerdictKind::kInconclusive && verdict.reason) {
        ++report_.reasons[*verdict.reason];
    }
    if (verdict.kind != model::VerdictKind::kInconclusive) {
        ++report_.signatures[verdict.signatures];
    }
    for (const model::LaneReport& lane : verdict.lanes) {
        LaneTotals& totals = lane_totals(report_.lanes, lane.executor);
        add_kind(lane.kind, totals);
        for (const model::Section section : lane.compared) {
            ++totals.compared[section];
        }
        const auto place = static_cast<std::size_t>(&totals - report_.lanes.data());
        if (verdict.kind == model::VerdictKind::kMatch && lane.kind == model::VerdictKind::kMatch &&
            place < 64) {
            report_.blocks.back().matching_lanes |= std::uint64_t{1} << place;
        }
    }
}

void ReportBuilder::add_unjudged(const model::Verdict& verdict) {
    std::set<std::string> laws;
    for (const model::UnjudgedInvariant& law : verdict.unjudged) {
        // Without what it is about: a report of a long run has few invariants and many accounts.
        const std::string name = law.law.substr(0, law.law.find('['));
        const auto [found, is_new] =
            report_.unjudged.try_emplace(name, UnjudgedTotals{0, verdict.topoheight, law});
        found->second.blocks += laws.insert(name).second ? 1U : 0U;
    }
}

void ReportBuilder::add_shapes(const model::Verdict& verdict) {
    const bool match = verdict.kind == model::VerdictKind::kMatch;
    std::set<ConflictClass> classes;
    const auto add_block = [&](ShapeTotals& totals) {
        ++(match ? totals.matching_blocks : totals.other_blocks);
    };
    for (const model::ConflictCount& shape : verdict.conflicts) {
        ShapeTotals& totals =
            report_.shapes[{shape.first, shape.second, shape.family, shape.hazard}];
        totals.pairs += shape.count;
        add_block(totals);
        const ConflictClass conflict_class{shape.hazard, shape.family};
        report_.classes[conflict_class].pairs += shape.count;
        if (classes.insert(conflict_class).second) {
            add_block(report_.classes[conflict_class]);
        }
    }
}

void ReportBuilder::add_chunks(const model::Verdict& verdict) {
    const std::uint64_t number = verdict.topoheight.value() / kChunkBlocks;
    const auto chunk_of = [&](const std::string& lane) -> ChunkTotals& {
        const auto [found, is_new] = report_.chunks.try_emplace({lane, number});
        if (is_new) {
            found->second.first = verdict.topoheight;
        }
        found->second.last = verdict.topoheight;
        return found->second;
    };
    ++chunk_of(std::string(kControlSuite)).blocks;
    for (const model::LaneReport& lane : verdict.lanes) {
        ChunkTotals& chunk = chunk_of(lane.executor);
        ++chunk.blocks;
        for (const model::Section section : lane.compared) {
            ++chunk.oracles[section].compared;
        }
        if (lane.kind == model::VerdictKind::kInconclusive && chunk.inconclusive++ == 0) {
            chunk.why = fmt::format(
                "block {}: {} {}", verdict.topoheight.value(),
                lane.reason ? model::inconclusive_reason_name(*lane.reason) : "", lane.detail);
        }
    }
    for (const model::Finding& finding : verdict.findings) {
        const bool is_lane = lane_of(verdict, finding.lane) != nullptr;
        ChunkTotals& chunk = chunk_of(is_lane ? finding.lane : std::string(kControlSuite));
        for (const model::Section section : oracles_of(finding)) {
            OracleTotals& oracle = chunk.oracles[section];
            if (oracle.findings++ == 0) {
                oracle.example = finding.sentence;
            }
        }
    }
}

FindingGroup& ReportBuilder::group_for(const model::Finding& finding,
                                       model::Topoheight topoheight) {
    const auto [found, is_new] =
        groups_.try_emplace(core::group_of(finding.fingerprint), report_.groups.size());
    if (is_new) {
        report_.groups.push_back({finding.fingerprint,
                                  finding.finding_class,
                                  finding.lane,
                                  0,
                                  0,
                                  topoheight,
                                  topoheight,
                                  {},
                                  {}});
    }
    return report_.groups[found->second];
}

void ReportBuilder::add_finding(const model::Verdict& verdict, const model::Finding& finding) {
    if (const auto shape = shape_of(finding)) {
        ++report_.shapes[*shape].findings;
    }
    FindingGroup& group = group_for(finding, verdict.topoheight);
    group.blocks += group.findings == 0 || group.last != verdict.topoheight ? 1U : 0U;
    ++group.findings;
    group.last = verdict.topoheight;
    if (group.kept.size() >= kMaxKeptPerGroup ||
        groups_.at(core::group_of(finding.fingerprint)) >= kMaxKeptGroups) {
        return;
    }
    ReportedFinding reported;
    reported.topoheight = verdict.topoheight;
    reported.line = lines_;
    reported.block_hash = verdict.block_hash;
    reported.finding = finding;
    reported.signatures = verdict.signatures;
    if (const model::LaneReport* lane = lane_of(verdict, finding.lane)) {
        reported.compared = lane->compared;
    }
    reported.impact = impact_in_words(verdict, finding.lane);
    Judge(verdict, reported).run();
    group.kept.push_back(report_.findings.size());
    report_.findings.push_back(std::move(reported));
}

void ReportBuilder::check_against(const RunRecord& run) {
    if (!run.result) {
        add_problem("The run has not ended, or was killed: its ledger is a part of it.");
        return;
    }
    for (std::string& sentence : disagreements(run, report_)) {
        add_problem(std::move(sentence));
    }
    if (!run.result->incomplete.empty()) {
        add_problem(fmt::format("The range is not complete: {}.", run.result->incomplete));
    }
}

Report ReportBuilder::finish(std::optional<RunRecord> run) {
    sum_up();
    say_controls(run ? run->request.control : kSequential, report_);
    if (run) {
        check_against(*run);
    } else {
        add_problem(
            "No run.json stands beside the ledger: whether blocks are missing at its end "
            "is not known.");
    }
    check_compared();
    report_.run = std::move(run);
    report_.no_times = "no times stand beside the ledger";
    return std::move(report_);
}

Report ReportBuilder::finish(BundleSource bundle) {
    sum_up();
    say_controls(kSequential, report_);
    check_compared();
    report_.bundle = std::move(bundle);
    report_.no_times = "a bundle holds none";
    return std::move(report_);
}

void ReportBuilder::sum_up() {
    report_.matches = audit_.matches();
    report_.mismatches = audit_.mismatches();
    report_.inconclusive = audit_.inconclusive();
    report_.gaps = audit_.gaps();
    const auto off = report_.signatures.find(model::SignaturePolicy::kOff);
    if (off != report_.signatures.end()) {
        report_.left_out.push_back(
            fmt::format("Signatures were not checked in {} of {} compared blocks: a forged "
                        "transaction passes there, in every lane.",
                        off->second, report_.matches + report_.mismatches));
    }
}

void ReportBuilder::check_compared() {
    if (report_.matches + report_.mismatches == 0) {
        add_problem("No block was compared.");
        return;
    }
    for (const LaneTotals& lane : report_.lanes) {
        if (lane.matches + lane.mismatches == 0) {
            add_problem(fmt::format("Candidate {} was compared in no block.", lane.executor));
        }
    }
}

}  // namespace parallax::reports
