#pragma once

#include "executors/runtime/worker_pool.hpp"
#include "verifier/core/verification/block_executor.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace parallax::app {

/// Name of the executor whose result stands.
inline constexpr std::string_view kControlName = "sequential";

/// Every executor of ours, the control first: on each block all of them do what the control does.
[[nodiscard]] std::vector<std::string> executor_names();
/// Those, and executors of others that are rebuilt here with their faults: what can be named as a
/// candidate.
[[nodiscard]] std::vector<std::string> candidate_names();

/// A new executor of that name, or null for a name that is in neither list. A parallel one works on
/// `pool`, which must outlive it and serves one executor at a time.
[[nodiscard]] std::unique_ptr<core::BlockExecutor> create_executor(
    std::string_view name, executors::runtime::WorkerPool& pool);

/// The same in a process of its own, which has `threads` threads: whatever the executor does, this
/// process is not hurt. Requires a name of the list.
[[nodiscard]] std::unique_ptr<core::BlockExecutor> create_isolated_executor(std::string_view name,
                                                                            unsigned threads);

}  // namespace parallax::app
