#include "verifier/core/verification/verify_block.hpp"

#include "verifier/core/verification/block_verification.hpp"

#include <algorithm>

namespace parallax::core {

bool is_mismatch(model::FindingClass finding_class) noexcept {
    switch (finding_class) {
        case model::FindingClass::kDivergence:
        case model::FindingClass::kInvariantBroken:
        case model::FindingClass::kControlUnstable:
        case model::FindingClass::kRecordedDivergence:
        case model::FindingClass::kNotSerializable:
            return true;
        case model::FindingClass::kExecutorFailed:
            return false;
    }
    return true;
}

model::VerdictKind conclude_lane(std::span<const model::Section> compared, bool differs) noexcept {
    if (differs) {
        return model::VerdictKind::kMismatch;
    }
    const bool all = std::all_of(
        kRequiredSections.begin(), kRequiredSections.end(), [&](model::Section section) {
            return std::find(compared.begin(), compared.end(), section) != compared.end();
        });
    return all ? model::VerdictKind::kMatch : model::VerdictKind::kInconclusive;
}

void conclude_verdict(model::Verdict& verdict) noexcept {
    verdict.kind = model::VerdictKind::kMatch;
    verdict.reason = std::nullopt;
    if (verdict.lanes.empty()) {
        verdict.kind = model::VerdictKind::kInconclusive;
        verdict.reason = model::InconclusiveReason::kNoCandidate;
    }
    for (const model::LaneReport& lane : verdict.lanes) {
        // A lane that calls itself a match is believed only with its sections.
        const bool is_match = lane.kind == model::VerdictKind::kMatch &&
                              conclude_lane(lane.compared, false) == model::VerdictKind::kMatch;
        if (!is_match && verdict.kind == model::VerdictKind::kMatch) {
            verdict.kind = model::VerdictKind::kInconclusive;
            verdict.reason = lane.reason.value_or(model::InconclusiveReason::kNotCompared);
        }
    }
    const bool mismatch = std::any_of(verdict.lanes.begin(), verdict.lanes.end(),
                                      [](const model::LaneReport& lane) {
                                          return lane.kind == model::VerdictKind::kMismatch;
                                      }) ||
                          std::any_of(verdict.findings.begin(), verdict.findings.end(),
                                      [](const model::Finding& finding) {
                                          return is_mismatch(finding.finding_class);
                                      });
    if (mismatch) {
        verdict.kind = model::VerdictKind::kMismatch;
        verdict.reason = std::nullopt;
    }
}

Verification verify_block(const protocol::StateView& view, const protocol::AdmittedBlock& block,
                          const protocol::Protocol& protocol, BlockExecutor& control,
                          std::span<BlockExecutor* const> candidates,
                          const model::Recording& recorded, const VerifyPolicy& policy,
                          LaneRunner& runner) {
    BlockVerification verification({view, block, protocol, control, candidates, recorded, policy});
    verification.run_control(runner);
    for (std::size_t i = 0; verification.control() != nullptr && i < candidates.size(); ++i) {
        verification.run_candidate(i, runner);
    }
    return verification.finish(runner);
}

}  // namespace parallax::core
