#include "reports/analysis/finding_view.hpp"

#include "reports/analysis/cause_text.hpp"
#include "reports/analysis/difference_reading.hpp"
#include "reports/analysis/finding_cause.hpp"
#include "reports/analysis/finding_group.hpp"
#include "reports/analysis/finding_steps.hpp"
#include "reports/formats/shell_word.hpp"
#include "reports/formats/wrapped.hpp"
#include "verifier/core/diagnosis/finding.hpp"
#include "verifier/core/verification/verify_block.hpp"
#include "verifier/model/families.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace parallax::reports {
namespace {

constexpr std::size_t kShownDigits = 8;

std::string writers_text(const std::vector<model::TxIndex>& writers) {
    std::vector<std::string> words;
    for (const model::TxIndex writer : writers) {
        words.push_back(model::is_transaction(writer.value()) ? fmt::format("tx {}", writer.value())
                        : writer.value() == model::kInitializeTransaction ? "beginning of block"
                                                                          : "end of block");
    }
    return fmt::format("{}", fmt::join(words, ", "));
}

/// What follows from the first difference, nearest first; a fold's title is its row's.
enum class Fold : std::uint8_t { kSame, kResults, kRows, kMoney, kSupply, kOther };
constexpr std::array<std::string_view, 6> kFoldTitles = {"The same transaction and row",
                                                         "Results of later transactions",
                                                         "Rows of accounts",
                                                         "Fees and the miner",
                                                         "Supply",
                                                         "Also different"};

/// The total or the counter that a difference is about.
std::optional<model::Counter> counter_of(const model::Difference& difference) {
    if (difference.key && difference.key->family == model::Family::kCounter) {
        const auto counter = static_cast<model::Counter>(difference.key->owner[0]);
        return model::counter_name(counter) != "unknown" ? std::optional(counter) : std::nullopt;
    }
    std::string_view field = difference.values.place.field;
    constexpr std::string_view kTotals = "totals.";
    if (is_total_invariant(difference.values.place)) {
        field.remove_prefix(kTotals.size());
    } else if (difference.values.place.kind != model::PlaceKind::kTotal) {
        return std::nullopt;
    }
    for (const model::Counter counter :
         {model::Counter::kEmittedSupply, model::Counter::kBurnedSupply, model::Counter::kGasFee,
          model::Counter::kMinerReward}) {
        if (model::counter_name(counter) == field) {
            return counter;
        }
    }
    return std::nullopt;
}

Fold fold_of(const model::Difference& difference, const model::Difference& first) {
    const std::optional<model::Counter> counter = counter_of(difference);
    if (counter == model::Counter::kEmittedSupply || counter == model::Counter::kBurnedSupply ||
        (difference.key && difference.key->family == model::Family::kAssetSupply)) {
        return Fold::kSupply;
    }
    if (difference.section == model::Section::kTotals || counter) {
        return Fold::kMoney;
    }
    const bool same_transaction = first.transaction && difference.transaction == first.transaction;
    if (same_transaction || (first.key && difference.key == first.key)) {
        return Fold::kSame;
    }
    if (difference.section == model::Section::kState) {
        return Fold::kRows;
    }
    const bool later = difference.section == model::Section::kResults && first.transaction &&
                       difference.transaction && *difference.transaction > *first.transaction;
    return later ? Fold::kResults : Fold::kOther;
}

/// The part of the row or of the outcome that a difference is about; empty for a whole row.
std::string field_of(const model::Difference& difference) {
    const model::Place& place = difference.values.place;
    switch (place.kind) {
        case model::PlaceKind::kRow:
        case model::PlaceKind::kRowAfter:
            return model::field_text(place);
        case model::PlaceKind::kRowBefore: {
            const std::string field = model::field_text(place);
            return fmt::format("{}{}before the block", field, field.empty() ? "" : ", ");
        }
        case model::PlaceKind::kAccess:
            return place.access ? std::string(model::access_kind_name(*place.access)) : "";
        case model::PlaceKind::kInvariant:
            return difference.key && place.field.empty() ? "" : difference.path;
        case model::PlaceKind::kUnknown:
        case model::PlaceKind::kBlock:
        case model::PlaceKind::kResult:
        case model::PlaceKind::kOrphan:
        case model::PlaceKind::kTotal:
        case model::PlaceKind::kHazard:
        case model::PlaceKind::kExecutor:
            break;
    }
    return difference.path;
}

ViewRow row_of(const model::Difference& difference, const ReportedFinding& reported,
               AccountNames& names) {
    const bool tos = is_tos_amount(difference);
    const auto amount = [&](const std::string& text) { return tos ? with_unit(text) : text; };
    ViewRow row;
    row.subject = difference.key ? names.row_name(*difference.key)
                                 : std::string(model::section_name(difference.section));
    if (difference.section == model::Section::kResults && difference.transaction) {
        row.subject = fmt::format("result of transaction {}{}", difference.transaction->value(),
                                  difference.key ? ", by " + row.subject : "");
    }
    row.field = field_of(difference);
    row.pre_state = difference.pre_state ? amount(*difference.pre_state) : "";
    row.control = amount(difference.control);
    row.candidate = is_wrapped(difference) ? unwrapped(difference) : amount(difference.candidate);
    if (reported.has_recorded) {
        const auto other = reported.recorded.find(difference.path);
        row.recorded = other == reported.recorded.end() ? row.control : amount(other->second);
    }
    row.delta =
        is_wrapped(difference) ? unwrapped_delta(difference) : difference.delta.value_or("");
    row.control_writers = writers_text(difference.control_writers);
    row.candidate_writers = writers_text(difference.candidate_writers);
    return row;
}

void add_folds(const ReportedFinding& reported, AccountNames& names, FindingView& view) {
    std::array<std::vector<ViewRow>, kFoldTitles.size()> rows;
    for (const model::Difference& difference : reported.finding.derived) {
        rows[static_cast<std::size_t>(fold_of(difference, reported.finding.first))].push_back(
            row_of(difference, reported, names));
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (!rows[i].empty()) {
            view.folds.push_back({std::string(kFoldTitles[i]), std::move(rows[i])});
        }
    }
    const std::uint64_t kept = reported.finding.derived.size();
    // A bundle or a line may claim fewer than it has.
    view.not_kept = std::max(reported.finding.derived_count, kept) - kept;
}

void add_scope(const ReportedFinding& reported, FindingView& view) {
    std::vector<model::Section> wanted(core::kRequiredSections.begin(),
                                       core::kRequiredSections.end());
    wanted.push_back(model::Section::kSerializability);
    wanted.push_back(model::Section::kRecorded);
    for (const model::Section section : wanted) {
        const std::string name(model::section_name(section));
        if (std::find(reported.compared.begin(), reported.compared.end(), section) !=
            reported.compared.end()) {
            view.compared.push_back(name);
        } else if (section == model::Section::kRecorded) {
            view.not_compared.push_back(name + ": no outcome of this block was recorded");
        } else if (section == model::Section::kSerializability) {
            view.not_compared.push_back(name + ": the schedule was not certified");
        } else {
            view.not_compared.push_back(
                name + (reported.compared.empty() ? ": there was no outcome to compare" : ""));
        }
    }
    if (reported.signatures == model::SignaturePolicy::kOff) {
        view.not_compared.emplace_back("signatures: switched off for this run");
    }
}

/// The word of a code, `NONCE_TOO_HIGH`, if the result's code differs, too.
std::string code_of(const model::Finding& finding, bool in_candidate) {
    for (const model::Difference& difference : finding.derived) {
        if (is_code_of(difference, finding.first.transaction)) {
            const std::string name =
                error_name(in_candidate ? difference.values.candidate : difference.values.control);
            return name.empty() ? "" : " with " + name;
        }
    }
    return "";
}

std::string type_of(const model::Finding& finding) {
    for (const model::InvolvedTransaction& involved : finding.transactions) {
        if (involved.index == finding.first.transaction) {
            return std::string(model::transaction_type_name(involved.type));
        }
    }
    return "a transaction";
}

std::string title_of(const FindingGroup& group, const model::Finding& finding) {
    const model::Difference& first = finding.first;
    std::string what = first.path;
    if (first.section == model::Section::kState && first.key) {
        const std::string family(model::family_row(first.key->family).name);
        const std::string field = field_of(first);
        what = fmt::format("{} {}", family, field.empty() ? "row" : field);
    } else if (first.section == model::Section::kSerializability && first.key) {
        const std::optional<model::Hazard> found = first.values.place.hazard;
        std::string hazard = found ? std::string(model::hazard_name(*found)) : first.path;
        std::replace(hazard.begin(), hazard.end(), '_', ' ');
        what = fmt::format("{} of the row {}", hazard, model::family_row(first.key->family).name);
    } else if (first.section == model::Section::kResults) {
        what = fmt::format("{} {}{} instead of {}{}", type_of(finding), first.candidate,
                           code_of(finding, true), first.control, code_of(finding, false));
        if (first.key) {
            what += fmt::format(", over the row {}", model::family_row(first.key->family).name);
        }
    }
    return fmt::format("{} in {}: {}", model::finding_class_name(group.finding_class), group.lane,
                       what);
}

/// The bundle that stands for the group; null without one.
const KeptBundle* bundle_of(const Report& report, const model::Hash& fingerprint) {
    if (!report.run) {
        return nullptr;
    }
    const auto& bundles = report.run->bundles;
    const auto found = std::find_if(bundles.begin(), bundles.end(), [&](const KeptBundle& bundle) {
        return core::group_of(bundle.fingerprint) == core::group_of(fingerprint);
    });
    return found == bundles.end() ? nullptr : &*found;
}

void add_repeats(const Report& report, const FindingGroup& group, FindingView& view) {
    const KeptBundle* bundle = bundle_of(report, group.fingerprint);
    view.repeats = bundle == nullptr ? "not tried" : repeat_word(*bundle);
    view.bundle = bundle == nullptr ? "" : bundle->file;
    std::string tried = "Whether it shows again in a fresh run was not tried.";
    if (bundle != nullptr && bundle->runs > 0) {
        tried = fmt::format("Block {} was run again right after the run: {}.",
                            bundle->topoheight.value(), rerun_text(*bundle));
    }
    view.reproducibility = report.bundle ? tried
                                         : fmt::format(
                                               "Seen {} in {} of {}, first in block {}, last in "
                                               "block {}. {}",
                                               counted(group.findings, "time"), group.blocks,
                                               counted(report.blocks.size(), "block"),
                                               group.first.value(), group.last.value(), tried);
}

std::string network_of(const Report& report) {
    if (report.bundle) {
        return report.bundle->network;
    }
    return report.run ? report.run->request.network : "";
}

/// What the command ends with: `reproduce` says 2 of any finding that it meets.
int expected_code(const Report& report, const model::Finding& finding) {
    const bool failed = finding.finding_class == model::FindingClass::kExecutorFailed;
    return failed && !report.bundle ? 3 : 2;
}

void add_cause(CauseWords words, FindingView& view) {
    if (words.repeats_decide) {
        words.likely += view.repeats == "schedule-dependent"
                            ? " It comes and goes from run to run, as a race does."
                        : view.repeats == "deterministic"
                            ? " It came in every run again, which speaks against a race."
                            : " More runs tell: a race comes and goes, what is skipped is missing "
                              "each time.";
    }
    view.observed = words.observed;
    view.likely = words.likely;
    view.cause = words.whole();
}

/// What a run of the command ends with, and what to do where one run may not be enough.
void add_expectation(const Report& report, const FindingGroup& group, const model::Finding& finding,
                     FindingView& view) {
    const std::string met =
        fmt::format("exit code {}, and a finding with fingerprint {}",
                    expected_code(report, finding), view.fingerprint.substr(0, kShownDigits));
    view.expected = met;
    const KeptBundle* bundle = bundle_of(report, group.fingerprint);
    if (bundle == nullptr) {
        return;
    }
    const bool own = bundle->topoheight == view.topoheight;
    view.bundle_note = own ? "It is of this block."
                           : fmt::format(
                                 "It is of block {}, which stands for the whole group; of "
                                 "this block none was kept.",
                                 bundle->topoheight.value());
    if (bundle->runs == 0 || bundle->met == bundle->runs) {
        return;
    }
    if (bundle->met == 0) {
        view.expected = fmt::format("exit code 0 most times, and {} when it shows", met);
    }
    view.how_to_meet = fmt::format(
        "One run need not show it. Loop it: `while parallax reproduce {0}; do :; done` ends when "
        "it "
        "shows. Or look for its schedule: `parallax explore {0}`, or `parallax shrink {0} --out "
        "SMALL.pxb`, which keeps the schedule.",
        shell_word(bundle->file));
}

FindingView view_of(const Report& report, const FindingGroup& group,
                    const ReportedFinding& reported) {
    const model::Finding& finding = reported.finding;
    AccountNames names(network_of(report));
    names.learn(finding);
    FindingView view;
    view.topoheight = reported.topoheight;
    add_repeats(report, group, view);
    view.fingerprint = finding.fingerprint.hex();
    // All findings of a lane in one block are of one group: their symptoms tell them apart.
    view.id = fmt::format("{}-{}-{}", reported.topoheight.value(), finding.lane,
                          view.fingerprint.substr(view.fingerprint.size() / 2, kShownDigits));
    view.title = title_of(group, finding);
    add_cause(cause_in_words(finding, names), view);
    view.put_down_to = cause_text(finding.cause);
    view.impact = reported.impact;
    view.shared = shared_in(report, group);
    view.stage = group.stage;
    view.sentence = unwrapped_sentence(names.renamed(finding.sentence), finding.first);
    view.class_name = model::finding_class_name(finding.finding_class);
    view.lane = finding.lane;
    view.line = reported.line;
    view.block_hash = reported.block_hash.hex();
    view.blame = blame_name(reported.blame);
    view.evidence = reported.evidence;
    view.first = row_of(finding.first, reported, names);
    add_folds(reported, names, view);
    add_steps(finding, names, view);
    view.transactions = finding.transactions;
    for (const auto& [key, name] : names.all()) {
        view.accounts.push_back(name);
    }
    view.command = reproduce_command(report, finding.lane, reported.topoheight);
    add_expectation(report, group, finding, view);
    add_scope(reported, view);
    return view;
}

}  // namespace

bool is_tos_amount(const model::Difference& difference) {
    if (difference.section == model::Section::kTotals) {
        return true;
    }
    if (difference.section == model::Section::kResults) {
        return is_result_amount(difference.values.place);
    }
    if (!difference.key) {
        return false;
    }
    const model::StateKey& key = *difference.key;
    return key.family == model::Family::kCounter ||
           (key.family == model::Family::kBalance &&
            model::AssetId::from_array(key.detail) == model::kTosAsset) ||
           (key.family == model::Family::kAssetSupply &&
            model::AssetId::from_array(key.owner) == model::kTosAsset);
}

std::string with_unit(const std::string& number) {
    if (number.empty() || number.size() > 20 ||
        number.find_first_not_of("0123456789") != std::string::npos) {
        return number;
    }
    constexpr std::size_t kDecimals = 8;
    const std::string padded =
        std::string(number.size() <= kDecimals ? kDecimals + 1 - number.size() : 0, '0') + number;
    const std::size_t point = padded.size() - kDecimals;
    return fmt::format("{} ({}.{} TOS)", number, padded.substr(0, point), padded.substr(point));
}

std::string counted(std::uint64_t count, std::string_view noun) {
    return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string_view repeat_word(const KeptBundle& bundle) noexcept {
    if (bundle.runs == 0) {
        return "not tried";
    }
    if (!bundle.control_stable) {
        return "environmental";
    }
    if (bundle.met == bundle.runs) {
        return "deterministic";
    }
    if (bundle.met > 0) {
        return "schedule-dependent";
    }
    return bundle.inconclusive > 0 ? "inconclusive" : "not met again";
}

std::string rerun_text(const KeptBundle& bundle) {
    if (bundle.runs == 0) {
        return "not run again";
    }
    const bool never = bundle.met == 0 && bundle.control_stable && bundle.inconclusive == 0;
    std::string text =
        fmt::format("met again in {} of {}{}{}", bundle.met, counted(bundle.runs, "fresh run"),
                    never ? ": parallax shrink looks for its schedule" : ", ",
                    never ? "" : repeat_word(bundle));
    if (bundle.other > 0) {
        text += fmt::format("; {} found something else", bundle.other);
    }
    if (bundle.inconclusive > 0) {
        text += fmt::format("; {} gave no answer", bundle.inconclusive);
    }
    return text + (bundle.control_stable ? "" : ": the control disagreed with itself");
}

std::string reproduce_command(const Report& report, const std::string& lane,
                              model::Topoheight topoheight) {
    if (report.bundle) {
        return "parallax reproduce " + shell_word(report.bundle->file);
    }
    const std::optional<RunRecord>& run = report.run;
    std::string command = fmt::format("parallax replay {} --from {} --to {}",
                                      run ? shell_word(run->request.archive) : "ARCHIVE",
                                      topoheight.value(), topoheight.value());
    if (!run) {
        return command + " --candidate " + lane + " --out DIR";
    }
    const RunRequest& request = run->request;
    const bool is_candidate = std::find(request.candidates.begin(), request.candidates.end(),
                                        lane) != request.candidates.end();
    for (const std::string& candidate : request.candidates) {
        // A seeded fault brings its own candidate.
        const bool wanted = request.fault.empty() && (!is_candidate || candidate == lane);
        command += wanted ? " --candidate " + candidate : "";
    }
    std::string signatures = request.signatures;
    std::replace(signatures.begin(), signatures.end(), '_', '-');
    command += fmt::format(" --signatures {} --failure-model {} --threads {}{}", signatures,
                           request.failure_model, request.threads,
                           request.isolated || !request.fault.empty() ? "" : " --no-isolate");
    if (!request.fault.empty()) {
        command += " --fault " + shell_word(request.fault);
    }
    return command + " --out DIR";
}

std::vector<FindingView> view_findings(const Report& report) {
    std::vector<FindingView> views(report.findings.size());
    for (const FindingGroup& group : report.groups) {
        for (const std::size_t i : group.kept) {
            views[i] = view_of(report, group, report.findings[i]);
        }
    }
    return views;
}

}  // namespace parallax::reports
