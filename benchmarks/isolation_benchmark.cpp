/// What a process of its own costs an executor: blocks of disjoint transfers on warm state, in the
/// benchmark's process and isolated. The time of one block is the time of one iteration.

#include "benchmarks/transfer_blocks.hpp"
#include "executors/batch/batch_executor.hpp"
#include "executors/isolated/child_process.hpp"
#include "executors/isolated/executor_host.hpp"
#include "executors/isolated/isolated_executor.hpp"
#include "executors/runtime/memory_policy.hpp"
#include "executors/runtime/worker_pool.hpp"

#include <benchmark/benchmark.h>

#include <atomic>
#include <cstring>
#include <memory>

namespace parallax::bench {
namespace {

constexpr char kHostArgument[] = "host";
constexpr std::uint32_t kWorkers = 2;

absl::StatusOr<std::unique_ptr<WorkerPool>> make_pool() {
    return WorkerPool::create({.name = "px-bench", .workers = kWorkers, .observer = nullptr});
}

void run_blocks(benchmark::State& bench, BlockExecutor& executor) {
    const auto count = static_cast<std::uint32_t>(bench.range(0));
    const bool signatures_on = bench.range(1) != 0;
    const TransferBlock& made = transfer_block(Shape::kDisjoint, count, signatures_on);
    const AdmittedBlock block = admit_or_die(made);
    const Profile profile = *e1_profile("devnet");
    const SignatureSource signatures =
        signatures_on ? SignatureSource::per_lane(block) : SignatureSource::off(block);
    const std::atomic<bool> cancelled{false};
    const ExecutionContext context{profile, signatures, cancelled, bench.range(2) != 0};
    for (auto _ : bench) {
        auto outcome = executor.execute(made.state, block, context);
        if (!outcome.ok() || outcome->results.back().status != TransactionStatus::kExecuted) {
            bench.SkipWithError("the block did not execute");
            return;
        }
        benchmark::DoNotOptimize(outcome);
    }
    bench.SetItemsProcessed(bench.iterations() * count);
}

void in_process(benchmark::State& bench) {
    auto pool = make_pool();
    if (!pool.ok()) {
        bench.SkipWithError("no pool");
        return;
    }
    BatchExecutor executor(**pool, {});
    run_blocks(bench, executor);
}

void isolated(benchmark::State& bench) {
    IsolatedExecutor executor({.name = "batch", .command = {"/proc/self/exe", kHostArgument}});
    run_blocks(bench, executor);
}

/// Start of a host, one empty block, and its end.
void isolated_start(benchmark::State& bench) {
    const TransferBlock& made = transfer_block(Shape::kDisjoint, 0, false);
    const AdmittedBlock block = admit_or_die(made);
    const Profile profile = *e1_profile("devnet");
    const SignatureSource signatures = SignatureSource::off(block);
    const std::atomic<bool> cancelled{false};
    for (auto _ : bench) {
        IsolatedExecutor executor({.name = "batch", .command = {"/proc/self/exe", kHostArgument}});
        if (!executor.execute(made.state, block, {profile, signatures, cancelled, true}).ok()) {
            bench.SkipWithError("the block did not execute");
            return;
        }
    }
}

void arguments(benchmark::internal::Benchmark* bench) {
    bench->ArgNames({"txs", "signatures", "log"})
        ->ArgsProduct({{50, 1000}, {0, 1}, {0, 1}})
        ->Unit(benchmark::kMicrosecond)
        ->UseRealTime();
}
BENCHMARK(in_process)->Apply(arguments);
BENCHMARK(isolated)->Apply(arguments);
BENCHMARK(isolated_start)->Unit(benchmark::kMicrosecond)->UseRealTime();

int serve() {
    auto pool = make_pool();
    if (!pool.ok()) {
        return 1;
    }
    BatchExecutor executor(**pool, {});
    return serve_executor(kHostSocket, executor);
}

}  // namespace
}  // namespace parallax::bench

int main(int argc, char** argv) {
    parallax::keep_freed_memory();
    if (argc == 2 && std::strcmp(argv[1], parallax::bench::kHostArgument) == 0) {
        return parallax::bench::serve();
    }
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return 0;
}
