#include "testbed/faults/clean_check.hpp"

#include "executors/runtime/lane_runner.hpp"
#include "executors/sequential/sequential_executor.hpp"
#include "testbed/faults/selftest_bench.hpp"

#include <fmt/format.h>

#include <utility>

namespace parallax::testbed {
namespace {

/// More alarms than this say nothing new.
constexpr std::size_t kMaxAlarms = 100;

bool is_unsupported(const model::Verdict& verdict) {
    return verdict.reason == model::InconclusiveReason::kUnsupportedTransaction;
}

std::string sentence_of(const model::Verdict& verdict) {
    if (!verdict.findings.empty()) {
        return verdict.findings.front().sentence;
    }
    for (const model::LaneReport& lane : verdict.lanes) {
        if (lane.kind != model::VerdictKind::kMatch) {
            return fmt::format("{}: {}", lane.executor, lane.detail);
        }
    }
    return "no match";
}

}  // namespace

/// One executor twice: as it is, and under a controller that delays it.
struct CleanCheck::Lane {
    std::unique_ptr<executors::runtime::WorkerPool> pool;
    std::unique_ptr<core::BlockExecutor> executor;
    std::unique_ptr<SelftestBench> bench;
    std::unique_ptr<core::BlockExecutor> delayed;
};

CleanCheck::CleanCheck(SelftestOptions options, const base::Clock& clock,
                       const std::vector<MakeSound>& sound)
    : options_(std::move(options)), clock_(clock) {
    for (const MakeSound& make : sound) {
        auto lane = std::make_unique<Lane>();
        auto pool = executors::runtime::WorkerPool::create(
            {.name = "px-clean", .workers = options_.workers, .observer = nullptr});
        lane->bench = std::make_unique<SelftestBench>(options_, clock_);
        if (!pool.ok() || !lane->bench->ready()) {
            blame("no threads");
            continue;
        }
        lane->pool = *std::move(pool);
        lane->executor = make(*lane->pool);
        lane->delayed = make(lane->bench->pool());
        lanes_.push_back(std::move(lane));
    }
}

CleanCheck::~CleanCheck() = default;

void CleanCheck::blame(std::string sentence) {
    ++alarm_count_;
    if (alarms_.size() < kMaxAlarms) {
        alarms_.push_back(std::move(sentence));
    }
}

absl::Status CleanCheck::run(const SelftestBlock& tried) {
    if (lanes_.empty()) {
        return absl::FailedPreconditionError("there is no sound executor to run");
    }
    executors::sequential::SequentialExecutor control;
    std::vector<core::BlockExecutor*> candidates;
    for (const auto& lane : lanes_) {
        candidates.push_back(lane->executor.get());
    }
    core::VerifyPolicy policy;
    policy.signatures = model::SignaturePolicy::kOff;
    policy.verifier_fault = options_.verifier_fault;
    executors::runtime::TimedLaneRunner runner(*lanes_.front()->pool, {});
    const core::Verification all = core::verify_block(*tried.view, *tried.block, *tried.protocol,
                                                      control, candidates, {}, policy, runner);
    if (!all.control) {
        return absl::InternalError("the control failed on a clean block: " +
                                   sentence_of(all.verdict));
    }
    runs_ += candidates.size();
    if (all.verdict.kind != model::VerdictKind::kMatch && !is_unsupported(all.verdict)) {
        blame(sentence_of(all.verdict));
    }
    Lane& lane = *lanes_[blocks_ % lanes_.size()];
    const Detection delayed =
        lane.bench->try_block(*lane.delayed, tried, *all.control, core::SchedulePolicy::kPerturb, 1,
                              model::SignaturePolicy::kOff);
    runs_ += delayed.schedules;
    if (delayed.found) {
        blame(fmt::format("{}: {}", lane.delayed->name(), delayed.sentence));
    }
    ++blocks_;
    return absl::OkStatus();
}

}  // namespace parallax::testbed
