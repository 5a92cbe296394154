#include "executors/batch/batch_executor.hpp"
#include "executors/isolated/child_process.hpp"
#include "executors/isolated/executor_host.hpp"
#include "executors/runtime/worker_pool.hpp"
#include "tests/chains/tiny/tiny_protocol.hpp"

/// The process of an isolated batch executor that knows the tiny chain.
int main() {
    namespace executors = parallax::executors;
    const auto pool = executors::runtime::WorkerPool::create({.workers = 2});
    if (!pool.ok()) {
        return 1;
    }
    executors::batch::BatchExecutor executor(**pool, {});
    return executors::isolated::serve_executor(executors::isolated::kHostSocket, executor,
                                               parallax::tiny::tiny_protocols());
}
