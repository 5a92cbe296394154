#pragma once

#include "verifier/model/outcome.hpp"
#include "verifier/model/verdict.hpp"
#include "verifier/protocol/protocol.hpp"

#include <vector>

namespace parallax::core {

/// What a block puts to the test: every pair of its transactions of which the later one depends on
/// the nearest earlier one through a row, counted by shape and sorted. One pass over the log, which
/// is the control's; the block's end is no transaction and has no part in it. A read counts where
/// it saw the earlier one's write, so the two ledgers of a block are told apart as the rules do.
[[nodiscard]] std::vector<model::ConflictCount> conflict_shapes(
    const protocol::AdmittedBlock& block, const model::AccessLog& log);

}  // namespace parallax::core
