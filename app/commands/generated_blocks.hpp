#pragma once

#include "testbed/faults/prepared_chain.hpp"
#include "testbed/rows_view.hpp"
#include "testbed/workload/workload.hpp"
#include "verifier/chains/tos/e1/profile.hpp"

#include "absl/status/statusor.h"

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <vector>

namespace parallax::app {

/// Mixed traffic for the selftest: conflicts, failures, and every type of transaction.
class GeneratedBlocks {
  public:
    [[nodiscard]] static absl::StatusOr<std::unique_ptr<GeneratedBlocks>> create(
        std::uint64_t seed, std::uint32_t transactions);

    /// The next blocks, each with a copy of the state before it; those before them are forgotten.
    [[nodiscard]] absl::StatusOr<std::vector<testbed::SelftestBlock>> next(std::uint32_t count);
    /// The next block alone, for a caller that keeps the state before it, and what it does to it.
    struct Next {
        protocol::AdmittedBlock block;
        model::Delta delta;
    };
    [[nodiscard]] absl::StatusOr<Next> next_block();
    [[nodiscard]] const testbed::RowsView::Rows& state() const { return workload_->state(); }
    [[nodiscard]] const protocol::Protocol& protocol() const noexcept { return profile_; }

  private:
    std::unique_ptr<testbed::Workload> workload_;
    std::deque<testbed::RowsView> views_;
    std::deque<protocol::AdmittedBlock> blocks_;
    tos::e1::Profile profile_;
};

}  // namespace parallax::app
