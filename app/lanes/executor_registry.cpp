#include "app/lanes/executor_registry.hpp"

#include "app/terminal/progress_sink.hpp"
#include "executors/adaptive/adaptive_executor.hpp"
#include "executors/batch/batch_executor.hpp"
#include "executors/isolated/isolated_executor.hpp"
#include "executors/sequential/sequential_executor.hpp"
#include "executors/speculative/speculative_executor.hpp"
#include "executors/staged/staged_executor.hpp"
#include "testbed/v3_parallel/v3_parallel_executor.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <sys/auxv.h>
#include <unistd.h>

namespace parallax::app {
namespace {

struct Entry {
    std::string_view name;
    std::unique_ptr<core::BlockExecutor> (*create)(executors::runtime::WorkerPool& pool);
};

constexpr std::array kEntries = {
    Entry{kControlName,
          [](executors::runtime::WorkerPool&) -> std::unique_ptr<core::BlockExecutor> {
              return std::make_unique<executors::sequential::SequentialExecutor>();
          }},
    Entry{"batch",
          [](executors::runtime::WorkerPool& pool) -> std::unique_ptr<core::BlockExecutor> {
              return std::make_unique<executors::batch::BatchExecutor>(
                  pool, executors::batch::BatchExecutor::Options{});
          }},
    Entry{"staged",
          [](executors::runtime::WorkerPool& pool) -> std::unique_ptr<core::BlockExecutor> {
              return std::make_unique<executors::staged::StagedExecutor>(
                  pool, executors::staged::StagedExecutor::Options{});
          }},
    Entry{"batch-asset",
          [](executors::runtime::WorkerPool& pool) -> std::unique_ptr<core::BlockExecutor> {
              return std::make_unique<executors::batch::BatchExecutor>(
                  pool, executors::batch::BatchExecutor::Options{
                            .granularity = executors::batch::ConflictGranularity::kAccountAsset});
          }},
    Entry{"speculative",
          [](executors::runtime::WorkerPool& pool) -> std::unique_ptr<core::BlockExecutor> {
              return std::make_unique<executors::speculative::SpeculativeExecutor>(
                  pool, executors::speculative::SpeculativeExecutor::Options{});
          }},
    Entry{"adaptive",
          [](executors::runtime::WorkerPool& pool) -> std::unique_ptr<core::BlockExecutor> {
              static const SteadyClock clock;
              return std::make_unique<executors::adaptive::AdaptiveExecutor>(
                  pool, clock, executors::adaptive::AdaptiveExecutor::Options{});
          }},
};

/// Executors of others, rebuilt with what is wrong with them.
constexpr std::array kOthers = {
    Entry{testbed::V3ParallelExecutor::kName,
          [](executors::runtime::WorkerPool&) -> std::unique_ptr<core::BlockExecutor> {
              return std::make_unique<testbed::V3ParallelExecutor>();
          }},
};

/// A path to this program, which is also the host of isolated executors. Where no /proc is mounted,
/// the path that it was started with.
std::string this_program() {
    constexpr const char* kSelf = "/proc/self/exe";
    if (access(kSelf, X_OK) == 0) {
        return kSelf;
    }
    // The kernel passes a number that is an address.
    return reinterpret_cast<const char*>(getauxval(AT_EXECFN));
}

}  // namespace

std::vector<std::string> executor_names() {
    std::vector<std::string> names;
    for (const Entry& entry : kEntries) {
        names.emplace_back(entry.name);
    }
    return names;
}

std::vector<std::string> candidate_names() {
    std::vector<std::string> names = executor_names();
    for (const Entry& entry : kOthers) {
        names.emplace_back(entry.name);
    }
    return names;
}

std::unique_ptr<core::BlockExecutor> create_executor(std::string_view name,
                                                     executors::runtime::WorkerPool& pool) {
    for (const std::span<const Entry> entries :
         {std::span<const Entry>(kEntries), std::span<const Entry>(kOthers)}) {
        const auto entry = std::ranges::find(entries, name, &Entry::name);
        if (entry != entries.end()) {
            return entry->create(pool);
        }
    }
    return nullptr;
}

std::unique_ptr<core::BlockExecutor> create_isolated_executor(std::string_view name,
                                                              unsigned threads) {
    executors::isolated::IsolatedExecutor::Options options;
    options.name = name;
    options.command = {this_program(), "executor-host", "--candidate",
                       options.name,   "--threads",     std::to_string(threads)};
    return std::make_unique<executors::isolated::IsolatedExecutor>(std::move(options));
}

}  // namespace parallax::app
