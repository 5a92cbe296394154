#include "replay/bundle_verdict.hpp"

#include "replay/bundle_view.hpp"
#include "verifier/core/finding.hpp"
#include "verifier/core/verify_block.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace parallax {
namespace {

/// Answers with what a bundle holds.
class RecordedExecutor final : public BlockExecutor {
  public:
    /// `outcome` may be null: the lane left none. Both outlive the executor.
    RecordedExecutor(std::string_view name, const BlockOutcome* outcome)
        : name_(name), outcome_(outcome) {}

    [[nodiscard]] std::string_view name() const override { return name_; }
    [[nodiscard]] absl::StatusOr<BlockOutcome> execute(const StateView&, const AdmittedBlock&,
                                                       const ExecutionContext&) override {
        if (outcome_ == nullptr) {
            return absl::UnavailableError("the bundle holds no outcome of this lane");
        }
        return *outcome_;
    }

  private:
    const std::string_view name_;
    const BlockOutcome* const outcome_;
};

class PlainRunner final : public LaneRunner {
  public:
    absl::StatusOr<BlockOutcome> run(
        BlockExecutor&,
        const std::function<absl::StatusOr<BlockOutcome>(const std::atomic<bool>&)>& lane)
        override {
        const std::atomic<bool> cancelled{false};
        return lane(cancelled);
    }
    std::vector<SignatureCheck> check_signatures(const AdmittedBlock& block) override {
        return std::vector<SignatureCheck>(block.transactions().size(), SignatureCheck::kValid);
    }
};

/// The bundle's finding, and those of the outcomes that are about something else.
void put_first(const Finding& finding, Verdict& verdict) {
    std::vector<Finding> findings = {finding};
    for (Finding& other : verdict.findings) {
        // Another build may word or group the same difference in another way.
        const bool is_same =
            other.lane == finding.lane && (other.finding_class == finding.finding_class ||
                                           other.finding_class == FindingClass::kExecutorFailed);
        if (!is_same) {
            findings.push_back(std::move(other));
        }
    }
    verdict.findings = std::move(findings);
}

}  // namespace

absl::StatusOr<Verdict> verdict_of_bundle(const Bundle& bundle) {
    const auto block = admit_bundle(bundle);
    if (!block.ok()) {
        return block.status();
    }
    const Profile profile = bundle.rules.profile();
    const BundleView view(bundle.pre_state);
    RecordedExecutor control(kControlLane, &bundle.control);
    RecordedExecutor candidate(bundle.configuration.candidate,
                               bundle.candidate ? &*bundle.candidate : nullptr);
    std::vector<BlockExecutor*> candidates;
    if (!bundle.configuration.candidate.empty()) {
        candidates.push_back(&candidate);
    }
    VerifyPolicy policy;
    policy.signatures = signatures_of(bundle);
    policy.rerun_control_on_mismatch = false;
    PlainRunner runner;
    Verification verification =
        verify_block(view, *block, profile, control, candidates,
                     bundle.recorded ? &*bundle.recorded : nullptr, policy, runner);
    Verdict verdict = std::move(verification.verdict);
    put_first(bundle.finding, verdict);
    // What was found stands, whatever the outcomes that were kept come to.
    const bool differs = is_mismatch(bundle.finding.finding_class);
    for (LaneReport& lane : verdict.lanes) {
        if (lane.executor == bundle.finding.lane) {
            lane.kind = differs ? VerdictKind::kMismatch : VerdictKind::kInconclusive;
            lane.reason =
                differs ? std::nullopt : std::optional(InconclusiveReason::kExecutorFailed);
        }
    }
    conclude_verdict(verdict);
    if (verdict.kind == VerdictKind::kMatch) {
        verdict.kind = VerdictKind::kInconclusive;
        verdict.reason = InconclusiveReason::kExecutorFailed;
    }
    return verdict;
}

}  // namespace parallax
