// exposed_replay FOLDER
//
// Verifies a generated chain over and over, with real executors and a real exposer, until standard
// input is closed: what a Prometheus finds that scrapes a verifier. Prints the exposer's port
// first. The chain is written to FOLDER.

#include "executors/batch/batch_executor.hpp"
#include "executors/runtime/lane_runner.hpp"
#include "executors/sequential/sequential_executor.hpp"
#include "executors/speculative/speculative_executor.hpp"
#include "replay/archive_reader.hpp"
#include "replay/workload.hpp"
#include "verifier/codec/wire.hpp"
#include "verifier/core/verify_pipeline.hpp"
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

bool input_is_open() {
    pollfd input{STDIN_FILENO, POLLIN, 0};
    return poll(&input, 1, 0) == 0;
}

/// Hands every block to the metrics.
class MetricsObserver final : public BlockObserver {
  public:
    explicit MetricsObserver(ServiceMetrics& metrics) : metrics_(metrics) {}

    absl::Status finished(const FinishedBlock& block) override {
        const Verdict& verdict = block.record.verdict;
        BlockSample sample{.verdict = verdict,
                           .control_duration = block.control_time,
                           .commit_duration = block.commit_time,
                           .lanes = {}};
        for (std::size_t i = 0; i < verdict.lanes.size(); ++i) {
            const auto& outcome = block.verification.candidates[i];
            sample.lanes.push_back({.candidate = verdict.lanes[i].executor,
                                    .duration = block.candidate_times[i],
                                    .outcome = outcome ? &*outcome : nullptr});
        }
        metrics_.block_committed(sample);
        metrics_.set_lag(1, std::chrono::milliseconds{20});
        metrics_.set_queue(2, 4096);
        return absl::OkStatus();
    }

  private:
    ServiceMetrics& metrics_;
};

/// Loads the archive's state, then verifies its blocks while standard input is open.
absl::Status replay(ArchiveReader& reader, const PipelineParts& parts, BlockObserver& observer) {
    const Cursor start{reader.header().base_topoheight, reader.header().base_hash, {}};
    if (auto status = parts.store.load(start, [&] { return reader.next_state_row(); });
        !status.ok()) {
        return status;
    }
    PipelineOptions options;
    options.profile = *e1_profile("devnet");
    VerifyPipeline pipeline(parts, observer, start, options);
    while (input_is_open()) {
        auto block = reader.next_block();
        if (!block.ok() || !*block) {
            return block.ok() ? pipeline.drain() : block.status();
        }
        auto decoded = decode_block((*block)->wire, (*block)->placement);
        if (!decoded.ok()) {
            return decoded.status();
        }
        auto admitted = admit(*std::move(decoded), options.profile);
        if (!admitted.ok()) {
            return admitted.status();
        }
        if (auto status = pipeline.push(*std::move(admitted), std::nullopt, true); !status.ok()) {
            return status;
        }
    }
    return absl::OkStatus();
}

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
    TimedLaneRunner runner(pool, {});
    LanesInPlace threads;
    const MonotonicClock clock;
    MetricsObserver observer(metrics);
    while (input_is_open()) {
        auto reader = ArchiveReader::open(archive);
        if (!reader.ok()) {
            return reader.status();
        }
        MemoryStore store;
        const PipelineParts parts{
            store, {control, runner}, {{batch, runner}, {speculative, runner}}, threads, clock};
        if (auto status = replay(**reader, parts, observer); !status.ok()) {
            return status;
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
