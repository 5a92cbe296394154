/// Sequential and batch execution of blocks of transfers on warm state, by shape, size and
/// signature policy; the time of one block is the time of one iteration.

#include "benchmarks/transfer_blocks.hpp"
#include "executors/batch/batch_executor.hpp"
#include "executors/runtime/memory_policy.hpp"
#include "executors/runtime/worker_pool.hpp"
#include "executors/sequential/sequential_executor.hpp"
#include "verifier/chains/tos/e1/profile.hpp"
#include "verifier/core/oracles/serializability.hpp"

#include <benchmark/benchmark.h>

#include <atomic>
#include <memory>

namespace parallax::bench {
namespace {

constexpr Shape kShapes[] = {Shape::kDisjoint, Shape::kHotReceiver25, Shape::kHotReceiver50,
                             Shape::kHotReceiver100};

void run_blocks(benchmark::State& bench, core::BlockExecutor& executor) {
    const auto count = static_cast<std::uint32_t>(bench.range(0));
    const Shape shape = kShapes[bench.range(1)];
    const bool signatures_on = bench.range(2) != 0;
    const TransferBlock& made = transfer_block(shape, count, signatures_on);
    const protocol::AdmittedBlock block = admit_or_die(made);
    const tos::e1::Profile profile = *tos::e1::find_profile("devnet");
    const protocol::SignatureSource signatures = signatures_on
                                                     ? protocol::SignatureSource::per_lane(block)
                                                     : protocol::SignatureSource::off(block);
    const std::atomic<bool> cancelled{false};
    const core::ExecutionContext context{profile, signatures, cancelled, bench.range(3) != 0};
    for (auto _ : bench) {
        auto outcome = executor.execute(made.state, block, context);
        if (!outcome.ok() ||
            outcome->results.back().status != model::TransactionStatus::kExecuted) {
            bench.SkipWithError("the block did not execute");
            return;
        }
        benchmark::DoNotOptimize(outcome);
    }
    bench.SetLabel(std::string(shape_name(shape)) + (signatures_on ? ", signatures" : "") +
                   (context.record_accesses ? ", access log" : ""));
    bench.SetItemsProcessed(bench.iterations() * count);
}

void sequential(benchmark::State& bench) {
    executors::sequential::SequentialExecutor executor;
    run_blocks(bench, executor);
}

void batch(benchmark::State& bench) {
    auto pool = executors::runtime::WorkerPool::create(
        {.name = "px-bench",
         .workers = static_cast<std::uint32_t>(bench.range(4)),
         .observer = nullptr});
    if (!pool.ok()) {
        bench.SkipWithError(pool.status().ToString().c_str());
        return;
    }
    executors::batch::BatchExecutor executor(**pool, {});
    run_blocks(bench, executor);
}

/// The serializability certificate of one outcome, its log being there already.
void certificate(benchmark::State& bench) {
    const auto count = static_cast<std::uint32_t>(bench.range(0));
    const TransferBlock& made = transfer_block(kShapes[bench.range(1)], count, false);
    const protocol::AdmittedBlock block = admit_or_die(made);
    const tos::e1::Profile profile = *tos::e1::find_profile("devnet");
    const protocol::SignatureSource signatures = protocol::SignatureSource::off(block);
    const std::atomic<bool> cancelled{false};
    const auto outcome = executors::sequential::SequentialExecutor().execute(
        made.state, block, core::ExecutionContext{profile, signatures, cancelled, true});
    if (!outcome.ok()) {
        bench.SkipWithError("the block did not execute");
        return;
    }
    for (auto _ : bench) {
        if (!core::check_serializability(*outcome).empty()) {
            bench.SkipWithError("a false alarm");
            return;
        }
    }
    bench.SetLabel(std::string(shape_name(kShapes[bench.range(1)])));
    bench.SetItemsProcessed(bench.iterations() * count);
}

BENCHMARK(certificate)
    ->ArgNames({"txs", "shape"})
    ->ArgsProduct({{10, 100, 1000}, {0, 2}})
    ->Unit(benchmark::kMicrosecond);
BENCHMARK(sequential)
    ->ArgNames({"txs", "shape", "signatures", "log"})
    ->ArgsProduct({{10, 100, 1000}, {0, 1, 2, 3}, {0, 1}, {1}})
    ->Args({1000, 0, 0, 0})
    ->Unit(benchmark::kMicrosecond);
BENCHMARK(batch)
    ->ArgNames({"txs", "shape", "signatures", "log", "workers"})
    ->ArgsProduct({{10, 100, 1000}, {0, 1, 2, 3}, {0, 1}, {1}, {2}})
    ->Unit(benchmark::kMicrosecond)
    ->UseRealTime();

}  // namespace
}  // namespace parallax::bench

int main(int argc, char** argv) {
    // As the program itself does: without it, page faults are measured.
    parallax::executors::runtime::keep_freed_memory();
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return 0;
}
