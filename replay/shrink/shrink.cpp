#include "replay/shrink/shrink.hpp"

#include "replay/shrink/shrinker.hpp"
#include "verifier/crypto/hashing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace parallax::replay {

namespace {

/// Who can be asked, and who is.
struct Oracles {
    ShrinkOracle native;
    std::optional<ScheduledShrinkOracle> scheduled;
    ShrinkOracle* used = &native;
};

/// A finding about a candidate that may be run in this process: one that failed in its own must not
/// take this one along.
bool can_be_scheduled(const Bundle& bundle) {
    const std::string& lane = bundle.finding.lane;
    const bool may_crash = bundle.configuration.isolated &&
                           bundle.finding.finding_class == model::FindingClass::kExecutorFailed;
    return !bundle.configuration.candidate.empty() && lane != core::kControlLane &&
           !core::is_recorded_lane(lane) && (bundle.schedule || !may_crash);
}

bool measure_scheduled(Bundle& start, std::uint32_t workers, Oracles& oracles) {
    const std::uint32_t threads = start.configuration.threads;
    start.configuration.threads = std::clamp(workers, 1U, core::kMaxScheduledWorkers);
    if (oracles.scheduled && oracles.scheduled->measure(start).ok()) {
        oracles.used = &*oracles.scheduled;
        return true;
    }
    start.configuration.threads = threads;
    return false;
}

/// Whether the finding comes every time tells how it is asked for; `start` is then what is shrunk.
absl::Status choose_oracle(Bundle& start, Oracles& oracles) {
    const std::optional<core::Schedule> schedule = start.schedule;
    if (schedule && measure_scheduled(start, schedule->workers, oracles)) {
        return absl::OkStatus();
    }
    start.schedule.reset();
    if (schedule && core::is_endless(start.finding)) {
        return absl::FailedPreconditionError(
            "the finding is not reproduced under its schedule, and without one a run might never "
            "end");
    }
    const absl::Status measured = oracles.native.measure(start);
    if (measured.ok() && oracles.native.rate() >= 1) {
        return measured;
    }
    if (!measured.ok() && !absl::IsFailedPrecondition(measured)) {
        return measured;
    }
    return !schedule && measure_scheduled(start, start.configuration.threads, oracles)
               ? absl::OkStatus()
               : measured;
}

/// The last step: the schedule of what is left.
void shrink_its_schedule(Oracles& oracles, ShrinkResult& result) {
    const bool always = oracles.used == &oracles.native && oracles.native.rate() >= 1;
    if (!oracles.scheduled || always) {
        return;
    }
    result.sought_schedule = true;
    const std::uint64_t runs = oracles.scheduled->runs();
    const base::Bytes before = encode_bundle(result.bundle);
    result.bundle.configuration.threads =
        std::min(result.bundle.configuration.threads, core::kMaxScheduledWorkers);
    if (auto smaller = shrink_schedule(result.bundle, *oracles.scheduled)) {
        result.bundle = std::move(smaller->first);
        result.schedule = std::move(smaller->second);
    } else {
        result.bundle.schedule.reset();
    }
    ShrinkStep step;
    step.name = "schedule";
    step.runs = oracles.scheduled->runs() - runs;
    step.changed = encode_bundle(result.bundle) != before;
    if (const auto size = size_of(result.bundle); size.ok()) {
        step.after = *size;
    }
    result.steps.push_back(std::move(step));
}

}  // namespace

absl::StatusOr<ShrinkResult> shrink(const Bundle& original, const BundleLaneFactory& lanes,
                                    const ShrinkOracle::Options& options,
                                    const ScheduledLaneFactory& scheduled) {
    const auto before = size_of(original);
    if (!before.ok()) {
        return before.status();
    }
    Oracles oracles{{original.finding.fingerprint, lanes, options}, {}};
    if (scheduled && can_be_scheduled(original)) {
        oracles.scheduled.emplace(original.finding, scheduled, options);
    }
    Bundle start = original;
    if (auto status = choose_oracle(start, oracles); !status.ok()) {
        return status;
    }
    ShrinkOracle& oracle = *oracles.used;
    Shrinker shrinker(std::move(start), oracle);
    shrinker.run();
    if (!oracle.status().ok()) {
        return oracle.status();
    }
    ShrinkResult result;
    result.bundle = shrinker.bundle();
    result.before = *before;
    result.steps = shrinker.take_steps();
    shrink_its_schedule(oracles, result);
    result.bundle.shrunk_from = crypto::blake3(encode_bundle(original));
    result.after = result.steps.back().after;
    result.runs = oracles.native.runs() + (oracles.scheduled ? oracles.scheduled->runs() : 0);
    result.rate = oracle.rate();
    result.by_schedules = oracles.used != &oracles.native;
    result.attempts = oracle.attempts();
    result.exhausted = oracle.exhausted();
    return result;
}

absl::Status check_shrunk(const ShrinkResult& result) {
    const BundleSize& before = result.before;
    const BundleSize& after = result.after;
    if (after.transactions < before.transactions || after.present_rows < before.present_rows ||
        after.rows < before.rows || after.threads < before.threads ||
        after.decisions < before.decisions) {
        return absl::OkStatus();
    }
    return absl::FailedPreconditionError(
        fmt::format("nothing could be removed: still {} transactions, {} rows, {} threads",
                    after.transactions, after.rows, after.threads));
}

}  // namespace parallax::replay
