#pragma once

#include "executors/runtime/worker_pool.hpp"
#include "executors/staged/block_decision.hpp"

#include <cstdint>
#include <vector>

namespace parallax {

/// Writes out what was decided: per-transaction results, the access log, and the sorted delta.
/// Parallel by transaction and by range of keys, on `pool`, or on the caller if it is null.
class BlockPublication {
  public:
    BlockPublication(const RuleContext& rules, const BlockPlan& plan, const Journal& journal,
                     DenseLedger& ledger, WorkerPool* pool);

    void publish_results(BlockOutcome& outcome) const;
    void publish_accesses(BlockOutcome& outcome) const;
    void publish_delta(BlockOutcome& outcome);

  private:
    void for_each(std::uint32_t count, const WorkerPool::Task& task) const;
    [[nodiscard]] std::uint32_t access_count(std::uint32_t index) const;
    void write_accesses(std::uint32_t index, Access* out) const;

    const RuleContext& rules_;
    const BlockPlan& plan_;
    const Journal& journal_;
    DenseLedger& ledger_;
    WorkerPool* const pool_;
};

}  // namespace parallax
