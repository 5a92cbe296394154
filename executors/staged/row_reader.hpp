#pragma once

#include "executors/staged/dense_rows.hpp"
#include "verifier/protocol/state_view.hpp"

#include "absl/status/status.h"

namespace parallax::executors::staged {

/// Reads the rows of a shard's accounts and assets, and for sources whether they have a multisig
/// configuration or an agent record. `accounts` are the shard's own, in slot order.
[[nodiscard]] absl::Status load_rows(const protocol::StateView& view, DenseShard& shard,
                                     DenseAccount* accounts);

}  // namespace parallax::executors::staged
