#include "verifier/cli/executor_registry.hpp"

#include "executors/adaptive/adaptive_executor.hpp"
#include "executors/batch/batch_executor.hpp"
#include "executors/isolated/isolated_executor.hpp"
#include "executors/sequential/sequential_executor.hpp"
#include "executors/speculative/speculative_executor.hpp"
#include "executors/staged/staged_executor.hpp"
#include "verifier/cli/progress_sink.hpp"

#include <array>
#include <sys/auxv.h>
#include <unistd.h>

namespace parallax {
namespace {

struct Entry {
    std::string_view name;
    std::unique_ptr<BlockExecutor> (*create)(WorkerPool& pool);
};

constexpr std::array kEntries = {
    Entry{kControlName,
          [](WorkerPool&) -> std::unique_ptr<BlockExecutor> {
              return std::make_unique<SequentialExecutor>();
          }},
    Entry{"batch",
          [](WorkerPool& pool) -> std::unique_ptr<BlockExecutor> {
              return std::make_unique<BatchExecutor>(pool, BatchExecutor::Options{});
          }},
    Entry{"staged",
          [](WorkerPool& pool) -> std::unique_ptr<BlockExecutor> {
              return std::make_unique<StagedExecutor>(pool, StagedExecutor::Options{});
          }},
    Entry{"batch-asset",
          [](WorkerPool& pool) -> std::unique_ptr<BlockExecutor> {
              return std::make_unique<BatchExecutor>(
                  pool, BatchExecutor::Options{.granularity = ConflictGranularity::kAccountAsset});
          }},
    Entry{"speculative",
          [](WorkerPool& pool) -> std::unique_ptr<BlockExecutor> {
              return std::make_unique<SpeculativeExecutor>(pool, SpeculativeExecutor::Options{});
          }},
    Entry{"adaptive",
          [](WorkerPool& pool) -> std::unique_ptr<BlockExecutor> {
              static const SteadyClock clock;
              return std::make_unique<AdaptiveExecutor>(pool, clock, AdaptiveExecutor::Options{});
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

std::unique_ptr<BlockExecutor> create_executor(std::string_view name, WorkerPool& pool) {
    for (const Entry& entry : kEntries) {
        if (entry.name == name) {
            return entry.create(pool);
        }
    }
    return nullptr;
}

std::unique_ptr<BlockExecutor> create_isolated_executor(std::string_view name, unsigned threads) {
    IsolatedExecutor::Options options;
    options.name = name;
    options.command = {this_program(), "executor-host", "--candidate",
                       options.name,   "--threads",     std::to_string(threads)};
    return std::make_unique<IsolatedExecutor>(std::move(options));
}

}  // namespace parallax
