#include "verifier/core/verify_block.hpp"

#include "verifier/core/compare.hpp"
#include "verifier/core/finding.hpp"
#include "verifier/core/invariants.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

namespace parallax {
namespace {

constexpr std::string_view kControlLane = "control";
constexpr std::string_view kRecordedLane = "recorded";

bool is_timeout(const absl::Status& status) {
    return status.code() == absl::StatusCode::kDeadlineExceeded;
}

std::vector<std::size_t> unsupported_in(const BlockOutcome& outcome) {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < outcome.results.size(); ++i) {
        if (outcome.results[i].status == TransactionStatus::kUnsupported) {
            found.push_back(i);
        }
    }
    return found;
}

/// Whether a finding alone makes a block a mismatch. A failed executor has shown no difference.
bool is_mismatch(FindingClass finding_class) {
    switch (finding_class) {
        case FindingClass::kDivergence:
        case FindingClass::kInvariantBroken:
        case FindingClass::kControlUnstable:
        case FindingClass::kRecordedDivergence:
            return true;
        case FindingClass::kExecutorFailed:
            return false;
    }
    return true;
}

/// One call of `verify_block`: its arguments, and the verification as it grows.
class BlockVerification {
  public:
    BlockVerification(const StateView& view, const AdmittedBlock& block, const Profile& profile,
                      const VerifyPolicy& policy, LaneRunner& runner)
        : view_(view), block_(block), profile_(profile), policy_(policy), runner_(runner) {
        result_.verdict.topoheight = block.placement().topoheight;
        result_.verdict.block_hash = block.hash();
        result_.verdict.signatures = policy.signatures;
        result_.verdict.transactions = static_cast<std::uint32_t>(block.transactions().size());
    }

    Verification run(BlockExecutor& control, std::span<BlockExecutor* const> candidates,
                     const BlockOutcome* recorded) {
        auto signatures = prepare_signatures();
        auto outcome = signatures.ok() ? run_lane(control, *signatures)
                                       : absl::StatusOr<BlockOutcome>(signatures.status());
        if (!outcome.ok()) {
            give_up(outcome.status(), candidates);
            return std::move(result_);
        }
        result_.control = *std::move(outcome);
        judge_control();
        const bool recorded_compared = recorded != nullptr && compare_recorded(*recorded);
        for (BlockExecutor* candidate : candidates) {
            verify_candidate(*candidate, *signatures, recorded_compared);
        }
        if (policy_.rerun_control_on_mismatch && has_mismatch()) {
            rerun_control(control, *signatures);
        }
        conclude_verdict(result_.verdict);
        return std::move(result_);
    }

  private:
    absl::StatusOr<SignatureSource> prepare_signatures() {
        switch (policy_.signatures) {
            case SignaturePolicy::kPerLane:
                return SignatureSource::per_lane(block_);
            case SignaturePolicy::kOff:
                return SignatureSource::off(block_);
            case SignaturePolicy::kOnce:
                break;
        }
        std::vector<SignatureCheck> checks = runner_.check_signatures(block_);
        if (checks.size() != block_.transactions().size()) {
            return absl::InternalError(fmt::format("{} signature answers for {} transactions",
                                                   checks.size(), block_.transactions().size()));
        }
        return SignatureSource::once(block_, std::move(checks));
    }

    absl::StatusOr<BlockOutcome> run_lane(BlockExecutor& executor,
                                          const SignatureSource& signatures) {
        return runner_.run(executor, [&](const std::atomic<bool>& cancelled) {
            return executor.execute(
                view_, block_,
                ExecutionContext{profile_, signatures, cancelled, policy_.record_accesses});
        });
    }

    [[nodiscard]] FindingSource source(FindingClass finding_class, std::string_view lane) const {
        return {block_, finding_class, lane, kControlLane, lane};
    }

    /// Without a control there is nothing to compare with, and no state to go on from.
    void give_up(const absl::Status& status, std::span<BlockExecutor* const> candidates) {
        Verdict& verdict = result_.verdict;
        const auto reason =
            is_timeout(status) ? InconclusiveReason::kTimedOut : InconclusiveReason::kControlFailed;
        for (const BlockExecutor* candidate : candidates) {
            LaneReport lane;
            lane.executor = candidate->name();
            lane.reason = reason;
            lane.detail = "control: " + status_text(status);
            verdict.lanes.push_back(std::move(lane));
        }
        result_.candidates.resize(candidates.size());
        if (!is_timeout(status)) {
            verdict.findings.push_back(
                make_failure_finding(status, source(FindingClass::kExecutorFailed, kControlLane)));
        }
        conclude_verdict(verdict);
        verdict.reason = reason;
    }

    void judge_control() {
        const BlockOutcome& control = *result_.control;
        Verdict& verdict = result_.verdict;
        verdict.keys = control.delta.entries.size();
        for (const TransactionResult& result : control.results) {
            verdict.executed += result.status == TransactionStatus::kExecuted ? 1 : 0;
            verdict.failed += result.status == TransactionStatus::kFailed ? 1 : 0;
        }
        control_unsupported_ = unsupported_in(control);
        (void)judge(control, kControlLane);  // a broken law is a finding, which is kept
    }

    /// Adds a finding if `outcome` breaks a law of its own; true then.
    bool judge(const BlockOutcome& outcome, std::string_view lane) {
        std::vector<Difference> broken = check_invariants(block_, profile_, outcome);
        if (broken.empty()) {
            return false;
        }
        result_.verdict.findings.push_back(make_invariant_finding(
            outcome, std::move(broken), source(FindingClass::kInvariantBroken, lane)));
        return true;
    }

    /// True if it could be compared, whatever came out.
    bool compare_recorded(const BlockOutcome& recorded) {
        if (!control_unsupported_.empty() || !unsupported_in(recorded).empty()) {
            return false;
        }
        Comparison comparison = compare(*result_.control, recorded);
        if (!comparison.differences.empty()) {
            result_.verdict.findings.push_back(
                make_finding(*result_.control, recorded, std::move(comparison),
                             source(FindingClass::kRecordedDivergence, kRecordedLane)));
        }
        return true;
    }

    void verify_candidate(BlockExecutor& candidate, const SignatureSource& signatures,
                          bool recorded_compared) {
        LaneReport lane;
        lane.executor = candidate.name();
        auto outcome = run_lane(candidate, signatures);
        if (!outcome.ok()) {
            report_failure(outcome.status(), lane);
            result_.candidates.emplace_back(std::nullopt);
        } else {
            compare_candidate(*outcome, lane);
            if (recorded_compared && !lane.compared.empty()) {
                lane.compared.push_back(Section::kRecorded);
            }
            result_.candidates.emplace_back(*std::move(outcome));
        }
        result_.verdict.lanes.push_back(std::move(lane));
    }

    void report_failure(const absl::Status& status, LaneReport& lane) {
        lane.detail = status_text(status);
        lane.reason = is_timeout(status) ? InconclusiveReason::kTimedOut
                                         : InconclusiveReason::kExecutorFailed;
        if (!is_timeout(status)) {
            result_.verdict.findings.push_back(
                make_failure_finding(status, source(FindingClass::kExecutorFailed, lane.executor)));
        }
    }

    void compare_candidate(const BlockOutcome& outcome, LaneReport& lane) {
        const std::vector<std::size_t> unsupported = unsupported_in(outcome);
        if (unsupported != control_unsupported_) {
            lane.reason = InconclusiveReason::kUnsupportedTransaction;
            lane.detail = describe_unsupported(unsupported, lane.executor);
            return;
        }
        Comparison comparison = compare(*result_.control, outcome);
        lane.compared = comparison.compared;
        bool differs = !comparison.differences.empty();
        if (differs) {
            result_.verdict.findings.push_back(
                make_finding(*result_.control, outcome, std::move(comparison),
                             source(FindingClass::kDivergence, lane.executor)));
        }
        differs = judge(outcome, lane.executor) || differs;
        lane.compared.push_back(Section::kInvariants);
        lane.kind = conclude_lane(lane.compared, differs);
        if (lane.kind == VerdictKind::kMatch && !unsupported.empty()) {
            lane.kind = VerdictKind::kInconclusive;
            lane.reason = InconclusiveReason::kUnsupportedTransaction;
            lane.detail = describe_unsupported(unsupported, lane.executor);
        } else if (lane.kind == VerdictKind::kInconclusive) {
            lane.reason = InconclusiveReason::kExecutorFailed;
            lane.detail = "not every required section was compared";
        }
    }

    /// Names the first transaction that a side does not support, with hash and type.
    [[nodiscard]] std::string describe_unsupported(const std::vector<std::size_t>& candidate,
                                                   std::string_view lane) const {
        const bool in_control =
            candidate.empty() ||
            (!control_unsupported_.empty() && control_unsupported_.front() <= candidate.front());
        const std::size_t i = in_control ? control_unsupported_.front() : candidate.front();
        const std::string_view side = in_control ? kControlLane : lane;
        if (i >= block_.transactions().size()) {
            return fmt::format("transaction {} is unsupported in {}, and not in the block", i,
                               side);
        }
        const AdmittedTransaction& transaction = block_.transactions()[i];
        return fmt::format(
            "transaction {} ({}) of type {} is unsupported in {}", i, transaction.hash.hex(),
            transaction_type_name(transaction_type(transaction.transaction.payload)), side);
    }

    [[nodiscard]] bool has_mismatch() const {
        const auto& findings = result_.verdict.findings;
        return std::any_of(findings.begin(), findings.end(), [](const Finding& finding) {
            return is_mismatch(finding.finding_class);
        });
    }

    /// Tells a wrong candidate from a control that does not agree with itself. Run 1 stands.
    void rerun_control(BlockExecutor& control, const SignatureSource& signatures) {
        const auto again = run_lane(control, signatures);
        FindingSource where = source(FindingClass::kControlUnstable, kControlLane);
        where.control_name = "its first run";
        where.candidate_name = "its second run";
        std::string note = "control re-run: same outcome";
        if (!again.ok()) {
            note = "control re-run: " + status_text(again.status());
            if (!is_timeout(again.status())) {
                result_.verdict.findings.push_back(make_failure_finding(again.status(), where));
            }
        } else if (Comparison comparison = compare(*result_.control, *again);
                   !comparison.differences.empty()) {
            note = "control re-run: another outcome";
            result_.verdict.findings.push_back(
                make_finding(*result_.control, *again, std::move(comparison), where));
        }
        for (LaneReport& lane : result_.verdict.lanes) {
            if (lane.kind == VerdictKind::kMismatch) {
                lane.detail = note;
            }
        }
    }

    const StateView& view_;
    const AdmittedBlock& block_;
    const Profile& profile_;
    const VerifyPolicy& policy_;
    LaneRunner& runner_;
    Verification result_;
    std::vector<std::size_t> control_unsupported_;
};

}  // namespace

VerdictKind conclude_lane(std::span<const Section> compared, bool differs) noexcept {
    if (differs) {
        return VerdictKind::kMismatch;
    }
    const bool all =
        std::all_of(kRequiredSections.begin(), kRequiredSections.end(), [&](Section section) {
            return std::find(compared.begin(), compared.end(), section) != compared.end();
        });
    return all ? VerdictKind::kMatch : VerdictKind::kInconclusive;
}

void conclude_verdict(Verdict& verdict) noexcept {
    verdict.kind = VerdictKind::kMatch;
    verdict.reason = std::nullopt;
    if (verdict.lanes.empty()) {
        verdict.kind = VerdictKind::kInconclusive;
        verdict.reason = InconclusiveReason::kNoCandidate;
    }
    for (const LaneReport& lane : verdict.lanes) {
        // A lane that calls itself a match is believed only with its sections.
        const bool is_match = lane.kind == VerdictKind::kMatch &&
                              conclude_lane(lane.compared, false) == VerdictKind::kMatch;
        if (!is_match && verdict.kind == VerdictKind::kMatch) {
            verdict.kind = VerdictKind::kInconclusive;
            verdict.reason = lane.reason.value_or(InconclusiveReason::kExecutorFailed);
        }
    }
    const bool mismatch =
        std::any_of(verdict.lanes.begin(), verdict.lanes.end(),
                    [](const LaneReport& lane) { return lane.kind == VerdictKind::kMismatch; }) ||
        std::any_of(verdict.findings.begin(), verdict.findings.end(),
                    [](const Finding& finding) { return is_mismatch(finding.finding_class); });
    if (mismatch) {
        verdict.kind = VerdictKind::kMismatch;
        verdict.reason = std::nullopt;
    }
}

Verification verify_block(const StateView& view, const AdmittedBlock& block, const Profile& profile,
                          BlockExecutor& control, std::span<BlockExecutor* const> candidates,
                          const BlockOutcome* recorded, const VerifyPolicy& policy,
                          LaneRunner& runner) {
    BlockVerification verification(view, block, profile, policy, runner);
    return verification.run(control, candidates, recorded);
}

}  // namespace parallax
