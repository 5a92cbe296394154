#include "testbed/faults/selftest_bench.hpp"

#include <utility>
#include <vector>

namespace parallax::testbed {
namespace {

bool never_stop() {
    return false;
}

OracleSet oracle_of(const model::Difference& difference) {
    switch (difference.section) {
        case model::Section::kBlockStatus:
        case model::Section::kResults:
        case model::Section::kOrphans:
        case model::Section::kRecorded:
            return static_cast<OracleSet>(Oracle::kResults);
        case model::Section::kTotals:
        case model::Section::kState:
            return static_cast<OracleSet>(Oracle::kState);
        case model::Section::kInvariants:
            return static_cast<OracleSet>(Oracle::kInvariants);
        case model::Section::kSerializability:
            return static_cast<OracleSet>(Oracle::kCertificate);
        case model::Section::kExecutor:
            return static_cast<OracleSet>(Oracle::kWatchdog);
    }
    return 0;
}

Detection detection_of(const executors::exploration::ScheduleFinding& finding) {
    Detection detection;
    detection.found = true;
    detection.sentence = finding.sentence;
    switch (finding.hazard) {
        case executors::exploration::ScheduleHazard::kDeadlock:
        case executors::exploration::ScheduleHazard::kLivelock:
            detection.oracles = static_cast<OracleSet>(Oracle::kWatchdog);
            return detection;
        case executors::exploration::ScheduleHazard::kUncontrolled:
            detection.oracles = static_cast<OracleSet>(Oracle::kRepeats);
            return detection;
        case executors::exploration::ScheduleHazard::kMismatch:
            break;
    }
    for (const model::Finding& one : finding.verification.verdict.findings) {
        std::vector<model::Difference> all = one.derived;
        all.insert(all.begin(), one.first);
        for (const model::Difference& difference : all) {
            detection.oracles = static_cast<OracleSet>(detection.oracles | oracle_of(difference));
            if (difference.transaction && !detection.transaction) {
                detection.transaction = difference.transaction->value();
            }
        }
    }
    return detection;
}

bool is_unsupported(const executors::exploration::Exploration& found) {
    return found.inconclusive_why.find("unsupported") != std::string::npos;
}

}  // namespace

core::SchedulePolicy policy_of(DetectionMode mode) noexcept {
    switch (mode) {
        case DetectionMode::kPlain:
            return core::SchedulePolicy::kNative;
        case DetectionMode::kPerturbed:
            return core::SchedulePolicy::kPerturb;
        case DetectionMode::kPct:
            return core::SchedulePolicy::kPct;
    }
    return core::SchedulePolicy::kNative;
}

SelftestBench::SelftestBench(const SelftestOptions& options, const base::Clock& clock)
    : options_(options), clock_(clock) {
    auto pool = executors::runtime::WorkerPool::create(
        {.name = "px-selftest", .workers = options.workers, .observer = &controller_});
    if (pool.ok()) {
        pool_ = *std::move(pool);
    }
}

executors::exploration::Exploration SelftestBench::explore(
    core::BlockExecutor& executor, const SelftestBlock& tried, const model::BlockOutcome& control,
    core::SchedulePolicy policy, std::uint32_t runs, model::SignaturePolicy signatures) {
    executors::exploration::ExplorationOptions exploration;
    exploration.policy = policy;
    exploration.seed = options_.seed;
    exploration.runs = runs;
    exploration.depth = 3;
    exploration.step_limit = 50'000;
    exploration.signatures = signatures;
    exploration.verifier_fault = options_.verifier_fault;
    executors::exploration::Explorer explorer(executor, *pool_, controller_, *tried.protocol,
                                              exploration);
    return explorer.explore(*tried.view, *tried.block, control, &never_stop);
}

Detection SelftestBench::try_block(core::BlockExecutor& executor, const SelftestBlock& tried,
                                   const model::BlockOutcome& control, core::SchedulePolicy policy,
                                   std::uint32_t runs, model::SignaturePolicy signatures) {
    Detection detection;
    const auto start = clock_.now();
    const executors::exploration::Exploration found =
        explore(executor, tried, control, policy, runs, signatures);
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

}  // namespace parallax::testbed
