#include "replay/bundle/bundle_verdict.hpp"

#include "replay/bundle/bundle_view.hpp"
#include "verifier/codec/finding_values.hpp"
#include "verifier/core/diagnosis/finding.hpp"
#include "verifier/core/verification/verify_block.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace parallax::replay {
namespace {

/// Answers with what a bundle holds.
class RecordedExecutor final : public core::BlockExecutor {
  public:
    /// `outcome` may be null: the lane left none. Both outlive the executor.
    RecordedExecutor(std::string_view name, const model::BlockOutcome* outcome)
        : name_(name), outcome_(outcome) {}

    [[nodiscard]] std::string_view name() const override { return name_; }
    [[nodiscard]] absl::StatusOr<model::BlockOutcome> execute(
        const protocol::StateView&, const protocol::AdmittedBlock&,
        const core::ExecutionContext&) override {
        if (outcome_ == nullptr) {
            return absl::UnavailableError("the bundle holds no outcome of this lane");
        }
        return *outcome_;
    }

  private:
    const std::string_view name_;
    const model::BlockOutcome* const outcome_;
};

class PlainRunner final : public core::LaneRunner {
  public:
    absl::StatusOr<model::BlockOutcome> run(
        core::BlockExecutor&,
        const std::function<absl::StatusOr<model::BlockOutcome>(const std::atomic<bool>&)>& lane)
        override {
        const std::atomic<bool> cancelled{false};
        return lane(cancelled);
    }
    std::vector<crypto::SignatureCheck> check_signatures(
        const protocol::AdmittedBlock& block) override {
        return std::vector<crypto::SignatureCheck>(block.transactions().size(),
                                                   crypto::SignatureCheck::kValid);
    }
};

/// The bundle's finding, and those of the outcomes that are about something else.
void put_first(const model::Finding& finding, model::Verdict& verdict) {
    std::vector<model::Finding> findings = {finding};
    for (model::Finding& other : verdict.findings) {
        // Another build may word or group the same difference in another way.
        const bool is_same = other.lane == finding.lane &&
                             (other.finding_class == finding.finding_class ||
                              other.finding_class == model::FindingClass::kExecutorFailed);
        if (!is_same) {
            findings.push_back(std::move(other));
        }
    }
    verdict.findings = std::move(findings);
}

/// What comparing and judging the bundle's outcomes on its rows gives.
absl::StatusOr<model::Verdict> judge_outcomes(const Bundle& bundle) {
    const auto block = admit_bundle(bundle);
    if (!block.ok()) {
        return block.status();
    }
    const BundleView view(bundle.pre_state);
    RecordedExecutor control(core::kControlLane, &bundle.control);
    RecordedExecutor candidate(bundle.configuration.candidate,
                               bundle.candidate ? &*bundle.candidate : nullptr);
    std::vector<core::BlockExecutor*> candidates;
    if (!bundle.configuration.candidate.empty()) {
        candidates.push_back(&candidate);
    }
    core::VerifyPolicy policy;
    policy.signatures = signatures_of(bundle);
    policy.rerun_control_on_mismatch = false;
    PlainRunner runner;
    return core::verify_block(view, *block, *bundle.protocol, control, candidates,
                              {bundle.recorded, {}}, policy, runner)
        .verdict;
}

/// Whether two findings are about the same thing at the same place, whatever they say of it.
bool is_same_place(const model::Finding& a, const model::Finding& b) {
    return a.finding_class == b.finding_class && a.lane == b.lane &&
           a.first.section == b.first.section && a.first.path == b.first.path &&
           a.first.transaction == b.first.transaction && a.first.key == b.first.key;
}

}  // namespace

Bundle with_values(Bundle bundle) {
    if (codec::has_values(bundle.finding)) {
        return bundle;
    }
    auto verdict = judge_outcomes(bundle);
    if (!verdict.ok()) {
        return bundle;  // whoever runs it is told
    }
    for (model::Finding& finding : verdict->findings) {
        if (is_same_place(finding, bundle.finding)) {
            bundle.finding = std::move(finding);
            break;
        }
    }
    return bundle;
}

absl::StatusOr<Bundle> open_bundle(const std::string& path,
                                   const protocol::ProtocolSet& protocols) {
    auto bundle = read_bundle(path, protocols);
    return bundle.ok() ? absl::StatusOr<Bundle>(with_values(*std::move(bundle))) : bundle.status();
}

absl::StatusOr<model::Verdict> verdict_of_bundle(const Bundle& bundle) {
    auto judged = judge_outcomes(bundle);
    if (!judged.ok()) {
        return judged.status();
    }
    model::Verdict verdict = *std::move(judged);
    put_first(bundle.finding, verdict);
    // What was found stands, whatever the outcomes that were kept come to.
    const bool differs = core::is_mismatch(bundle.finding.finding_class);
    for (model::LaneReport& lane : verdict.lanes) {
        if (lane.executor == bundle.finding.lane) {
            lane.kind = differs ? model::VerdictKind::kMismatch : model::VerdictKind::kInconclusive;
            lane.reason =
                differs ? std::nullopt : std::optional(model::InconclusiveReason::kExecutorFailed);
        }
    }
    core::conclude_verdict(verdict);
    if (verdict.kind == model::VerdictKind::kMatch) {
        verdict.kind = model::VerdictKind::kInconclusive;
        verdict.reason = model::InconclusiveReason::kExecutorFailed;
    }
    return verdict;
}

}  // namespace parallax::replay
