#include "replay/shrink/reproduce.hpp"

#include "replay/bundle/bundle_view.hpp"
#include "verifier/core/comparison/compare.hpp"
#include "verifier/core/diagnosis/finding.hpp"
#include "verifier/model/families.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace parallax::replay {
namespace {

/// The finding that heads a lane: the one that stands for its cause.
std::optional<model::Finding> leading_finding(const Bundle& bundle, const model::Verdict& verdict) {
    const std::string& expected = bundle.finding.lane;
    const bool about_candidate =
        expected != core::kControlLane && !core::is_recorded_lane(expected);
    // Another candidate than the recorded one may stand in for it.
    const std::string& lane =
        about_candidate && !verdict.lanes.empty() ? verdict.lanes.front().executor : expected;
    for (const model::Finding* finding : core::leading_findings(verdict)) {
        if (finding->lane == lane) {
            return *finding;
        }
    }
    return std::nullopt;
}

std::string describe(const model::Verdict& verdict) {
    std::string text(verdict.reason ? model::inconclusive_reason_name(*verdict.reason)
                                    : model::verdict_kind_name(verdict.kind));
    for (const model::LaneReport& lane : verdict.lanes) {
        if (!lane.detail.empty()) {
            return text + fmt::format(" ({}: {})", lane.executor, lane.detail);
        }
    }
    return text;
}

/// Where nothing is expected of a candidate, the block is equal if no finding says otherwise.
bool compared_equal(const Bundle& bundle, const BundleRun& run) {
    const model::Verdict& verdict = run.verification.verdict;
    return verdict.kind == model::VerdictKind::kMatch ||
           (bundle.configuration.candidate.empty() && verdict.lanes.empty() &&
            verdict.findings.empty() && run.verification.control.has_value());
}

/// A cause has several symptoms, of which luck may choose: the same cause again is the finding
/// again.
bool meets_cause(const BundleRun& run, const model::Finding& expected) {
    return !run.missing && run.finding &&
           core::group_of(run.finding->fingerprint) == core::group_of(expected.fingerprint);
}

void count(const Bundle& bundle, const BundleRun& run, Reproduction& result) {
    ++result.runs;
    const model::Verdict& verdict = run.verification.verdict;
    if (run.missing) {
        ++result.inconclusive;
        result.missing = run.missing;
        result.why = fmt::format("pre-state missing: {}", model::to_string(*run.missing));
    } else if (meets_cause(run, bundle.finding)) {
        ++result.reproduced;
    } else if (!verdict.findings.empty()) {
        ++result.other;
        if (!result.other_finding) {
            result.other_finding = verdict.findings.front();
        }
    } else if (compared_equal(bundle, run)) {
        ++result.equal;
    } else {
        ++result.inconclusive;
        result.why = describe(verdict);
    }
}

Reproducibility classify(const Reproduction& result) {
    if (result.missing) {
        return Reproducibility::kInconclusive;
    }
    if (result.reproduced == result.runs) {
        return Reproducibility::kDeterministic;
    }
    if (result.reproduced > 0) {
        return Reproducibility::kScheduleDependent;
    }
    return result.inconclusive > 0 ? Reproducibility::kInconclusive
                                   : Reproducibility::kNotReproduced;
}

struct ControlCheck {
    bool stable = false;
    bool as_recorded = false;
};

/// The control against itself, before anything is said of a candidate.
absl::StatusOr<ControlCheck> check_control(const Bundle& bundle, const BundleLanes& lanes) {
    ControlCheck check;
    const BundleLanes alone{lanes.control, nullptr, lanes.runner};
    const auto first = run_bundle(bundle, alone);
    if (!first.ok()) {
        return first.status();
    }
    const auto second = run_bundle(bundle, alone);
    if (!second.ok()) {
        return second.status();
    }
    const auto& one = first->verification.control;
    const auto& two = second->verification.control;
    check.stable = one.has_value() == two.has_value() &&
                   (!one || core::compare(*one, *two).differences.empty());
    check.as_recorded = one && core::compare(bundle.control, *one).differences.empty();
    return check;
}

}  // namespace

std::string_view reproducibility_name(Reproducibility value) noexcept {
    switch (value) {
        case Reproducibility::kDeterministic:
            return "deterministic";
        case Reproducibility::kScheduleDependent:
            return "schedule-dependent";
        case Reproducibility::kEnvironmental:
            return "environmental";
        case Reproducibility::kNotReproduced:
            return "not reproduced";
        case Reproducibility::kInconclusive:
            return "inconclusive";
    }
    return "unknown";
}

int Reproduction::exit_code() const noexcept {
    switch (kind) {
        case Reproducibility::kDeterministic:
        case Reproducibility::kScheduleDependent:
            return 2;
        case Reproducibility::kEnvironmental:
            return 3;
        case Reproducibility::kNotReproduced:
            return other > 0 ? 2 : 0;
        case Reproducibility::kInconclusive:
            return other > 0 && !missing ? 2 : 3;
    }
    return 3;
}

absl::StatusOr<BundleRun> run_bundle(const Bundle& bundle, const BundleLanes& lanes) {
    const auto block = admit_bundle(bundle);
    if (!block.ok()) {
        return block.status();
    }
    const BundleView rows(bundle.pre_state);
    const core::RecordingView view(rows);
    core::VerifyPolicy policy;
    policy.signatures = signatures_of(bundle);
    policy.rerun_control_on_mismatch = false;
    std::vector<core::BlockExecutor*> candidates;
    if (lanes.candidate != nullptr) {
        candidates.push_back(lanes.candidate);
    }
    BundleRun run;
    run.verification = core::verify_block(view, *block, *bundle.protocol, lanes.control, candidates,
                                          {bundle.recorded, {}}, policy, lanes.runner);
    run.finding = leading_finding(bundle, run.verification.verdict);
    run.missing = rows.missing();
    run.rows = view.rows();
    return run;
}

absl::StatusOr<Reproduction> reproduce(const Bundle& bundle, const BundleLanes& lanes,
                                       std::uint32_t runs, const GoOn& go_on) {
    const auto control = check_control(bundle, lanes);
    if (!control.ok()) {
        return control.status();
    }
    Reproduction result;
    result.control_as_recorded = control->as_recorded;
    for (std::uint32_t i = 0; i < std::max(runs, 1U); ++i) {
        if (i > 0 && go_on && !go_on(i)) {
            break;
        }
        const auto run = run_bundle(bundle, lanes);
        if (!run.ok()) {
            return run.status();
        }
        count(bundle, *run, result);
    }
    const RateBounds bounds = rate_bounds(result.reproduced, result.runs);
    result.rate_low = bounds.low;
    result.rate_high = bounds.high;
    result.kind = control->stable ? classify(result) : Reproducibility::kEnvironmental;
    return result;
}

RateBounds rate_bounds(std::uint32_t hits, std::uint32_t runs) noexcept {
    if (runs == 0) {
        return {};
    }
    constexpr double kZ = 1.959964;  // two-sided 95 %
    const double n = runs;
    const double rate = hits / n;
    const double spread = kZ * std::sqrt(rate * (1 - rate) / n + kZ * kZ / (4 * n * n));
    const double middle = rate + kZ * kZ / (2 * n);
    const double scale = 1 + kZ * kZ / n;
    return {std::max(0.0, (middle - spread) / scale), std::min(1.0, (middle + spread) / scale)};
}

}  // namespace parallax::replay
