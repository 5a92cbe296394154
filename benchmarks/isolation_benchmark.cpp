/// What a process of its own costs an executor: blocks of disjoint transfers on warm state, in the
/// benchmark's process and isolated. The time of one block is the time of one iteration.

#include "benchmarks/transfer_blocks.hpp"
#include "executors/batch/batch_executor.hpp"
#include "executors/isolated/child_process.hpp"
#include "executors/isolated/executor_host.hpp"
#include "executors/isolated/isolated_executor.hpp"
#include "executors/runtime/memory_policy.hpp"
#include "executors/runtime/worker_pool.hpp"
#include "verifier/chains/tos/e1/profile.hpp"

#include <benchmark/benchmark.h>

#include <atomic>
#include <cstring>
#include <memory>

namespace parallax::bench {
namespace {

constexpr char kHostArgument[] = "host";
constexpr std::uint32_t kWorkers = 2;

absl::StatusOr<std::unique_ptr<executors::runtime::WorkerPool>> make_pool() {
    return executors::runtime::WorkerPool::create(
        {.name = "px-bench", .workers = kWorkers, .observer = nullptr});
}

void run_blocks(benchmark::State& bench, core::BlockExecutor& executor) {
    const auto count = static_cast<std::uint32_t>(bench.range(0));
    const bool signatures_on = bench.range(1) != 0;
    const TransferBlock& made = transfer_block(Shape::kDisjoint, count, signatures_on);
    const protocol::AdmittedBlock block = admit_or_die(made);
    const tos::e1::Profile profile = *tos::e1::find_profile("devnet");
    const protocol::SignatureSource signatures = signatures_on
                                                     ? protocol::SignatureSource::per_lane(block)
                                                     : protocol::SignatureSource::off(block);
    const std::atomic<bool> cancelled{false};
    const core::ExecutionContext context{profile, signatures, cancelled, bench.range(2) != 0};
    for (auto _ : bench) {
        auto outcome = executor.execute(made.state, block, context);
        if (!outcome.ok() ||
            outcome->results.back().status != model::TransactionStatus::kExecuted) {
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
    executors::batch::BatchExecutor executor(**pool, {});
    run_blocks(bench, executor);
}

void isolated(benchmark::State& bench) {
    executors::isolated::IsolatedExecutor executor(
        {.name = "batch", .command = {"/proc/self/exe", kHostArgument}});
    run_blocks(bench, executor);
}

/// Start of a host, one empty block, and its end.
void isolated_start(benchmark::State& bench) {
    const TransferBlock& made = transfer_block(Shape::kDisjoint, 0, false);
    const protocol::AdmittedBlock block = admit_or_die(made);
    const tos::e1::Profile profile = *tos::e1::find_profile("devnet");
    const protocol::SignatureSource signatures = protocol::SignatureSource::off(block);
    const std::atomic<bool> cancelled{false};
    for (auto _ : bench) {
        executors::isolated::IsolatedExecutor executor(
            {.name = "batch", .command = {"/proc/self/exe", kHostArgument}});
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
    executors::batch::BatchExecutor executor(**pool, {});
    return executors::isolated::serve_executor(executors::isolated::kHostSocket, executor,
                                               protocol::ProtocolSet({tos::e1::family()}));
}

}  // namespace
}  // namespace parallax::bench

int main(int argc, char** argv) {
    parallax::executors::runtime::keep_freed_memory();
    if (argc == 2 && std::strcmp(argv[1], parallax::bench::kHostArgument) == 0) {
        return parallax::bench::serve();
    }
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return 0;
}
