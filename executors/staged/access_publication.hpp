#pragma once

#include "executors/runtime/worker_pool.hpp"
#include "executors/staged/block_decision.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace parallax::executors::staged {

/// Writes the access log of a decided block, from plan and journal. Chunks of it may be written at
/// once.
class AccessPublication {
  public:
    /// Makes `log` as long as it will be.
    AccessPublication(const protocol::RuleContext& rules, const BlockPlan& plan,
                      const BlockEffects& journal, model::AccessLog& log);

    [[nodiscard]] std::uint32_t chunks() const noexcept;
    void write_chunk(std::uint32_t chunk);

  private:
    [[nodiscard]] std::uint32_t access_count(std::uint32_t index) const;
    void write_accesses(std::uint32_t index, model::Access* out) const;
    [[nodiscard]] model::Access* write_spends(std::uint32_t index, model::Access* out) const;
    void write_outputs(std::uint32_t index, model::Access* out) const;

    const protocol::RuleContext& rules_;
    const BlockPlan& plan_;
    const BlockEffects& journal_;
    model::AccessLog& log_;
    /// Where each transaction's lines begin; the epilogue's last.
    std::vector<std::size_t> offsets_;
};

}  // namespace parallax::executors::staged
