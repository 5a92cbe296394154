#pragma once

#include "testbed/vectors/vector_json.hpp"
#include "verifier/chains/tos/e1/block.hpp"
#include "verifier/protocol/protocol.hpp"

#include "absl/status/status.h"

#include <optional>
#include <vector>

namespace parallax::testbed {

/// The blocks of a chain vector as the node's import takes them (protocol notes, 8.1, 8.2):
/// decoded, checked against the DAG, and put in executed order.
struct VectorChain {
    /// What ended the import, or `kSuccess`.
    model::ErrorCode code = model::ErrorCode::kSuccess;
    std::uint64_t imported = 0;
    /// Transactions of every imported block.
    std::vector<tos::e1::Transaction> imported_transactions;
    /// The imported blocks that have a place in the order, without the genesis block.
    std::vector<tos::e1::Block> ordered;
};

/// Imports block by block; the first one that fails ends it. `now` is the wall clock.
[[nodiscard]] VectorChain import_chain(const std::vector<VectorChainBlock>& blocks,
                                       model::TimestampMs now);

/// True if a chain vector that expects `code` describes the defect of the recording harness rather
/// than the chain (8.2): it wipes the pre-state with the first import, so that every block with
/// transactions ends in one of these.
[[nodiscard]] bool is_harness_artefact(model::ErrorCode code) noexcept;

}  // namespace parallax::testbed
