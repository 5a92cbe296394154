#include "verifier/cli/executor_registry.hpp"

#include "executors/batch/batch_executor.hpp"
#include "executors/sequential/sequential_executor.hpp"
#include "executors/staged/staged_executor.hpp"

#include <array>

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
};

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

}  // namespace parallax
