#pragma once

#include "testbed/faults/minimal_chains.hpp"
#include "verifier/model/outcome.hpp"
#include "verifier/model/verdict.hpp"
#include "verifier/protocol/state_view.hpp"

#include "absl/status/statusor.h"

#include <memory>
#include <string_view>
#include <vector>

namespace parallax::testbed {

/// One block to try faults on, with the state before it.
struct SelftestBlock {
    const protocol::StateView* view = nullptr;
    const protocol::AdmittedBlock* block = nullptr;
    const protocol::Protocol* protocol = nullptr;
};

/// What the control makes of a block.
[[nodiscard]] absl::StatusOr<model::BlockOutcome> run_control(
    const SelftestBlock& tried, model::SignaturePolicy policy = model::SignaturePolicy::kPerLane);

/// A minimal chain and its blocks as the faults see them: each with the state before it, and with
/// what the control makes of it.
struct PreparedChain {
    MinimalChain chain;
    std::vector<std::unique_ptr<const protocol::StateView>> states;
    /// Of `chain` and `states`, in order.
    std::vector<SelftestBlock> blocks;
    std::vector<model::BlockOutcome> controls;
};

/// Null for a name that there is no chain of, or one whose blocks the control cannot run.
[[nodiscard]] std::unique_ptr<const PreparedChain> prepare_chain(std::string_view name);

}  // namespace parallax::testbed
