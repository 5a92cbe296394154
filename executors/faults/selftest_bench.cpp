#include "executors/faults/selftest_bench.hpp"

#include <utility>
#include <vector>

namespace parallax {
namespace {

bool never_stop() {
    return false;
}

OracleSet oracle_of(const Difference& difference) {
    switch (difference.section) {
        case Section::kBlockStatus:
        case Section::kResults:
        case Section::kOrphans:
        case Section::kRecorded:
            return static_cast<OracleSet>(Oracle::kResults);
        case Section::kTotals:
        case Section::kState:
            return static_cast<OracleSet>(Oracle::kState);
        case Section::kInvariants:
            return static_cast<OracleSet>(Oracle::kInvariants);
        case Section::kSerializability:
            return static_cast<OracleSet>(Oracle::kCertificate);
        case Section::kExecutor:
            return static_cast<OracleSet>(Oracle::kWatchdog);
    }
    return 0;
}

Detection detection_of(const ScheduleFinding& finding) {
    Detection detection;
    detection.found = true;
    detection.sentence = finding.sentence;
    switch (finding.hazard) {
        case ScheduleHazard::kDeadlock:
        case ScheduleHazard::kLivelock:
            detection.oracles = static_cast<OracleSet>(Oracle::kWatchdog);
            return detection;
        case ScheduleHazard::kUncontrolled:
            detection.oracles = static_cast<OracleSet>(Oracle::kRepeats);
            return detection;
        case ScheduleHazard::kMismatch:
            break;
    }
    for (const Finding& one : finding.verification.verdict.findings) {
        std::vector<Difference> all = one.derived;
        all.insert(all.begin(), one.first);
        for (const Difference& difference : all) {
            detection.oracles = static_cast<OracleSet>(detection.oracles | oracle_of(difference));
            if (difference.transaction && !detection.transaction) {
                detection.transaction = difference.transaction->value();
            }
        }
    }
    return detection;
}

bool is_unsupported(const Exploration& found) {
    return found.inconclusive_why.find("unsupported") != std::string::npos;
}

}  // namespace

SchedulePolicy policy_of(DetectionMode mode) noexcept {
    switch (mode) {
        case DetectionMode::kPlain:
            return SchedulePolicy::kNative;
        case DetectionMode::kPerturbed:
            return SchedulePolicy::kPerturb;
        case DetectionMode::kPct:
            return SchedulePolicy::kPct;
    }
    return SchedulePolicy::kNative;
}

SelftestBench::SelftestBench(const SelftestOptions& options, const Clock& clock)
    : options_(options), clock_(clock) {
    auto pool = WorkerPool::create(
        {.name = "px-selftest", .workers = options.workers, .observer = &controller_});
    if (pool.ok()) {
        pool_ = *std::move(pool);
    }
}

Exploration SelftestBench::explore(BlockExecutor& executor, const SelftestBlock& tried,
                                   const BlockOutcome& control, SchedulePolicy policy,
                                   std::uint32_t runs, SignaturePolicy signatures) {
    ExplorationOptions exploration;
    exploration.policy = policy;
    exploration.seed = options_.seed;
    exploration.runs = runs;
    exploration.depth = 3;
    exploration.step_limit = 50'000;
    exploration.signatures = signatures;
    exploration.verifier_fault = options_.verifier_fault;
    Explorer explorer(executor, *pool_, controller_, *tried.profile, exploration);
    return explorer.explore(*tried.view, *tried.block, control, &never_stop);
}

Detection SelftestBench::try_block(BlockExecutor& executor, const SelftestBlock& tried,
                                   const BlockOutcome& control, SchedulePolicy policy,
                                   std::uint32_t runs, SignaturePolicy signatures) {
    Detection detection;
    const auto start = clock_.now();
    const Exploration found = explore(executor, tried, control, policy, runs, signatures);
    if (found.finding) {
        detection = detection_of(*found.finding);
    } else if (found.inconclusive > 0 && !is_unsupported(found)) {
        detection.found = true;
        detection.oracles = static_cast<OracleSet>(Oracle::kWatchdog);
        detection.sentence = found.inconclusive_why;
    }
    detection.schedules = found.schedules;
    detection.seconds = std::chrono::duration<double>(clock_.now() - start).count();
    return detection;
}

}  // namespace parallax
