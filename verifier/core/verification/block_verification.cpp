#include "verifier/core/verification/block_verification.hpp"

#include "verifier/core/comparison/compare.hpp"
#include "verifier/core/comparison/faulty_comparison.hpp"
#include "verifier/core/comparison/observed_outcome.hpp"
#include "verifier/core/coverage/conflict_shapes.hpp"
#include "verifier/core/diagnosis/cause.hpp"
#include "verifier/core/diagnosis/evidence.hpp"
#include "verifier/core/diagnosis/finding.hpp"
#include "verifier/core/diagnosis/version_summary.hpp"
#include "verifier/core/oracles/invariants.hpp"
#include "verifier/core/oracles/serializability.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

namespace parallax::core {
namespace {

bool is_timeout(const absl::Status& status) {
    return status.code() == absl::StatusCode::kDeadlineExceeded;
}

std::vector<std::size_t> unsupported_in(const model::BlockOutcome& outcome) {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < outcome.results.size(); ++i) {
        if (outcome.results[i].status == model::TransactionStatus::kUnsupported) {
            found.push_back(i);
        }
    }
    return found;
}

bool has_mismatch(const std::vector<model::Finding>& findings) {
    return std::any_of(findings.begin(), findings.end(), [](const model::Finding& finding) {
        return is_mismatch(finding.finding_class);
    });
}

/// Adds what is not there yet: equal outcomes leave the same things unjudged.
void add_new(std::vector<model::UnjudgedInvariant> found,
             std::vector<model::UnjudgedInvariant>& known) {
    for (model::UnjudgedInvariant& law : found) {
        if (std::find(known.begin(), known.end(), law) == known.end()) {
            known.push_back(std::move(law));
        }
    }
}

}  // namespace

/// What one candidate came to.
struct BlockVerification::Lane {
    model::LaneReport report;
    std::vector<model::Finding> findings;
    std::vector<model::UnjudgedInvariant> unjudged;
    std::optional<model::BlockOutcome> outcome;
};

BlockVerification::BlockVerification(const VerificationInput& input)
    : input_(input), lanes_(input.candidates.size()) {
    model::Verdict& verdict = result_.verdict;
    verdict.topoheight = input_.block.placement().topoheight;
    verdict.block_hash = input_.block.hash();
    verdict.signatures = input_.policy.signatures;
    verdict.transactions = static_cast<std::uint32_t>(input_.block.transactions().size());
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
        lanes_[i].report.executor = input_.candidates[i]->name();
    }
}

BlockVerification::~BlockVerification() = default;

void BlockVerification::run_control(LaneRunner& runner) {
    auto signatures = prepare_signatures(runner);
    if (!signatures.ok()) {
        give_up(signatures.status());
        return;
    }
    signatures_ = *std::move(signatures);
    auto outcome = run_lane(input_.control, runner);
    if (!outcome.ok()) {
        give_up(outcome.status());
        return;
    }
    result_.control = *std::move(outcome);
    judge_control();
    compare_recorded();
}

const model::BlockOutcome* BlockVerification::control() const noexcept {
    return result_.control ? &*result_.control : nullptr;
}

void BlockVerification::run_candidate(std::size_t candidate, LaneRunner& runner) {
    Lane& lane = lanes_[candidate];
    if (auto declined = input_.candidates[candidate]->declines(input_.block)) {
        lane.report.reason = declined->reason;
        lane.report.detail = std::move(declined->detail);
        return;
    }
    if (input_.policy.verifier_fault == VerifierFault::kSkipsBlocks &&
        input_.block.hash().bytes().back() % 3 == 0) {
        count_as_equal(lane);
        return;
    }
    auto outcome = run_lane(*input_.candidates[candidate], runner);
    if (!outcome.ok()) {
        report_failure(outcome.status(), lane);
        return;
    }
    compare_candidate(*outcome, lane);
    finish_recorded(lane);
    lane.outcome = *std::move(outcome);
}

Verification BlockVerification::finish(LaneRunner& control_runner) {
    model::Verdict& verdict = result_.verdict;
    for (Lane& lane : lanes_) {
        verdict.lanes.push_back(std::move(lane.report));
        std::move(lane.findings.begin(), lane.findings.end(), std::back_inserter(verdict.findings));
        add_new(std::move(lane.unjudged), verdict.unjudged);
        result_.candidates.push_back(std::move(lane.outcome));
    }
    if (input_.policy.on_findings && !verdict.findings.empty()) {
        input_.policy.on_findings(result_);
    }
    if (result_.control && input_.policy.rerun_control_on_mismatch &&
        has_mismatch(verdict.findings)) {
        rerun_control(control_runner);
    }
    const std::optional<model::InconclusiveReason> given_up = verdict.reason;
    conclude_verdict(verdict);
    if (given_up) {
        verdict.reason = given_up;
    }
    return std::move(result_);
}

absl::StatusOr<protocol::SignatureSource> BlockVerification::prepare_signatures(
    LaneRunner& runner) const {
    const protocol::AdmittedBlock& block = input_.block;
    switch (input_.policy.signatures) {
        case model::SignaturePolicy::kPerLane:
            return protocol::SignatureSource::per_lane(block);
        case model::SignaturePolicy::kOff:
            return protocol::SignatureSource::off(block);
        case model::SignaturePolicy::kOnce:
            break;
    }
    std::vector<crypto::SignatureCheck> checks = runner.check_signatures(block);
    if (checks.size() != block.transactions().size()) {
        return absl::InternalError(fmt::format("{} signature answers for {} transactions",
                                               checks.size(), block.transactions().size()));
    }
    return protocol::SignatureSource::once(block, std::move(checks));
}

absl::StatusOr<model::BlockOutcome> BlockVerification::run_lane(BlockExecutor& executor,
                                                                LaneRunner& runner) const {
    return runner.run(executor, [&](const std::atomic<bool>& cancelled) {
        return executor.execute(input_.view, input_.block,
                                ExecutionContext{input_.protocol, *signatures_, cancelled,
                                                 input_.policy.record_accesses});
    });
}

FindingSource BlockVerification::source(model::FindingClass finding_class,
                                        std::string_view lane) const {
    return {input_.block, input_.protocol, finding_class, lane, kControlLane, lane};
}

/// Without a control there is nothing to compare with, and no state to go on from.
void BlockVerification::give_up(const absl::Status& status) {
    const auto reason = is_timeout(status) ? model::InconclusiveReason::kTimedOut
                                           : model::InconclusiveReason::kControlFailed;
    for (Lane& lane : lanes_) {
        lane.report.reason = reason;
        lane.report.detail = "control: " + status_text(status);
    }
    if (!is_timeout(status)) {
        result_.verdict.findings.push_back(make_failure_finding(
            status, source(model::FindingClass::kExecutorFailed, kControlLane)));
    }
    result_.verdict.reason = reason;
}

void BlockVerification::judge_control() {
    const model::BlockOutcome& control = *result_.control;
    model::Verdict& verdict = result_.verdict;
    verdict.keys = control.delta.entries.size();
    for (const model::TransactionResult& result : control.results) {
        verdict.executed += result.status == model::TransactionStatus::kExecuted ? 1 : 0;
        verdict.failed += result.status == model::TransactionStatus::kFailed ? 1 : 0;
    }
    if (control.access_log) {
        verdict.conflicts = conflict_shapes(input_.block, *control.access_log);
    }
    control_unsupported_ = unsupported_in(control);
    // A broken invariant is a finding: kept.
    (void)judge(control, {}, kControlLane, verdict.findings, verdict.unjudged);
}

/// Judges `outcome` alone, by invariants and log, and adds a finding for each kind of difference
/// that it or `comparison` shows, all put down to one cause; true if there are any.
bool BlockVerification::judge(const model::BlockOutcome& outcome, Comparison comparison,
                              std::string_view lane, std::vector<model::Finding>& findings,
                              std::vector<model::UnjudgedInvariant>& unjudged) const {
    const VerifierFault fault = input_.policy.verifier_fault;
    std::vector<model::Difference> broken;
    std::vector<model::Difference> hazards;
    if (fault != VerifierFault::kSkipsInvariants) {
        broken = check_invariants(input_.block, input_.protocol, outcome, &unjudged);
    }
    if (fault != VerifierFault::kSkipsCertificate) {
        hazards = check_serializability(outcome);
    }
    if (comparison.differences.empty() && broken.empty() && hazards.empty()) {
        return false;
    }
    const model::BlockOutcome& control = *result_.control;
    const model::Cause cause = cause_of(
        {input_.view, input_.block, control, outcome, comparison.differences, hazards, broken});
    const auto add = [&](model::Finding finding, const model::BlockOutcome* other) {
        put_into_group(cause, finding);
        findings.push_back(with_evidence(std::move(finding), other, outcome));
    };
    if (!comparison.differences.empty()) {
        model::Finding finding = make_finding(control, outcome, std::move(comparison),
                                              source(model::FindingClass::kDivergence, lane));
        add_summary(outcome, finding);
        add(std::move(finding), &control);
    }
    if (!broken.empty()) {
        add(make_invariant_finding(outcome, std::move(broken),
                                   source(model::FindingClass::kInvariantBroken, lane)),
            nullptr);
    }
    if (!hazards.empty()) {
        add(make_serializability_finding(outcome, std::move(hazards),
                                         source(model::FindingClass::kNotSerializable, lane)),
            &control);
    }
    return true;
}

/// What the other outcome did to the block as a whole, where that can be told.
void BlockVerification::add_summary(const model::BlockOutcome& other,
                                    model::Finding& finding) const {
    const model::BlockOutcome& control = *result_.control;
    if (control.status != model::BlockStatus::kAccepted ||
        other.status != model::BlockStatus::kAccepted) {
        return;
    }
    if (const std::string summary = version_summary(input_.block, control, other);
        !summary.empty()) {
        finding.sentence += " " + summary;
    }
}

model::Finding BlockVerification::with_evidence(model::Finding finding,
                                                const model::BlockOutcome* control,
                                                const model::BlockOutcome& candidate) const {
    add_evidence({input_.view, input_.block, control, candidate}, finding);
    return finding;
}

/// Nothing is compared where a side has unsupported transactions.
void BlockVerification::compare_recorded() {
    if (const auto& recorded = input_.recorded.outcome) {
        const auto unsupported = unsupported_in(*recorded);
        if (control_unsupported_.empty() && unsupported.empty()) {
            hold_against_recorded(std::string(kRecordedLane), *recorded);
        } else if (control_unsupported_.empty()) {
            recorded_problem_ = fmt::format(
                "the recorded outcome was not compared: it says that transaction {} is "
                "unsupported, which the control has executed",
                unsupported.front());
        }
    }
    for (const model::Observation& observation : input_.recorded.observations) {
        compare_observed(observation);
    }
}

void BlockVerification::compare_observed(const model::Observation& observation) {
    auto observed = observed_outcome(observation, *result_.control, input_.view,
                                     input_.block.execution_topoheight());
    if (!observed.ok()) {
        recorded_problem_ = "what was observed was not compared: " + status_text(observed.status());
        return;
    }
    result_.verdict.observed.push_back(observed->seen);
    if (!saw_something(observed->seen)) {
        return;
    }
    if (control_unsupported_.empty()) {
        hold_against_recorded(recorded_lane(observation.source), std::move(observed->outcome));
    } else if (observation.source.empty()) {
        result_.verdict.observed.back().adopted = true;
        result_.adopted = std::move(observed->outcome.delta);
    }
}

void BlockVerification::hold_against_recorded(std::string lane, model::BlockOutcome recorded) {
    recorded_compared_ = true;
    const model::BlockOutcome& control = *result_.control;
    Comparison comparison = compare(control, recorded);
    if (!comparison.differences.empty()) {
        const model::Cause cause = cause_of(
            {input_.view, input_.block, control, recorded, comparison.differences, {}, {}});
        model::Finding finding =
            make_finding(control, recorded, std::move(comparison),
                         source(model::FindingClass::kRecordedDivergence, lane));
        add_summary(recorded, finding);
        put_into_group(cause, finding);
        result_.verdict.findings.push_back(with_evidence(std::move(finding), &control, recorded));
    }
    result_.recorded.push_back({std::move(lane), std::move(recorded)});
}

/// Says of a lane that was compared how the node's record was; a recorder cannot switch its own
/// opinion off.
void BlockVerification::finish_recorded(Lane& lane) const {
    if (recorded_compared_ && !lane.report.compared.empty()) {
        lane.report.compared.push_back(model::Section::kRecorded);
    }
    if (!recorded_problem_.empty() && lane.report.kind == model::VerdictKind::kMatch) {
        lane.report.kind = model::VerdictKind::kInconclusive;
        lane.report.reason = model::InconclusiveReason::kNotCompared;
        lane.report.detail = recorded_problem_;
    }
}

/// What a faulty verifier says of a lane that it did not look at.
void BlockVerification::count_as_equal(Lane& lane) {
    lane.report.kind = model::VerdictKind::kMatch;
    lane.report.compared.assign(kRequiredSections.begin(), kRequiredSections.end());
}

void BlockVerification::report_failure(const absl::Status& status, Lane& lane) const {
    if (input_.policy.verifier_fault == VerifierFault::kSwallowsErrors) {
        count_as_equal(lane);
        return;
    }
    lane.report.detail = status_text(status);
    lane.report.reason = is_timeout(status) ? model::InconclusiveReason::kTimedOut
                                            : model::InconclusiveReason::kExecutorFailed;
    if (!is_timeout(status)) {
        lane.findings.push_back(make_failure_finding(
            status, source(model::FindingClass::kExecutorFailed, lane.report.executor)));
    }
}

void BlockVerification::compare_candidate(const model::BlockOutcome& outcome, Lane& lane) const {
    model::LaneReport& report = lane.report;
    const std::vector<std::size_t> unsupported = unsupported_in(outcome);
    if (unsupported != control_unsupported_) {
        report.reason = model::InconclusiveReason::kUnsupportedTransaction;
        report.detail = describe_unsupported(unsupported, report.executor);
        return;
    }
    const VerifierFault fault = input_.policy.verifier_fault;
    Comparison comparison = fault == VerifierFault::kNone
                                ? compare(*result_.control, outcome)
                                : faulty_comparison(*result_.control, outcome, fault);
    report.compared = comparison.compared;
    const bool differs =
        judge(outcome, std::move(comparison), report.executor, lane.findings, lane.unjudged);
    report.compared.push_back(model::Section::kInvariants);
    const bool logs =
        can_check_serializability(outcome) && can_check_serializability(*result_.control);
    if (logs) {
        report.compared.push_back(model::Section::kSerializability);
    }
    report.kind = conclude_lane(report.compared, differs);
    if (report.kind == model::VerdictKind::kMatch && input_.policy.record_accesses && !logs) {
        report.kind = model::VerdictKind::kInconclusive;
    }
    if (report.kind == model::VerdictKind::kMatch && !unsupported.empty()) {
        report.kind = model::VerdictKind::kInconclusive;
        report.reason = model::InconclusiveReason::kUnsupportedTransaction;
        report.detail = describe_unsupported(unsupported, report.executor);
    } else if (report.kind == model::VerdictKind::kInconclusive) {
        report.reason = model::InconclusiveReason::kNotCompared;
        report.detail = !logs && input_.policy.record_accesses
                            ? "there is no access log to hold against block order"
                            : "not every required section was compared";
    }
}

/// Names the first transaction that a side does not support, with hash and type.
std::string BlockVerification::describe_unsupported(const std::vector<std::size_t>& candidate,
                                                    std::string_view lane) const {
    const protocol::AdmittedBlock& block = input_.block;
    if (!block.placement().bodies_shown) {
        return fmt::format("its node does not show all bytes of its {} transactions",
                           block.transactions().size());
    }
    const bool in_control =
        candidate.empty() ||
        (!control_unsupported_.empty() && control_unsupported_.front() <= candidate.front());
    const std::size_t i = in_control ? control_unsupported_.front() : candidate.front();
    const std::string_view side = in_control ? kControlLane : lane;
    if (i >= block.transactions().size()) {
        return fmt::format("transaction {} is unsupported in {}, and not in the block", i, side);
    }
    const protocol::AdmittedTransaction& transaction = block.transactions()[i];
    return fmt::format("transaction {} ({}) of type {} is unsupported in {}", i,
                       transaction.hash.hex(), model::transaction_type_name(transaction.type),
                       side);
}

/// Tells a wrong candidate from a control that does not agree with itself. Run 1 stands.
void BlockVerification::rerun_control(LaneRunner& runner) {
    const auto again = run_lane(input_.control, runner);
    FindingSource where = source(model::FindingClass::kControlUnstable, kControlLane);
    where.control_name = "its first run";
    where.candidate_name = "its second run";
    std::string note = "control re-run: same outcome";
    model::ControlRerun rerun = model::ControlRerun::kSame;
    if (!again.ok()) {
        note = "control re-run: " + status_text(again.status());
        rerun = model::ControlRerun::kFailed;
        if (!is_timeout(again.status())) {
            result_.verdict.findings.push_back(make_failure_finding(again.status(), where));
        }
    } else if (Comparison comparison = compare(*result_.control, *again);
               !comparison.differences.empty()) {
        note = "control re-run: another outcome";
        rerun = model::ControlRerun::kAnother;
        result_.verdict.findings.push_back(
            with_evidence(make_finding(*result_.control, *again, std::move(comparison), where),
                          &*result_.control, *again));
    }
    for (model::LaneReport& lane : result_.verdict.lanes) {
        if (lane.kind == model::VerdictKind::kMismatch) {
            lane.detail = note;
            lane.rerun = rerun;
        }
    }
}

}  // namespace parallax::core
