#include "verifier/service/lanes/canary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace parallax::service {
namespace {

/// Gives the outcome that the control has had, so that it is not run again.
class KnownOutcome final : public core::BlockExecutor {
  public:
    explicit KnownOutcome(const model::BlockOutcome& outcome) : outcome_(outcome) {}
    [[nodiscard]] std::string_view name() const override { return core::kControlLane; }
    [[nodiscard]] absl::StatusOr<model::BlockOutcome> execute(
        const protocol::StateView&, const protocol::AdmittedBlock&,
        const core::ExecutionContext&) override {
        return outcome_;
    }

  private:
    const model::BlockOutcome& outcome_;
};

/// The witness of a fault that showed. On purpose not `compare`, which is what is on trial.
bool has_same_effects(const model::BlockOutcome& left, const model::BlockOutcome& right) {
    return left.status == right.status && left.code == right.code &&
           left.results == right.results && left.orphans == right.orphans &&
           left.totals == right.totals && left.delta.entries == right.delta.entries;
}

}  // namespace

std::string_view canary_result_name(CanaryResult result) noexcept {
    switch (result) {
        case CanaryResult::kDetected:
            return "detected";
        case CanaryResult::kSilent:
            return "silent";
    }
    return "unknown";
}

std::string_view canary_ground_name(CanaryGround ground) noexcept {
    switch (ground) {
        case CanaryGround::kLive:
            return "live";
        case CanaryGround::kMinimal:
            return "minimal";
    }
    return "unknown";
}

std::string found_by_text(const CanaryReport& report) {
    std::string text;
    for (const model::FindingClass found : report.found_by) {
        text += (text.empty() ? "" : ",") + std::string(model::finding_class_name(found));
    }
    return text;
}

/// What one run of the fault on one block came to.
struct Canary::Trial {
    std::set<model::FindingClass> found;
    std::string sentence;
    /// Whether the fault changed the outcome, or left none.
    bool shows = false;
    /// Why there is no outcome.
    std::string failure;
};

Canary::Canary(CanaryFactory* factory, const base::Clock& clock,
               const VerificationSettings& settings, Detector detector)
    : factory_(factory), clock_(clock), detector_(std::move(detector)) {
    configure(settings);
}

void Canary::configure(const VerificationSettings& settings) {
    enabled_ = settings.enabled && factory_ != nullptr;
    if (settings.canary != settings_) {
        settings_ = settings.canary;
        blocks_ = settings_.interval_blocks;
    }
}

bool Canary::is_due(const protocol::AdmittedBlock& block) {
    const std::uint64_t interval = settings_.interval_blocks;
    if (!enabled_ || interval == 0) {
        return false;
    }
    ++blocks_;
    const bool is_empty = block.transactions().empty();
    if (blocks_ < interval || (is_empty && blocks_ < 2 * interval)) {
        return false;
    }
    blocks_ = 0;
    return true;
}

CanaryReport Canary::run(const CanaryScene& live, model::SignaturePolicy signatures) {
    CanaryReport report;
    report.block = {live.block.placement().topoheight, live.block.hash()};
    report.fault = fault_for(report.block.topoheight);
    const auto started = clock_.now();
    run_on_live(live, signatures, report);
    report.time = clock_.now() - started;
    if (report.result == CanaryResult::kDetected &&
        report.time > base::limit_of_ms(settings_.alarm_within_ms)) {
        report.result = CanaryResult::kSilent;
        report.detail = fmt::format("the alarm came after more than {} ms: {}",
                                    settings_.alarm_within_ms, report.detail);
    }
    return report;
}

std::string Canary::fault_for(model::Topoheight topoheight) const {
    const std::vector<std::string> faults =
        settings_.faults == CanarySettings{}.faults ? factory_->faults() : settings_.faults;
    return faults[topoheight.value() / settings_.interval_blocks % faults.size()];
}

void Canary::run_on_live(const CanaryScene& live, model::SignaturePolicy signatures,
                         CanaryReport& report) {
    const auto lane = factory_->create(report.fault, settings_.alarm_within_ms);
    if (!lane.ok()) {
        report.detail = "its lane cannot be made: " + std::string(lane.status().message());
        return;
    }
    const Trial trial = try_on(live, **lane, signatures);
    report.found_by.assign(trial.found.begin(), trial.found.end());
    if (!trial.found.empty()) {
        report.result = CanaryResult::kDetected;
        report.detail = trial.sentence;
    } else if (!trial.failure.empty()) {
        report.detail = "its lane failed: " + trial.failure;
    } else if (trial.shows) {
        report.detail = "its outcome is another than the control's, and nothing was found";
    } else {
        run_on_minimal(report);
    }
}

void Canary::run_on_minimal(CanaryReport& report) {
    report.ground = CanaryGround::kMinimal;
    // A new one: what the first kept of the feeder's block is not of this chain.
    const auto lane = factory_->create(report.fault, settings_.alarm_within_ms);
    if (!lane.ok()) {
        report.detail = "its lane cannot be made: " + std::string(lane.status().message());
        return;
    }
    std::set<model::FindingClass> found;
    for (const CanaryScene& scene : (*lane)->minimal_chain()) {
        const Trial trial = try_on(scene, **lane, model::SignaturePolicy::kPerLane);
        found.insert(trial.found.begin(), trial.found.end());
        report.detail = report.detail.empty() ? trial.sentence : report.detail;
        if (!trial.failure.empty() && trial.found.empty()) {
            report.detail = "its lane failed: " + trial.failure;
            return;
        }
    }
    report.found_by.assign(found.begin(), found.end());
    std::vector<std::string_view> missing;
    for (const model::FindingClass expected : (*lane)->expected()) {
        if (found.count(expected) == 0) {
            missing.push_back(model::finding_class_name(expected));
        }
    }
    if (!found.empty() && missing.empty()) {
        report.result = CanaryResult::kDetected;
        return;
    }
    report.detail =
        fmt::format("not found as {}, on a chain that shows it", fmt::join(missing, " or "));
}

Canary::Trial Canary::try_on(const CanaryScene& scene, CanaryLane& lane,
                             model::SignaturePolicy signatures) const {
    const core::PipelineLane faulty = lane.lane();
    KnownOutcome control(scene.control);
    const std::array<core::BlockExecutor*, 1> candidates = {&faulty.executor};
    core::VerifyPolicy policy;
    policy.signatures = signatures;
    // The control cannot disagree with itself here: it is not run.
    policy.rerun_control_on_mismatch = false;
    const core::Verification verification = detector_(
        scene.view, scene.block, scene.protocol, control, candidates, {}, policy, faulty.runner);
    const model::Verdict& verdict = verification.verdict;
    const std::vector<model::FindingClass> expected = lane.expected();
    Trial trial;
    for (const model::Finding& finding : verdict.findings) {
        const model::FindingClass what = finding.finding_class;
        const bool alarms =
            verdict.kind == model::VerdictKind::kMismatch && core::is_mismatch(what);
        const bool is_wanted = std::find(expected.begin(), expected.end(), what) != expected.end();
        if (finding.lane == faulty.executor.name() &&
            (alarms || (!core::is_mismatch(what) && is_wanted))) {
            trial.found.insert(what);
            trial.sentence = trial.sentence.empty() ? finding.sentence : trial.sentence;
        }
    }
    const auto& outcome = verification.candidates.front();
    trial.shows = !outcome || !has_same_effects(scene.control, *outcome);
    if (!outcome && !verdict.lanes.empty()) {
        trial.failure = verdict.lanes.front().detail;
    }
    return trial;
}

}  // namespace parallax::service
