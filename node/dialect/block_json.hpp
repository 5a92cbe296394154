#pragma once

#include "node/dialect/dialect.hpp"
#include "node/dialect/node_block.hpp"

#include "absl/status/statusor.h"
#include <nlohmann/json.hpp>

#include <string>

namespace parallax::node {

/// Reads the answer to `get_block_at_topoheight` with transactions. DataLoss names the member and
/// what is wrong, or which hash does not fit what is shown.
[[nodiscard]] absl::StatusOr<NodeBlock> read_block(const nlohmann::json& answer, Dialect dialect);

/// The same of an answer without transactions, which are `unreadable` for the reason that is given.
[[nodiscard]] absl::StatusOr<NodeBlock> read_outline(const nlohmann::json& answer, Dialect dialect,
                                                     std::string unreadable);

}  // namespace parallax::node
