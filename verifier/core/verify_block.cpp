#include "verifier/core/verify_block.hpp"

#include "verifier/core/block_verification.hpp"

#include <algorithm>

namespace parallax {

bool is_mismatch(FindingClass finding_class) noexcept {
    switch (finding_class) {
        case FindingClass::kDivergence:
        case FindingClass::kInvariantBroken:
        case FindingClass::kControlUnstable:
        case FindingClass::kRecordedDivergence:
        case FindingClass::kNotSerializable:
            return true;
        case FindingClass::kExecutorFailed:
            return false;
    }
    return true;
}

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
            verdict.reason = lane.reason.value_or(InconclusiveReason::kNotCompared);
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
    BlockVerification verification({view, block, profile, control, candidates, recorded, policy});
    verification.run_control(runner);
    for (std::size_t i = 0; verification.control() != nullptr && i < candidates.size(); ++i) {
        verification.run_candidate(i, runner);
    }
    return verification.finish(runner);
}

}  // namespace parallax
