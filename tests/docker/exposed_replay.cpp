// exposed_replay FOLDER
//
// Verifies a generated chain over and over, with real executors and a real exposer, until standard
// input is closed: what a Prometheus finds that scrapes a verifier. Prints the exposer's port
// first. The chain is written to FOLDER.

#include "executors/batch/batch_executor.hpp"
#include "executors/runtime/lane_runner.hpp"
#include "executors/sequential/sequential_executor.hpp"
#include "executors/speculative/speculative_executor.hpp"
#include "replay/replay_loop.hpp"
#include "replay/workload.hpp"
#include "verifier/service/lane_stopwatch.hpp"
#include "verifier/service/metrics.hpp"
#include "verifier/service/metrics_exposer.hpp"
#include "verifier/state/memory_store.hpp"

#include <fmt/format.h>

#include <poll.h>
#include <unistd.h>

namespace parallax {
namespace {

class MonotonicClock final : public Clock {
  public:
    std::chrono::nanoseconds now() const override {
        return std::chrono::steady_clock::now().time_since_epoch();
    }
};

/// Another executor, and the last outcome that it gave.
class WatchedExecutor final : public BlockExecutor {
  public:
    explicit WatchedExecutor(BlockExecutor& executor) : executor_(executor) {}

    std::string_view name() const override { return executor_.name(); }
    absl::StatusOr<BlockOutcome> execute(const StateView& view, const AdmittedBlock& block,
                                         const ExecutionContext& context) override {
        auto outcome = executor_.execute(view, block, context);
        last = outcome.ok() ? std::optional(*outcome) : std::nullopt;
        return outcome;
    }

    std::optional<BlockOutcome> last;

  private:
    BlockExecutor& executor_;
};

bool input_is_open() {
    pollfd input{STDIN_FILENO, POLLIN, 0};
    return poll(&input, 1, 0) == 0;
}

/// Hands every verdict to the metrics, and stops the loop when nobody listens any more.
class MetricsSink final : public VerdictSink {
  public:
    MetricsSink(ServiceMetrics& metrics, LaneStopwatch& stopwatch,
                std::vector<WatchedExecutor*> candidates, std::atomic<bool>& stop)
        : metrics_(metrics),
          stopwatch_(stopwatch),
          candidates_(std::move(candidates)),
          stop_(stop) {}

    absl::Status accept(const LedgerRecord& record) override {
        auto durations = stopwatch_.take();
        BlockSample sample{.verdict = record.verdict,
                           .control_duration = durations["sequential"],
                           .commit_duration = std::chrono::microseconds{200},
                           .lanes = {}};
        for (const WatchedExecutor* candidate : candidates_) {
            sample.lanes.push_back({.candidate = candidate->name(),
                                    .duration = durations[std::string(candidate->name())],
                                    .outcome = candidate->last ? &*candidate->last : nullptr});
        }
        metrics_.block_committed(sample);
        metrics_.set_lag(1, std::chrono::milliseconds{20});
        metrics_.set_queue(2, 4096);
        stop_ = !input_is_open();
        return absl::OkStatus();
    }

  private:
    ServiceMetrics& metrics_;
    LaneStopwatch& stopwatch_;
    const std::vector<WatchedExecutor*> candidates_;
    std::atomic<bool>& stop_;
};

absl::Status replay_until_closed(const std::string& archive, WorkerPool& pool) {
    ServiceMetrics metrics({"batch", "speculative"});
    const auto exposer = MetricsExposer::start(metrics, {});
    if (!exposer.ok()) {
        return exposer.status();
    }
    fmt::print("{}\n", (*exposer)->port());
    std::fflush(stdout);

    SequentialExecutor control;
    BatchExecutor batch(pool, {});
    SpeculativeExecutor speculative(pool, {});
    WatchedExecutor first(batch);
    WatchedExecutor second(speculative);
    const MonotonicClock clock;
    TimedLaneRunner runner(pool, {});
    LaneStopwatch stopwatch(runner, clock);
    std::atomic<bool> stop{false};
    MetricsSink sink(metrics, stopwatch, {&first, &second}, stop);
    ReplayOptions options;
    options.profile = *e1_profile("devnet");
    while (!stop) {
        auto reader = ArchiveReader::open(archive);
        if (!reader.ok()) {
            return reader.status();
        }
        MemoryStore store;
        ReplayLoop loop(**reader, store, {control, {&first, &second}, stopwatch}, sink, options);
        if (const auto result = loop.run(stop); !result.ok()) {
            return result.status();
        }
    }
    return absl::OkStatus();
}

int run(const std::string& folder) {
    WorkloadOptions options;
    options.accounts = 40;
    options.blocks = 40;
    options.transactions_per_block = 20;
    options.signing_threads = 1;
    const std::string archive = folder + "/chain.pxa";
    const auto written = write_workload(options, archive, false);
    auto pool = WorkerPool::create({.name = "px-test", .workers = 2, .observer = nullptr});
    absl::Status status = written.status();
    if (status.ok()) {
        status = pool.ok() ? replay_until_closed(archive, **pool) : pool.status();
    }
    if (!status.ok()) {
        fmt::print(stderr, "exposed_replay: {}\n", status.ToString());
    }
    return status.ok() ? 0 : 1;
}

}  // namespace
}  // namespace parallax

int main(int argc, char** argv) {
    return argc == 2 ? parallax::run(argv[1]) : 1;
}
